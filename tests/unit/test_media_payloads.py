"""Descriptors and keyframes of VP8, VP9 and H.264, from real encoders and from hostile hands."""

from fractions import Fraction
from functools import cache

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.payloads import FORMATS, NO_NUMBERS, UNREADABLE, Keyframe, PictureNumbers
from tests.support.media_packets import vp8_frame

SIZES = [(640, 360), (1920, 1080), (360, 640), (322, 182)]
ENCODERS = {
    "VP8": ("libvpx", {"deadline": "realtime"}),
    "VP9": ("libvpx-vp9", {"deadline": "realtime"}),
    "H264": ("libx264", {"profile": "baseline", "tune": "zerolatency"}),
}
VP8, VP9, H264 = (FORMATS[name] for name in ("VP8", "VP9", "H264"))


@cache
def encoded(codec: str, width: int, height: int) -> tuple[bytes, ...]:
    """A keyframe and the two frames after it."""
    name, options = ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 30)
    context.options = options
    frame = av.VideoFrame(width, height, "yuv420p")
    packets = []
    for pts in range(3):
        frame.pts = pts
        packets += context.encode(frame)
    packets += context.encode(None)
    return tuple(map(bytes, packets))


def units(frame: bytes) -> list[bytes]:
    """The NAL units of a frame in Annex B form."""
    return [unit.rstrip(b"\0") for unit in frame.split(b"\0\0\1")[1:]]


def aggregate(*nal_units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in nal_units)


def keyframe(codec: str, payload: bytes) -> Keyframe | None:
    """As the ingress asks: the table of first octets first."""
    form = FORMATS[codec]
    return form.keyframe(payload) if form.may_begin[payload[0]] else None


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("codec", "descriptor"),
    [
        ("VP8", b"\x10"),
        ("VP8", b"\x90\x80\x05"),
        ("VP8", b"\x90\xe0\x81\x23\x07\x20"),
        ("VP9", b"\x08"),
        ("VP9", b"\x88\x81\x23"),
        ("VP9", b"\xa8\x05\x00\x07"),
        ("VP9", b"\xb8\x81\x23\x00"),
        ("VP9", b"\x0a\x08\x02\x04\x09\x04\x05"),
    ],
)
def test_real_keyframes_tell_their_size(
    codec: str, descriptor: bytes, width: int, height: int
) -> None:
    first, second, third = encoded(codec, width, height)
    assert keyframe(codec, descriptor + first[:200]) == (width, height)
    assert keyframe(codec, descriptor + second) is None
    assert keyframe(codec, descriptor + third) is None


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_real_h264_keyframes_tell_their_size(width: int, height: int) -> None:
    first, second, _ = encoded("H264", width, height)
    parameters, pictures, *_, picture = units(first)
    expected = (width, height)
    assert keyframe("H264", parameters) == expected
    assert keyframe("H264", aggregate(parameters, pictures)) == expected
    assert keyframe("H264", aggregate(pictures, parameters, picture[:99])) == expected
    start = bytes([parameters[0] & 0x60 | 28, 0x80 | parameters[0] & 0x1F]) + parameters[1:]
    assert keyframe("H264", start) == expected
    assert keyframe("H264", picture) == (0, 0), "an IDR picture without its parameters"
    assert keyframe("H264", b"\x7c\x85" + picture[1:]) == (0, 0)
    assert keyframe("H264", b"\x7c\x05" + picture[1:]) is None, "not the first fragment"
    assert keyframe("H264", b"\x7c\x85"[:1]) is None
    assert keyframe("H264", pictures) is None
    for unit in units(second):
        assert keyframe("H264", unit) is None


def test_vp8_numbers_are_found() -> None:
    (payload,) = vp8_frame(0x1234, keyframe=True, length=500)
    assert VP8.numbers is not None
    numbers = VP8.numbers(payload)
    assert numbers == PictureNumbers(2, wide=True, tl0_at=4)
    assert (numbers.picture_id(payload), numbers.tl0(payload)) == (0x1234, 0x34)
    assert VP8.keyframe(payload) == (640, 360)


@pytest.mark.parametrize(
    ("codec", "payload", "expected", "picture_id", "tl0"),
    [
        ("VP8", b"\x10\x00\x00", NO_NUMBERS, None, None),
        ("VP8", b"\x90\x80\x45\x00", PictureNumbers(2, False, 0), 0x45, None),
        ("VP8", b"\x90\x40\x99\x00", PictureNumbers(0, False, 2), None, 0x99),
        ("VP8", b"\x80\xf0\x81\x02\x07\x20\x00", PictureNumbers(2, True, 4), 0x102, 7),
        ("VP8", b"\x90\x80\x81", NO_NUMBERS, None, None),
        ("VP8", b"\x90", NO_NUMBERS, None, None),
        ("VP9", b"\x88\x45\x00", PictureNumbers(1, False, 0), 0x45, None),
        ("VP9", b"\xa8\x81\x02\x00\x07\x00", PictureNumbers(1, True, 4), 0x102, 7),
        ("VP9", b"\xb8\x81\x02\x00\x00", PictureNumbers(1, True, 0), 0x102, None),
        ("VP9", b"\x28\x00\x07", PictureNumbers(0, False, 2), None, 7),
        ("VP9", b"\xa8\x81\x02", NO_NUMBERS, None, None),
        ("VP9", b"\x88", NO_NUMBERS, None, None),
    ],
)
def test_numbers_of_all_forms(
    codec: str, payload: bytes, expected: PictureNumbers, picture_id: int | None, tl0: int | None
) -> None:
    find = FORMATS[codec].numbers
    assert find is not None
    found = find(payload)
    assert found == expected
    assert (found.picture_id(payload), found.tl0(payload)) == (picture_id, tl0)


def test_a_vp8_partition_that_is_not_the_first_begins_nothing() -> None:
    payload = vp8_frame(1, keyframe=True)[0]
    assert keyframe("VP8", bytes([payload[0] | 1]) + payload[1:]) is None
    assert keyframe("VP8", bytes([payload[0] & ~0x10]) + payload[1:]) is None


def test_a_vp8_keyframe_that_hides_its_size_is_too_large() -> None:
    payload = vp8_frame(1, keyframe=True)[0]
    assert keyframe("VP8", payload[:15]) == UNREADABLE
    assert keyframe("VP8", payload[:9] + b"\0" + payload[10:]) == UNREADABLE


def test_a_bomb_is_seen() -> None:
    payload = vp8_frame(1, keyframe=True, size=(16000, 16000))[0]
    assert keyframe("VP8", payload) == (16000, 16000)


def test_the_larger_of_two_sizes_of_vp9_counts() -> None:
    frame = encoded("VP9", 640, 360)[0]
    structure = b"\x30" + (320).to_bytes(2, "big") + (180).to_bytes(2, "big")
    structure += (5000).to_bytes(2, "big") + (200).to_bytes(2, "big")
    assert keyframe("VP9", b"\x0a" + structure + frame) == (5000, 360)


def test_a_spatial_layer_above_the_first_begins_nothing() -> None:
    frame = encoded("VP9", 640, 360)[0]
    assert keyframe("VP9", b"\x28\x02\x00" + frame) is None


def test_a_vp9_keyframe_that_hides_its_size_is_too_large() -> None:
    frame = encoded("VP9", 640, 360)[0]
    assert keyframe("VP9", b"\x08" + frame[:8]) == UNREADABLE
    assert keyframe("VP9", b"\x08" + b"\x92" + frame[1:]) == UNREADABLE, "another profile"
    assert keyframe("VP9", b"\x0a") == UNREADABLE


def test_cropping_cannot_make_a_bomb_small() -> None:
    """An SPS of 16384 x 16384 of which all but a corner is cut off."""

    def golomb(value: int) -> str:
        bits = f"{value + 1:b}"
        return "0" * (len(bits) - 1) + bits

    bits = golomb(0) + golomb(0) + golomb(2) + golomb(1) + "0"
    bits += golomb(1023) + golomb(1023) + "1" + "1" + "1"
    bits += golomb(0) + golomb(8000) + golomb(0) + golomb(8000) + "01"
    bits += "0" * (-len(bits) % 8)
    unit = b"\x67\x42\xc0\x1f" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    found = keyframe("H264", unit)
    assert found is not None
    assert found.width > 16000
    assert found.height > 16000


def test_an_sps_that_cannot_be_read_is_too_large() -> None:
    assert keyframe("H264", b"\x67") == UNREADABLE
    absurd = keyframe("H264", b"\x67\x42\xc0\x1f" + bytes(100))
    assert absurd is not None
    assert absurd.width >= UNREADABLE.width
    assert keyframe("H264", aggregate(b"\x67\x42\xc0")) == UNREADABLE


@pytest.mark.parametrize("codec", FORMATS)
@settings(deadline=None)
@given(payload=st.binary(min_size=1, max_size=80))
def test_hostile_bytes_never_raise(codec: str, payload: bytes) -> None:
    form = FORMATS[codec]
    form.keyframe(payload)
    if form.numbers is not None:
        found = form.numbers(payload)
        found.picture_id(payload)
        found.tl0(payload)
        assert found.picture_at + found.wide < len(payload)
        assert found.tl0_at < len(payload)


@settings(deadline=None)
@given(
    st.sampled_from(["VP8", "VP9", "H264"]),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_mutated_keyframes_never_raise(codec: str, changes: list[tuple[int, int]]) -> None:
    descriptor = {"VP8": b"\x90\xe0\x81\x23\x07\x20", "VP9": b"\xaa\x81\x23\x00\x07\x18\0\1\0\1"}
    payload = bytearray(descriptor.get(codec, b"\x78\0\x20") + encoded(codec, 640, 360)[0][4:90])
    for at, value in changes:
        payload[at % len(payload)] = value
    FORMATS[codec].keyframe(bytes(payload))
