"""Transport-wide feedback, read by a decoder that the server has no part in."""

import struct


def decode(packet: bytes) -> tuple[int, dict[int, float | None]]:
    """The count of the feedback packet and packet number -> seconds; None for a lost packet.

    Written from the draft, section 3.1, with both kinds of chunks and vectors.
    """
    first, kind, words = struct.unpack_from("!BBH", packet)
    assert (first >> 6, first & 31, kind) == (2, 15, 205)
    assert len(packet) == 4 * (words + 1)
    if first & 0x20:
        packet = packet[: -packet[-1]]
    base, count = struct.unpack_from("!HH", packet, 12)
    reference = int.from_bytes(packet[16:19], "big", signed=True)
    at, symbols = 20, list[int]()
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", packet, at)
        at += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk & 0x4000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    now, found = reference * 256, dict[int, float | None]()
    for offset, symbol in enumerate(symbols[:count]):
        number = (base + offset) & 0xFFFF
        if symbol == 0:
            found[number] = None
            continue
        size = symbol
        now += int.from_bytes(packet[at : at + size], "big", signed=size == 2)
        at += size
        found[number] = now / 4000
    assert at == len(packet), "times for packets that nobody tells of"
    return packet[19], found
