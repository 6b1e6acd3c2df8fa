"""The inner loop: one packet of a source out to all its subscribers.

Everything that differs between subscribers is prepared in rows; a packet to one of them is one
`pack_into` and one encryption. Nothing here keeps a state per subscriber.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rooms.participant import Kind
from server.media.datagrams import SLOT_BYTES, SLOTS
from server.media.payloads import FORMATS, Format
from server.media.seam import protect
from server.media.source import Packet

if TYPE_CHECKING:
    from server.media.counters import Counters
    from server.media.datagrams import Ring

MAX_PAYLOAD = 1400
"""With our headers, the authentication tag, UDP and IPv6 it still is one Ethernet frame."""
VIDEO_HEAD_BYTES, AUDIO_HEAD_BYTES = 20, 24
"""RTP header and header extension of what leaves here."""
FLAGS = 0x9000
"""Version 2 with a header extension, in the first 16 bits."""
VIDEO_EXTENSION = 0xBEDE0001
AUDIO_EXTENSION = 0xBEDE0002
"""The one-byte form and its length in words. An element that was not negotiated is zeros, which
are padding (RFC 8285, section 4.2)."""

Pack = Callable[..., None]
Send = Callable[[int, int, int, bytes, int, int], None]
"""Takes sequence number, timestamp, marker, payload, send time and audio level of a packet."""


class Row(NamedTuple):
    """One subscriber of a source.

    Attributes:
        ring: where its packets are written to.
        size: what SRTP is told the length of a packet by.
        name: the destination as the ring wants it.
        session: of SRTP.
        first: version, flags and payload type: the first 16 bits without the marker.
        seq_by: what to add to sequence numbers; so `time_by` for timestamps.
        time_element: id and length of the send time, above its 24 bits; 0 when not negotiated.
        level_element: the same for the audio level, above 16 bits.
        picture_by: what to add to picture ids; so `tl0_by` for TL0PICIDX.
    """

    ring: Ring
    size: Any
    name: bytes
    session: Any
    first: int
    seq_by: int
    time_by: int
    ssrc: int
    time_element: int
    level_element: int
    picture_by: int = 0
    tl0_by: int = 0


class Packers(dict[int, Pack]):
    """Payload size -> `pack_into` of destination, headers and payload, in one call.

    Args:
        layout: of the destination and the headers, and of the beginning of the payload if that is
            given apart.
        apart: bytes of the payload that are in `layout`.
    """

    def __init__(self, layout: str, apart: int = 0) -> None:
        super().__init__()
        self._layout = layout
        self._apart = apart

    def __missing__(self, size: int) -> Pack:
        pack = self[size] = struct.Struct(f"!{self._layout}{size - self._apart}s").pack_into
        return pack


NAME_BYTES = (16, 32)
VIDEO = {name: Packers(f"{name}sHHLLLL") for name in NAME_BYTES}
AUDIO = {name: Packers(f"{name}sHHLLLLL") for name in NAME_BYTES}
NUMBERED = {name: Packers(f"{name}sHHLLLL2sHB", apart=5) for name in NAME_BYTES}
"""For VP8 as browsers send it: two octets, 15 bits of picture id, and TL0PICIDX."""


def renumbered(payload: bytes, form: Format, picture_by: int, tl0_by: int) -> bytes:
    """The payload with its picture numbers, if it has any, moved on."""
    if form.numbers is None or not payload or not (picture_by or tl0_by):
        return payload
    changed = bytearray(payload)
    numbers = form.numbers(payload)
    at, picture = numbers.picture_at, numbers.picture_id(payload)
    if picture is not None and numbers.wide:
        changed[at : at + 2] = (picture + picture_by & 0x7FFF | 0x8000).to_bytes(2, "big")
    elif picture is not None:
        changed[at] = picture + picture_by & 0x7F
    if numbers.tl0_at:
        changed[numbers.tl0_at] = changed[numbers.tl0_at] + tl0_by & 0xFF
    return bytes(changed)


def make_send(kind: Kind, form: Format, rows: Sequence[Row], counters: Counters) -> Send:
    """A function that sends a packet to every row. It never raises."""
    groups: dict[tuple[int, bool, bool, bool], list[Row]] = {}
    for row in rows:
        moved = form.numbers is not None and bool(row.picture_by or row.tl0_by)
        key = id(row.ring), bool(row.time_element), bool(row.level_element), moved
        groups.setdefault(key, []).append(row)
    sends: list[Send] = []
    for (*_, moved), group in groups.items():
        if kind is Kind.AUDIO:
            sends.append(_audio_loop(group, counters))
        elif moved:
            sends.append(_numbered_loop(group, form, counters))
        else:
            sends.append(_video_loop(group, counters))
    return sends[0] if len(sends) == 1 else _one_after_another(sends)


def send_one(kind: Kind, row: Row, packet: Packet, counters: Counters) -> None:
    """Send a packet to one row, aside from the others. Its picture numbers stay as they are."""
    ring, size, payload = row.ring, row.size, packet.payload
    used, octets = ring.used, len(payload)
    head = (
        SLOT_BYTES * used,
        row.name,
        row.first | packet.marker,
        packet.seq + row.seq_by & 0xFFFF,
        packet.timestamp + row.time_by & 0xFFFFFFFF,
        row.ssrc,
    )
    send_time = row.time_element | packet.send_time if row.time_element else 0
    if kind is Kind.AUDIO:
        level = row.level_element | packet.level << 16 if row.level_element else 0
        pack = AUDIO[ring.name_bytes][octets]
        pack(ring.buffer, *head, AUDIO_EXTENSION, send_time, level, payload)
        size[0] = AUDIO_HEAD_BYTES + octets
    else:
        pack = VIDEO[ring.name_bytes][octets]
        pack(ring.buffer, *head, VIDEO_EXTENSION, send_time, payload)
        size[0] = VIDEO_HEAD_BYTES + octets
    if protect(row.session, ring.packets[used], size):
        counters.unsent += 1
        return
    ring.lengths[2 * used + 1] = size[0]
    ring.used = used + 1
    if ring.used == SLOTS:
        ring.flush()


def _one_after_another(sends: Sequence[Send]) -> Send:
    def send(
        seq: int, timestamp: int, marker: int, payload: bytes, send_time: int, level: int
    ) -> None:
        for one in sends:
            one(seq, timestamp, marker, payload, send_time, level)

    return send


# The three loops are the same but for what they pack. A function called for every packet and row
# would cost a tenth of all that they do.


def _video_loop(rows: Sequence[Row], counters: Counters) -> Send:
    """For rows that agree on ring and extensions, whose picture numbers stay as they are."""
    ring, size = rows[0].ring, rows[0].size
    buffer, packets, lengths = ring.buffer, ring.packets, ring.lengths
    packers = VIDEO[ring.name_bytes]
    time_mask = 0xFFFFFF if rows[0].time_element else 0
    each = tuple(row[2:9] for row in rows)

    def send(
        seq: int, timestamp: int, marker: int, payload: bytes, send_time: int, level: int
    ) -> None:
        pack, length = packers[len(payload)], VIDEO_HEAD_BYTES + len(payload)
        send_time &= time_mask
        used = ring.used
        for name, session, first, seq_by, time_by, ssrc, time_element in each:
            pack(
                buffer,
                SLOT_BYTES * used,
                name,
                first | marker,
                seq + seq_by & 0xFFFF,
                timestamp + time_by & 0xFFFFFFFF,
                ssrc,
                VIDEO_EXTENSION,
                time_element | send_time,
                payload,
            )
            size[0] = length
            if protect(session, packets[used], size):
                counters.unsent += 1
                continue
            lengths[2 * used + 1] = size[0]
            used += 1
            if used == SLOTS:
                ring.used = used
                ring.flush()
                used = 0
        ring.used = used

    return send


def _audio_loop(rows: Sequence[Row], counters: Counters) -> Send:
    """For rows that agree on ring and extensions."""
    ring, size = rows[0].ring, rows[0].size
    buffer, packets, lengths = ring.buffer, ring.packets, ring.lengths
    packers = AUDIO[ring.name_bytes]
    time_mask = 0xFFFFFF if rows[0].time_element else 0
    level_mask = 0xFF if rows[0].level_element else 0
    each = tuple(row[2:10] for row in rows)

    def send(
        seq: int, timestamp: int, marker: int, payload: bytes, send_time: int, level: int
    ) -> None:
        pack, length = packers[len(payload)], AUDIO_HEAD_BYTES + len(payload)
        send_time &= time_mask
        level = (level & level_mask) << 16
        used = ring.used
        for name, session, first, seq_by, time_by, ssrc, time_element, level_element in each:
            pack(
                buffer,
                SLOT_BYTES * used,
                name,
                first | marker,
                seq + seq_by & 0xFFFF,
                timestamp + time_by & 0xFFFFFFFF,
                ssrc,
                AUDIO_EXTENSION,
                time_element | send_time,
                level_element | level,
                payload,
            )
            size[0] = length
            if protect(session, packets[used], size):
                counters.unsent += 1
                continue
            lengths[2 * used + 1] = size[0]
            used += 1
            if used == SLOTS:
                ring.used = used
                ring.flush()
                used = 0
        ring.used = used

    return send


def _numbered_loop(rows: Sequence[Row], form: Format, counters: Counters) -> Send:
    """For rows that agree on ring and extensions and have changed their source.

    Their picture numbers go on where those of the source before ended.
    """
    is_vp8 = form is FORMATS["VP8"]
    ring, size = rows[0].ring, rows[0].size
    buffer, packets, lengths = ring.buffer, ring.packets, ring.lengths
    packers = NUMBERED[ring.name_bytes]
    time_mask = 0xFFFFFF if rows[0].time_element else 0
    each = tuple((*row[2:9], row.picture_by, row.tl0_by) for row in rows)

    def send(
        seq: int, timestamp: int, marker: int, payload: bytes, send_time: int, level: int
    ) -> None:
        if not (
            is_vp8
            and len(payload) > 5
            and payload[0] & 0x80
            and payload[1] & 0xC0 == 0xC0
            and payload[2] & 0x80
        ):
            for row in rows:
                changed = renumbered(payload, form, row.picture_by, row.tl0_by)
                packet = Packet(seq, timestamp, marker, changed, 0.0, send_time, level)
                send_one(Kind.VIDEO, row, packet, counters)
            return
        pack, length = packers[len(payload)], VIDEO_HEAD_BYTES + len(payload)
        picture, tl0 = payload[2] << 8 | payload[3], payload[4]
        beginning, rest = payload[:2], payload[5:]
        send_time &= time_mask
        used = ring.used
        for name, session, first, seq_by, time_by, ssrc, element, picture_by, tl0_by in each:
            pack(
                buffer,
                SLOT_BYTES * used,
                name,
                first | marker,
                seq + seq_by & 0xFFFF,
                timestamp + time_by & 0xFFFFFFFF,
                ssrc,
                VIDEO_EXTENSION,
                element | send_time,
                beginning,
                picture + picture_by & 0x7FFF | 0x8000,
                tl0 + tl0_by & 0xFF,
                rest,
            )
            size[0] = length
            if protect(session, packets[used], size):
                counters.unsent += 1
                continue
            lengths[2 * used + 1] = size[0]
            used += 1
            if used == SLOTS:
                ring.used = used
                ring.flush()
                used = 0
        ring.used = used

    return send
