"""RTP, RTCP and VP8 on bytes, written apart from the server's own so that one can judge the other.

RFC 3550 (RTP, RTCP), RFC 8285 (header extensions), RFC 4585 (feedback), RFC 7741 (VP8).
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
NACK, TRANSPORT_CC = 1, 15
PLI, FIR, APPLICATION = 1, 4, 15

MAX_PAYLOAD = 1100
"""Bytes of a video frame that go into one packet."""
NTP_EPOCH_S = 2_208_988_800


@dataclass(frozen=True, slots=True)
class Rtp:
    payload_type: int
    marker: bool
    seq: int
    timestamp: int
    ssrc: int
    payload: bytes
    extensions: Mapping[int, bytes] = field(default_factory=dict)

    def __bytes__(self) -> bytes:
        first = 0x90 if self.extensions else 0x80
        second = self.payload_type | (0x80 if self.marker else 0)
        head = struct.pack("!BBHLL", first, second, self.seq, self.timestamp, self.ssrc)
        return head + _extension(self.extensions) + self.payload


def _extension(elements: Mapping[int, bytes]) -> bytes:
    if not elements:
        return b""
    body = b"".join(bytes([i << 4 | len(value) - 1]) + value for i, value in elements.items())
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", 0xBEDE, len(body) // 4) + body


def read_rtp(packet: bytes) -> Rtp:
    """The packet without its padding."""
    first, second, seq, timestamp, ssrc = struct.unpack_from("!BBHLL", packet)
    at = 12 + 4 * (first & 15)
    extensions = {}
    if first & 0x10:
        profile, words = struct.unpack_from("!HH", packet, at)
        at += 4
        if profile == 0xBEDE:
            extensions = dict(_elements(packet[at : at + 4 * words]))
        at += 4 * words
    end = len(packet) - (packet[-1] if first & 0x20 else 0)
    return Rtp(
        payload_type=second & 0x7F,
        marker=bool(second & 0x80),
        seq=seq,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=packet[at:end],
        extensions=extensions,
    )


def _elements(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        if body[at] == 0:
            at += 1
            continue
        length = (body[at] & 15) + 1
        yield body[at] >> 4, body[at + 1 : at + 1 + length]
        at += 1 + length


@dataclass(frozen=True, slots=True)
class Vp8:
    """What a VP8 payload descriptor and the frame header behind it say; `size` of a keyframe."""

    picture_id: int | None
    tl0: int | None
    begins: bool
    keyframe: bool
    size: tuple[int, int] | None


def vp8_frame(
    number: int, *, keyframe: bool, size: tuple[int, int] = (640, 360), length: int = 2000
) -> list[bytes]:
    """The payloads of one frame, as Chromium describes them; the picture itself is noise.

    Args:
        number: counts frames; picture id and TL0PICIDX follow it.
        keyframe: whether it can be decoded without others.
        size: width and height that a keyframe announces.
        length: bytes of the frame.
    """
    tag = 0x10 | (0 if keyframe else 1) | (length << 5 & 0xFFFFE0)
    header = tag.to_bytes(3, "little")
    if keyframe:
        header += b"\x9d\x01\x2a" + struct.pack("<HH", size[0] & 0x3FFF, size[1] & 0x3FFF)
    return vp8_payloads(number, (header + struct.pack("!L", number) + bytes(length))[:length])


def vp8_payloads(number: int, frame: bytes) -> list[bytes]:
    """A frame of any content, cut up and described."""
    rest = struct.pack("!BHBB", 0xE0, 0x8000 | number & 0x7FFF, number & 0xFF, 0x00)
    starts = range(0, len(frame), MAX_PAYLOAD)
    return [
        bytes([0x80 if start else 0x90]) + rest + frame[start : start + MAX_PAYLOAD]
        for start in starts
    ]


def read_vp8(payload: bytes) -> Vp8:
    first, at = payload[0], 1
    picture_id = tl0 = None
    if first & 0x80:
        more, at = payload[1], 2
        if more & 0x80:
            wide = payload[at] & 0x80
            picture_id = struct.unpack_from("!H", payload, at)[0] & 0x7FFF if wide else payload[at]
            at += 2 if wide else 1
        if more & 0x40:
            tl0 = payload[at]
            at += 1
        if more & 0x30:
            at += 1
    begins = bool(first & 0x10) and first & 7 == 0
    size = None
    keyframe = begins and not payload[at] & 1
    if keyframe and payload[at + 3 : at + 6] == b"\x9d\x01\x2a":
        size = struct.unpack_from("<HH", payload, at + 6)
    return Vp8(picture_id, tl0, begins, keyframe, size)


@dataclass(frozen=True, slots=True)
class Rtcp:
    """One packet of a compound; `count` is the report count or the feedback format."""

    count: int
    kind: int
    body: bytes

    def __bytes__(self) -> bytes:
        return struct.pack("!BBH", 0x80 | self.count, self.kind, len(self.body) // 4) + self.body

    @property
    def media_ssrc(self) -> int:
        """Of a feedback packet: which stream it is about."""
        ssrc: int = struct.unpack_from("!L", self.body, 4)[0]
        return ssrc


def read_rtcp(compound: bytes) -> Iterator[Rtcp]:
    at = 0
    while at + 4 <= len(compound):
        first, kind, words = struct.unpack_from("!BBH", compound, at)
        yield Rtcp(first & 31, kind, compound[at + 4 : at + 4 + 4 * words])
        at += 4 + 4 * words


def picture_loss(sender: int, media: int) -> Rtcp:
    return Rtcp(PLI, PSFB, struct.pack("!LL", sender, media))


def nack(sender: int, media: int, entries: list[tuple[int, int]]) -> Rtcp:
    """Entries are packet id and bitmask of the 16 that follow it."""
    items = b"".join(struct.pack("!HH", *entry) for entry in entries)
    return Rtcp(NACK, RTPFB, struct.pack("!LL", sender, media) + items)


def nacked(packet: Rtcp) -> Iterator[int]:
    """The sequence numbers that a NACK asks for."""
    for at in range(8, len(packet.body), 4):
        first, mask = struct.unpack_from("!HH", packet.body, at)
        yield first
        yield from ((first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1)


def receiver_report(sender: int, blocks: list[tuple[int, float, int]]) -> Rtcp:
    """Blocks are SSRC, share of packets lost (0..1) and the highest sequence number."""
    body = struct.pack("!L", sender)
    for ssrc, lost, highest in blocks:
        body += struct.pack("!LLLLLL", ssrc, int(lost * 255) << 24, highest, 0, 0, 0)
    return Rtcp(len(blocks), RR, body)


def bandwidth(sender: int, bps: int, ssrcs: list[int]) -> Rtcp:
    """Receiver estimated maximum bandwidth (draft-alvestrand-rmcat-remb-03)."""
    exponent = max(0, bps.bit_length() - 18)
    mantissa = bps >> exponent
    head = struct.pack("!LL4sL", sender, 0, b"REMB", len(ssrcs) << 24 | exponent << 18 | mantissa)
    return Rtcp(APPLICATION, PSFB, head + struct.pack(f"!{len(ssrcs)}L", *ssrcs))


def sender_report(ssrc: int, at: float, timestamp: int, packets: int, octets: int) -> Rtcp:
    """`at` is in seconds since 1970, when the RTP clock of the stream stood at `timestamp`."""
    ntp = int((at + NTP_EPOCH_S) * 2**32)
    return Rtcp(0, SR, struct.pack("!LQLLL", ssrc, ntp, timestamp, packets, octets))


def read_sender_report(packet: Rtcp) -> tuple[int, float, int]:
    """SSRC, seconds since 1970, and where the RTP clock of the stream stood then."""
    ssrc, ntp, timestamp = struct.unpack_from("!LQL", packet.body)
    return ssrc, ntp / 2**32 - NTP_EPOCH_S, timestamp
