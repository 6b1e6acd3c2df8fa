"""RTCP packets: built with `bytes`, read with `parse`.

RFC 3550 section 6 (SR, RR, SDES, BYE), RFC 4585 section 6 (NACK, PLI), RFC 5104 section 4.3.1
(FIR), draft-alvestrand-rmcat-remb-03 (REMB). Transport-wide feedback has a file of its own.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
NACK = 1
PLI, FIR, APPLICATION = 1, 4, 15
FIRST_KIND, LAST_KIND = 192, 223
"""The second octet of every RTCP packet; RTP has none of them there (RFC 5761, section 4)."""
MAX_BLOCKS = 31
MAX_REMB_BPS = (1 << 18) - 1 << 45
"""More than any line carries; larger exponents are nonsense."""

_BLOCK = struct.Struct("!LB3sLLLL")
_SENDER = struct.Struct("!LQLLL")
_PAIR = struct.Struct("!LL")


class Block(NamedTuple):
    """A report block: how a stream arrives.

    Attributes:
        fraction_lost: of 256, since the report before.
        lost: since the beginning; negative when more came than expected.
        highest: sequence number, extended by how often it wrapped.
        jitter: in ticks of the RTP clock.
        last_sr: middle 32 bits of the NTP time of the newest sender report; 0 without one.
        delay: since that report came, in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay: int


class SenderInfo(NamedTuple):
    """A sender report. `ntp` is 32.32 fixed point, in seconds since 1900 or of any other clock."""

    ssrc: int
    ntp: int
    rtp: int
    packets: int
    octets: int
    blocks: tuple[Block, ...] = ()

    def __bytes__(self) -> bytes:
        head = _SENDER.pack(self.ssrc, self.ntp, self.rtp, self.packets, self.octets)
        return _packet(SR, len(self.blocks), head + _pack_blocks(self.blocks))


class ReceiverReport(NamedTuple):
    ssrc: int
    blocks: tuple[Block, ...]

    def __bytes__(self) -> bytes:
        body = self.ssrc.to_bytes(4, "big") + _pack_blocks(self.blocks)
        return _packet(RR, len(self.blocks), body)


class Description(NamedTuple):
    """The canonical name of a source; equal names share one clock (RFC 3550, section 6.5.1)."""

    ssrc: int
    cname: str

    def __bytes__(self) -> bytes:
        name = self.cname.encode()[:255]
        chunk = self.ssrc.to_bytes(4, "big") + bytes([1, len(name)]) + name
        return _packet(SDES, 1, chunk + bytes(4 - len(chunk) % 4))


class Goodbye(NamedTuple):
    ssrcs: tuple[int, ...]

    def __bytes__(self) -> bytes:
        body = b"".join(ssrc.to_bytes(4, "big") for ssrc in self.ssrcs)
        return _packet(BYE, len(self.ssrcs), body)


class Nack(NamedTuple):
    """A request for packets that did not come.

    Attributes:
        items: pairs of a sequence number and a bitmask of which of the 16 after it are missing too.
    """

    sender: int
    media: int
    items: tuple[tuple[int, int], ...]

    @property
    def seqs(self) -> Iterator[int]:
        """The sequence numbers, which may be named more than once."""
        for first, mask in self.items:
            yield first
            seq = first
            while mask:
                seq = (seq + 1) & 0xFFFF
                if mask & 1:
                    yield seq
                mask >>= 1

    def __bytes__(self) -> bytes:
        items = b"".join((first << 16 | mask).to_bytes(4, "big") for first, mask in self.items)
        return _packet(RTPFB, NACK, _PAIR.pack(self.sender, self.media) + items)


class PictureLoss(NamedTuple):
    """A request for a keyframe."""

    sender: int
    media: int

    def __bytes__(self) -> bytes:
        return _packet(PSFB, PLI, _PAIR.pack(self.sender, self.media))


class FullIntra(NamedTuple):
    """A request for keyframes: pairs of SSRC and the number of the request."""

    sender: int
    requests: tuple[tuple[int, int], ...]

    def __bytes__(self) -> bytes:
        items = b"".join(_PAIR.pack(ssrc, number << 24) for ssrc, number in self.requests)
        return _packet(PSFB, FIR, _PAIR.pack(self.sender, 0) + items)


class Bandwidth(NamedTuple):
    """What the receiver estimates that the line carries (REMB)."""

    sender: int
    bps: int
    ssrcs: tuple[int, ...]

    def __bytes__(self) -> bytes:
        exponent = max(0, self.bps.bit_length() - 18)
        word = len(self.ssrcs) << 24 | exponent << 18 | self.bps >> exponent
        head = _PAIR.pack(self.sender, 0) + b"REMB" + word.to_bytes(4, "big")
        return _packet(
            PSFB, APPLICATION, head + b"".join(ssrc.to_bytes(4, "big") for ssrc in self.ssrcs)
        )


Rtcp = (
    SenderInfo | ReceiverReport | Description | Goodbye | Nack | PictureLoss | FullIntra | Bandwidth
)


def nack_items(seqs: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Pack sequence numbers, ascending (over the wrap too), into as few items as they fit in."""
    items: list[tuple[int, int]] = []
    for seq in seqs:
        if items:
            first, mask = items[-1]
            ahead = (seq - first) & 0xFFFF
            if 0 < ahead <= 16:
                items[-1] = first, mask | 1 << ahead - 1
                continue
        items.append((seq & 0xFFFF, 0))
    return tuple(items)


def parse(compound: bytes) -> Iterator[Rtcp]:
    """The packets of a compound that are known and whole; the rest is passed over.

    It ends at the first packet whose length cannot be: where the next begins is not known then.
    """
    at = 0
    while at + 4 <= len(compound):
        first, kind = compound[at], compound[at + 1]
        end = at + 4 + 4 * int.from_bytes(compound[at + 2 : at + 4], "big")
        if first >> 6 != 2 or end > len(compound):
            return
        body = compound[at + 4 : end]
        if first & 0x20 and body:
            body = body[: max(0, len(body) - body[-1])]
        read = _READERS.get(kind)
        found = read(first & 31, body) if read is not None else None
        if found is not None:
            yield found
        at = end


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def _pack_blocks(blocks: Iterable[Block]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost,
            max(-0x800000, min(block.lost, 0x7FFFFF)).to_bytes(3, "big", signed=True),
            *block[3:],
        )
        for block in blocks
    )


def _read_blocks(count: int, data: bytes) -> tuple[Block, ...]:
    whole = min(count, len(data) // _BLOCK.size)
    return tuple(
        Block(ssrc, fraction, int.from_bytes(lost, "big", signed=True), *rest)
        for ssrc, fraction, lost, *rest in _BLOCK.iter_unpack(data[: whole * _BLOCK.size])
    )


def _read_sender_report(count: int, body: bytes) -> Rtcp | None:
    if len(body) < _SENDER.size:
        return None
    ssrc, ntp, rtp, packets, octets = _SENDER.unpack_from(body)
    blocks = _read_blocks(count, body[_SENDER.size :])
    return SenderInfo(ssrc, ntp, rtp, packets, octets, blocks)


def _read_receiver_report(count: int, body: bytes) -> Rtcp | None:
    if len(body) < 4:
        return None
    return ReceiverReport(int.from_bytes(body[:4], "big"), _read_blocks(count, body[4:]))


def _read_description(count: int, body: bytes) -> Rtcp | None:
    """Of the first chunk; nobody here sends more."""
    at = 4
    while count and at + 2 <= len(body) and body[at]:
        item, end = body[at], at + 2 + body[at + 1]
        if end > len(body):
            return None
        if item == 1:
            name = body[at + 2 : end].decode(errors="replace")
            return Description(int.from_bytes(body[:4], "big"), name)
        at = end
    return None


def _read_goodbye(count: int, body: bytes) -> Rtcp | None:
    whole = min(count, len(body) // 4)
    return Goodbye(struct.unpack_from(f"!{whole}L", body))


def _read_transport_feedback(count: int, body: bytes) -> Rtcp | None:
    if count != NACK or len(body) < 12 or len(body) % 4:
        return None
    sender, media = _PAIR.unpack_from(body)
    return Nack(sender, media, tuple(struct.iter_unpack("!HH", body[8:])))


def _read_payload_feedback(count: int, body: bytes) -> Rtcp | None:
    if len(body) < 8:
        return None
    sender, media = _PAIR.unpack_from(body)
    if count == PLI:
        return PictureLoss(sender, media)
    if count == FIR and len(body) % 8 == 0:
        requests = _PAIR.iter_unpack(body[8:])
        return FullIntra(sender, tuple((ssrc, word >> 24) for ssrc, word in requests))
    if count == APPLICATION:
        return _read_bandwidth(sender, body)
    return None


def _read_bandwidth(sender: int, body: bytes) -> Rtcp | None:
    if len(body) < 16 or body[8:12] != b"REMB":
        return None
    bps = int.from_bytes(body[13:16], "big") & 0x3FFFF
    exponent = body[13] >> 2
    ssrcs = struct.unpack_from(f"!{min(body[12], (len(body) - 16) // 4)}L", body, 16)
    return Bandwidth(sender, min(bps << exponent, MAX_REMB_BPS), ssrcs)


_READERS: dict[int, Callable[[int, bytes], Rtcp | None]] = {
    SR: _read_sender_report,
    RR: _read_receiver_report,
    SDES: _read_description,
    BYE: _read_goodbye,
    RTPFB: _read_transport_feedback,
    PSFB: _read_payload_feedback,
}
