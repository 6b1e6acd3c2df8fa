"""What RTP payloads of each codec say at their beginning, without being decoded.

VP8: RFC 7741. VP9: RFC 9628 and the VP9 bitstream specification, section 6.2. H.264: RFC 6184 and
ITU-T H.264, section 7.3.2.1.1. Payloads have at least one octet; nothing here raises, whatever
the octets are, nor takes long over them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Keyframe(NamedTuple):
    """The beginning of a picture that can be decoded without others; size in pixels.

    Attributes:
        width: 0 when this packet does not tell the size.
    """

    width: int
    height: int


UNREADABLE = Keyframe(1 << 16, 1 << 16)
"""A keyframe that must tell its size here and does not: larger than any limit, to be on the safe
side, since its decoder may read it in another way."""


class PictureNumbers(NamedTuple):
    """Where in a payload the numbers of pictures are, that a receiver wants without gaps.

    Attributes:
        picture_at: offset of the picture id; 0 when there is none.
        wide: whether it has 15 bits, else 7.
        tl0_at: offset of TL0PICIDX (8 bits); 0 when there is none.
    """

    picture_at: int
    wide: bool
    tl0_at: int

    def picture_id(self, payload: bytes) -> int | None:
        if not self.picture_at:
            return None
        first = payload[self.picture_at] & 0x7F
        return first << 8 | payload[self.picture_at + 1] if self.wide else first

    def tl0(self, payload: bytes) -> int | None:
        return payload[self.tl0_at] if self.tl0_at else None


NO_NUMBERS = PictureNumbers(0, False, 0)
MAX_REFERENCES = 3
"""Pictures that a VP9 descriptor may refer to."""


@dataclass(frozen=True, slots=True)
class Format:
    """How to read payloads of one codec.

    Attributes:
        may_begin: for every first octet, whether a keyframe can begin with it.
        begins: whether one does, quickly; to be asked only if it can.
        keyframe: what begins in this payload; None when no keyframe does.
        numbers: where the picture numbers are; None when this codec has none at all.
    """

    may_begin: bytes
    begins: Callable[[bytes], bool]
    keyframe: Callable[[bytes], Keyframe | None]
    numbers: Callable[[bytes], PictureNumbers] | None = None


def _vp8_numbers(payload: bytes) -> PictureNumbers:
    return vp8_descriptor(payload)[0]


def vp8_descriptor(payload: bytes) -> tuple[PictureNumbers, int]:
    """The numbers and where the VP8 payload header begins, beyond the end if it is cut off."""
    size = len(payload)
    if size < 2 or not payload[0] & 0x80:
        return NO_NUMBERS, 1
    extended, at = payload[1], 2
    picture_at, wide, tl0_at = 0, False, 0
    if extended & 0x80:
        if at >= size:
            return NO_NUMBERS, size
        picture_at, wide = at, bool(payload[at] & 0x80)
        at += 2 if wide else 1
    if extended & 0x40:
        tl0_at = at
        at += 1
    if extended & 0x30:
        at += 1
    return (PictureNumbers(picture_at, wide, tl0_at), at) if at <= size else (NO_NUMBERS, size)


_VP8_AFTER_PICTURE_ID = bytes(
    2 + bool(octet & 0x80) + bool(octet & 0x40) + bool(octet & 0x30) for octet in range(256)
)
"""How long a descriptor with this second octet is, if its picture id, when it has one, is short."""


def _vp8_begins(payload: bytes) -> bool:
    try:
        if not payload[0] & 0x80:
            return not payload[1] & 1
        at = _VP8_AFTER_PICTURE_ID[payload[1]]
        if payload[1] & 0x80 and payload[2] & 0x80:
            at += 1
        return not payload[at] & 1
    except IndexError:
        return False


def _vp8_keyframe(payload: bytes) -> Keyframe | None:
    _, at = vp8_descriptor(payload)
    header = payload[at : at + 10]
    if not header or header[0] & 1:
        return None
    if len(header) < 10 or header[3:6] != b"\x9d\x01\x2a":
        return UNREADABLE
    return Keyframe(
        int.from_bytes(header[6:8], "little") & 0x3FFF,
        int.from_bytes(header[8:10], "little") & 0x3FFF,
    )


def _vp9_numbers(payload: bytes) -> PictureNumbers:
    return _vp9_descriptor(payload)[0]


def _vp9_descriptor(payload: bytes) -> tuple[PictureNumbers, int, int]:
    """The numbers, the spatial layer, and where the descriptor goes on after the layer octets."""
    size, first, at = len(payload), payload[0], 1
    picture_at, wide, tl0_at, spatial = 0, False, 0, 0
    if first & 0x80:
        if at >= size:
            return NO_NUMBERS, 0, size
        picture_at, wide = at, bool(payload[at] & 0x80)
        at += 2 if wide else 1
    if first & 0x20:
        if at >= size:
            return NO_NUMBERS, 0, size
        spatial = payload[at] >> 1 & 7
        at += 1
        if not first & 0x10:
            tl0_at = at
            at += 1
    if at > size:
        return NO_NUMBERS, 0, size
    return PictureNumbers(picture_at, wide, tl0_at), spatial, at


def _vp9_keyframe(payload: bytes) -> Keyframe | None:
    """Both the scalability structure and the frame tell a size; the larger one counts."""
    _, spatial, at = _vp9_descriptor(payload)
    if spatial:
        return None
    told = Keyframe(0, 0)
    if payload[0] & 2:
        if at >= len(payload):
            return UNREADABLE
        told, at = _vp9_structure(payload, at)
    framed = _vp9_frame_size(payload[at : at + 9])
    if framed is None:
        return None
    return Keyframe(max(told.width, framed.width), max(told.height, framed.height))


def vp9_frame_at(payload: bytes) -> int:
    """Where the frame begins behind its descriptor; at or beyond the end if that is cut off."""
    _, _, at = _vp9_descriptor(payload)
    if payload[0] & 0x50 == 0x50:
        for _ in range(MAX_REFERENCES):
            at += 1
            if not payload[at - 1 : at] or not payload[at - 1] & 1:
                break
    if payload[0] & 2 and at < len(payload):
        _, at = _vp9_structure(payload, at)
    return at


def _vp9_structure(payload: bytes, at: int) -> tuple[Keyframe, int]:
    """The largest size in a scalability structure, 0 for none, and where it ends."""
    structure, told = payload[at], Keyframe(0, 0)
    at += 1
    if structure & 0x10:
        layers = 1 + (structure >> 5)
        sizes = payload[at : at + 4 * layers]
        at += 4 * layers
        told = Keyframe(_largest(sizes[0:], 4), _largest(sizes[2:], 4))
    if structure & 8:
        at = _after_group_of_frames(payload, at)
    return told, at


def _largest(data: bytes, step: int) -> int:
    """The largest of the 16-bit numbers that begin every `step` bytes."""
    return max(
        (int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), step)), default=0
    )


def _after_group_of_frames(payload: bytes, at: int) -> int:
    frames = payload[at] if at < len(payload) else 0
    at += 1
    while frames and at < len(payload):
        at += 1 + (payload[at] >> 2 & 3)
        frames -= 1
    return at


def _always(_: bytes) -> bool:
    return True


def _vp9_frame_size(header: bytes) -> Keyframe | None:
    """The size in an uncompressed header of profile 0; None when it is no keyframe's."""
    if not header or header[0] & 0x0C:
        return None
    if len(header) < 9 or header[0] >> 4 != 8 or header[1:4] != b"\x49\x83\x42":
        return UNREADABLE
    # Behind the sync code: colour space (3 bits), colour range (1), width - 1 and height - 1 (16).
    bits = int.from_bytes(header[4:9], "big") >> 4
    return Keyframe((bits >> 16 & 0xFFFF) + 1, (bits & 0xFFFF) + 1)


IDR, SPS, STAP_A, FU_A = 5, 7, 24, 28
MAX_UNITS = 8
"""NAL units in one aggregate that are looked at; parameter sets come first."""


def _h264_begins(payload: bytes) -> bool:
    """Most packets are fragments that begin nothing."""
    return payload[0] & 0x1F != FU_A or (len(payload) > 1 and payload[1] & 0x9F in (0x85, 0x87))


def _h264_keyframe(payload: bytes) -> Keyframe | None:
    kind = payload[0] & 0x1F
    if kind == FU_A:
        if len(payload) < 2 or not payload[1] & 0x80:
            return None
        return _unit(bytes([payload[1] & 0x1F]) + payload[2:])
    if kind != STAP_A:
        return _unit(payload)
    found, at = None, 1
    for _ in range(MAX_UNITS):
        end = at + 2 + int.from_bytes(payload[at : at + 2], "big")
        unit = _unit(payload[at + 2 : end])
        found = unit if found is None or (unit is not None and unit.width) else found
        at = end
    return found


def _unit(unit: bytes) -> Keyframe | None:
    kind = unit[0] & 0x1F if unit else 0
    if kind == SPS:
        return _sps_size(unit)
    return Keyframe(0, 0) if kind == IDR else None


class _Bits:
    """Bits of a NAL unit, as far as they go; zeros behind the end."""

    def __init__(self, unit: bytes) -> None:
        data = unit.replace(b"\0\0\x03", b"\0\0")
        self._size = 8 * len(data)
        self._value = int.from_bytes(data, "big")
        self._at = 0

    @property
    def exhausted(self) -> bool:
        return self._at > self._size

    def read(self, count: int) -> int:
        self._at += count
        shift = self._size - self._at
        return (self._value >> shift if shift >= 0 else 0) & (1 << count) - 1

    def golomb(self) -> int:
        """An unsigned Exp-Golomb number; more than 32 bits of it are nobody's."""
        zeros = 0
        while zeros < 32 and not self.exhausted and not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)


_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
MAX_SPS_BYTES = 128


def _sps_size(unit: bytes) -> Keyframe:
    bits = _Bits(unit[1:MAX_SPS_BYTES])
    profile = bits.read(8)
    bits.read(16)
    bits.golomb()
    if profile in _WITH_CHROMA:
        if bits.golomb() == 3:
            bits.read(1)
        bits.golomb()
        bits.golomb()
        bits.read(1)
        if bits.read(1):
            return UNREADABLE  # scaling lists: no browser sends them in a call
    bits.golomb()
    order = bits.golomb()
    if order == 1:
        return UNREADABLE  # nor does any count pictures in cycles
    if order == 0:
        bits.golomb()
    bits.golomb()
    bits.read(1)
    width, height = 16 * (bits.golomb() + 1), 16 * (bits.golomb() + 1)
    fields = not bits.read(1)
    bits.read(2 if fields else 1)
    left, right, top, bottom = (bits.golomb() for _ in range(4)) if bits.read(1) else (0, 0, 0, 0)
    if bits.exhausted:
        return UNREADABLE
    # A decoder makes room for what is cropped as well: no more than rounding up is taken off.
    return Keyframe(
        width - min(2 * (left + right), 15),
        height * (2 if fields else 1) - min(2 * (top + bottom), 15),
    )


def _beginnings(may_begin: Callable[[int], bool]) -> bytes:
    return bytes(may_begin(octet) for octet in range(256))


FORMATS = {
    "VP8": Format(
        _beginnings(lambda octet: octet & 0x17 == 0x10), _vp8_begins, _vp8_keyframe, _vp8_numbers
    ),
    "VP9": Format(
        _beginnings(lambda octet: octet & 0x48 == 0x08), _always, _vp9_keyframe, _vp9_numbers
    ),
    "H264": Format(
        _beginnings(lambda octet: octet & 0x1F in (IDR, SPS, STAP_A, FU_A)),
        _h264_begins,
        _h264_keyframe,
    ),
    "opus": Format(bytes(256), _always, lambda _: None),
}
"""By the name of the codec as SDP has it."""
