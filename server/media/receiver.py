"""What is done to every packet that a publisher sends. This is where the time goes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from rooms.participant import Kind
from server.media.fanout import MAX_PAYLOAD
from server.media.ingress import MAX_JUMP
from server.media.rtp import SILENCE, element_at, read_header
from server.media.source import Packet

if TYPE_CHECKING:
    from server.media.counters import Counters
    from server.media.ingress import Ingress

Handle = Callable[[bytearray, int, float, int], None]
"""Takes a decrypted packet: its buffer, its length, when it came, and that as abs-send-time."""

_unpack_header = struct.Struct("!BBHL").unpack_from
MAX_JITTER_S = 10.0
"""More between two packets is a new time line of the sender."""


class _Copiers(dict[int, Callable[[bytearray, int], tuple[bytes]]]):
    """Payload size -> what copies so many bytes out of a buffer: quicker than a slice of it."""

    def __missing__(self, size: int) -> Callable[[bytearray, int], tuple[bytes]]:
        copier = self[size] = struct.Struct(f"{size}s").unpack_from
        return copier


_copiers = _Copiers()


def make_handler(
    stream: Ingress,
    times: dict[int, float],
    transport_cc: int,
    audio_level: int,
    counters: Counters,
    on_other_codec: Handle,
) -> Handle:
    """The function that takes the packets of one SSRC.

    Args:
        stream: theirs.
        times: where to note when which transport-wide packet number came.
        transport_cc: id of that header extension; 0 when not negotiated.
        audio_level: the same of that one.
        counters: of the media plane.
        on_other_codec: takes the packets whose payload type is not the stream's.
    """
    feed, numbers, reception = stream.feed, stream.numbers, stream.reception
    push = feed.push
    payload_type, clock_rate = stream.payload_type, stream.clock_rate
    max_delta = MAX_JITTER_S * clock_rate
    is_audio = stream.kind is Kind.AUDIO
    may_begin, begins = stream.form.may_begin, stream.form.begins
    transport_tag, level_tag = transport_cc << 4 | 1, audio_level << 4
    transport_at = level_at = extension_end = 0

    def handle(buffer: bytearray, length: int, now: float, send_time: int) -> None:
        nonlocal transport_at, level_at, extension_end
        first, second, seq, timestamp = _unpack_header(buffer)
        reception.received += 1
        reception.octets += length
        reception.heard_at = now
        begin = 12 + 4 * (first & 15)
        level = SILENCE
        if first & 0x10:
            extension = begin
            begin += 4 + 4 * (buffer[begin + 2] << 8 | buffer[begin + 3])
            if begin > length:
                counters.malformed += 1
                return
            # Elements stay where they are from packet to packet, mostly.
            if transport_cc:
                if begin != extension_end or buffer[transport_at - 1] != transport_tag:
                    transport_at = element_at(buffer, extension, begin, transport_cc, 2)
                if transport_at:
                    times[buffer[transport_at] << 8 | buffer[transport_at + 1]] = now
            if audio_level:
                if begin != extension_end or buffer[level_at - 1] != level_tag:
                    level_at = element_at(buffer, extension, begin, audio_level, 1)
                if level_at:
                    level = buffer[level_at]
                    stream.level_sum += level & 0x7F
                    stream.level_count += 1
            extension_end = begin
        if second & 0x7F != payload_type:
            on_other_codec(buffer, length, now, send_time)
            return
        if first & 0x20:
            length -= buffer[length - 1]
        size = length - begin
        step = seq - numbers.newest & 0xFFFF
        if step != 1:
            behind = -step & 0xFFFF
            if behind <= MAX_JUMP:
                if size <= MAX_PAYLOAD:
                    payload = bytes(buffer[begin : max(begin, length)])
                    late = Packet(seq, timestamp, second & 0x80, payload, now, send_time, level)
                    stream.take_late(behind, late)
                return
            if not stream.leap(step, seq, now):
                return
        numbers.newest += 1
        if timestamp != reception.timestamp:
            transit = now * clock_rate - timestamp
            delta = abs(transit - reception.transit)
            if delta < max_delta:
                reception.jitter += (delta - reception.jitter) / 16
            reception.transit, reception.timestamp = transit, timestamp
        if not 0 < size <= MAX_PAYLOAD:
            numbers.skip()
            counters.refused += size > 0
            return
        (payload,) = _copiers[size](buffer, begin)
        seq = numbers.newest - numbers.skipped & 0xFFFF
        if (may_begin[payload[0]] and begins(payload)) or stream.odd or (is_audio and feed.waiting):
            packet = Packet(seq, timestamp, second & 0x80, payload, now, send_time, level)
            if not stream.admit(packet):
                numbers.skip()
                return
        push(seq, timestamp, second & 0x80, payload, now, send_time, level)

    return handle


def make_repair_handler(
    stream: Ingress, times: dict[int, float], transport_cc: int, counters: Counters
) -> Handle:
    """The function that takes the retransmissions of one stream (RFC 4588), probes among them."""

    def handle(buffer: bytearray, length: int, now: float, send_time: int) -> None:
        header = read_header(buffer, length)
        if header is None:
            counters.malformed += 1
            return
        counters.packets_in += 1
        counters.bytes_in += length
        if header.extension:
            at = element_at(buffer, header.extension, header.payload, transport_cc, 2)
            if at:
                times[buffer[at] << 8 | buffer[at + 1]] = now
        begin = header.payload + 2
        if not 0 < header.end - begin <= MAX_PAYLOAD:
            return
        number = int.from_bytes(buffer[header.payload : begin], "big")
        behind = stream.numbers.newest - number & 0xFFFF
        if behind <= MAX_JUMP:
            payload = bytes(buffer[begin : header.end])
            stream.take_late(
                behind,
                Packet(number, header.timestamp, header.marker, payload, now, send_time),
                again=True,
            )

    return handle
