"""Transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01): feedback.

The publisher numbers all its packets of a connection, of every SSRC, and wants to know of each when
it came. Without that it believes that packets are lost and sends less and less.
"""

import struct
from collections.abc import Sequence

from server.media.rtcp import RTPFB

FORMAT = 15
MAX_STATUSES = 400
"""Packets that one feedback packet tells of, so that it fits into a datagram."""
MAX_MESSAGES = 6
"""Feedback packets of one round; what a flood brings beyond that is not told."""
TICKS_PER_S = 4000
REFERENCE_TICKS = 256
"""Arrival times are in steps of 250 µs, the time they start from in steps of 64 ms."""

ABSENT, SMALL, LARGE = 0, 1, 2

Status = tuple[int, int | None]
"""A packet number, unwrapped, and the tick at which it came; None when it did not."""


class Arrivals:
    """When packets came, since the last feedback.

    Attributes:
        times: packet number -> monotonic seconds. The per-packet code writes it; 16-bit keys bound
            it.
    """

    def __init__(self) -> None:
        self.times: dict[int, float] = {}
        self._expected: int | None = None
        self._messages = 0

    def feedback(self, sender: int, media: int) -> list[bytes]:
        """RTCP packets that tell of everything that came since the last call; may be none.

        Args:
            sender: SSRC of this side.
            media: any SSRC of the publisher.
        """
        if not self.times:
            return []
        arrived = self._unwrapped()
        self.times.clear()
        statuses = _statuses(self._expected, arrived)
        self._expected = statuses[-1][0] + 1 & 0xFFFF
        messages: list[bytes] = []
        begin = 0
        while begin < len(statuses) and len(messages) < MAX_MESSAGES:
            end = _end_of_message(statuses, begin)
            messages.append(self._message(sender, media, statuses[begin:end]))
            begin = end
        return messages

    def _unwrapped(self) -> list[tuple[int, int]]:
        """Packet numbers around the expected one, ascending, with the tick of each."""
        around = self._expected if self._expected is not None else next(iter(self.times))
        return sorted(
            (around + ((number - around + 0x8000 & 0xFFFF) - 0x8000), int(at * TICKS_PER_S))
            for number, at in self.times.items()
        )

    def _message(self, sender: int, media: int, statuses: Sequence[Status]) -> bytes:
        reference = next(at for _, at in statuses if at is not None) // REFERENCE_TICKS
        symbols, deltas = _symbols(statuses, reference * REFERENCE_TICKS)
        head = struct.pack(
            "!LLHHL",
            sender,
            media,
            statuses[0][0] & 0xFFFF,
            len(statuses),
            (reference & 0xFFFFFF) << 8 | self._messages & 0xFF,
        )
        self._messages += 1
        body = head + _chunks(symbols) + deltas
        padding = -len(body) % 4
        if padding:
            body += bytes(padding - 1) + bytes([padding])
        first = 0x80 | (0x20 if padding else 0) | FORMAT
        return struct.pack("!BBH", first, RTPFB, len(body) // 4) + body


def _statuses(expected: int | None, arrived: Sequence[tuple[int, int]]) -> list[Status]:
    """Fill small gaps with packets that did not come; larger ones stay gaps.

    No more than a round can tell, and what comes with the last gap.
    """
    statuses: list[Status] = []
    following = expected
    for number, at in arrived:
        if len(statuses) > MAX_MESSAGES * MAX_STATUSES:
            break
        if following is not None and 0 < number - following < MAX_STATUSES:
            statuses += [(absent, None) for absent in range(following, number)]
        statuses.append((number, at))
        following = number + 1
    return statuses


def _end_of_message(statuses: Sequence[Status], begin: int) -> int:
    """Where the message that begins at `begin` must end: it holds no gaps and ends with an arrival.

    The times between its packets fit into 16 bits.
    """
    number, previous = statuses[begin][0], None
    end = begin
    for index in range(begin, min(begin + MAX_STATUSES, len(statuses))):
        found, at = statuses[index]
        if found != number:
            break
        number += 1
        if at is None:
            continue
        if previous is not None and not -0x7FFF < at - previous < 0x7FFF:
            break
        previous, end = at, index + 1
    return end


def _symbols(statuses: Sequence[Status], previous: int) -> tuple[bytes, bytes]:
    """A status symbol for each packet, and the times between those that came."""
    symbols, deltas = bytearray(), bytearray()
    for _, at in statuses:
        if at is None:
            symbols.append(ABSENT)
            continue
        delta, previous = at - previous, at
        if 0 <= delta <= 0xFF:
            symbols.append(SMALL)
            deltas.append(delta)
        else:
            symbols.append(LARGE)
            deltas += delta.to_bytes(2, "big", signed=True)
    return bytes(symbols), bytes(deltas)


def _chunks(symbols: bytes) -> bytes:
    """One run where all are alike, else vectors of seven symbols with two bits each."""
    if symbols.count(symbols[0]) == len(symbols):
        return struct.pack("!H", symbols[0] << 13 | len(symbols))
    padded = symbols + bytes(-len(symbols) % 7)
    words = bytearray()
    for at in range(0, len(padded), 7):
        word = 0b11
        for symbol in padded[at : at + 7]:
            word = word << 2 | symbol
        words += word.to_bytes(2, "big")
    return bytes(words)
