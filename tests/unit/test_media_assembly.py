"""Frames out of packets: of real encoders, out of order, with losses, and from hostile hands."""

from fractions import Fraction
from functools import cache
from random import Random

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.assembly import GAP_S, MAX_FRAME_BYTES, MAX_PENDING, STRIP, Assembler
from server.media.source import Packet
from tests.support.media_packets import vp8_frame

CODECS = {"VP8": "libvpx", "VP9": "libvpx-vp9", "H264": "libx264"}
OPTIONS = {
    "VP8": {"deadline": "realtime"},
    "VP9": {"deadline": "realtime"},
    "H264": {"profile": "baseline", "tune": "zerolatency"},
}
START = b"\0\0\0\1"
FRAMES = 6
PIECE = 300


@cache
def encoded(codec: str) -> tuple[bytes, ...]:
    """A keyframe and the frames after it, of a picture that is no single colour."""
    context = av.CodecContext.create(CODECS[codec], "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = 320, 180
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 30)
    context.options = OPTIONS[codec]
    context.bit_rate = 500_000
    frames = []
    for pts in range(FRAMES):
        frame = av.VideoFrame(320, 180, "yuv420p")
        plane = frame.planes[0]
        size = plane.buffer_size
        plane.update(bytes((i * i >> 7) + 3 * pts & 0xFF for i in range(size)))
        for chroma in frame.planes[1:]:
            chroma.update(bytes([128]) * chroma.buffer_size)
        frame.pts = pts
        frames += [bytes(packet) for packet in context.encode(frame)]
    return tuple(frames + [bytes(packet) for packet in context.encode(None)])


def units(frame: bytes) -> list[bytes]:
    """The NAL units of a frame in Annex B form."""
    return [unit.rstrip(b"\0") for unit in frame.split(b"\0\0\1")[1:]]


def pieces(frame: bytes) -> list[bytes]:
    return [frame[at : at + PIECE] for at in range(0, len(frame), PIECE)]


def vp8(frame: bytes) -> list[bytes]:
    descriptor = b"\xe0\x81\x23\x07\x20"
    return [(b"\x80" if n else b"\x90") + descriptor + p for n, p in enumerate(pieces(frame))]


def vp9(frame: bytes) -> list[bytes]:
    """A keyframe with a scalability structure, others that refer to two pictures."""
    is_keyframe = not frame[0] & 0x0C
    found = []
    for n, piece in enumerate(pieces(frame)):
        first = 0x80 | (0 if is_keyframe else 0x50) | (0 if n else 8)
        structure = b"\x18\x01\x40\x00\xb4\x01\x04\x02" if is_keyframe and not n else b""
        references = b"" if is_keyframe else b"\x03\x04"
        head = bytes([first | (2 if structure else 0)]) + b"\x81\x23" + references + structure
        found.append(head + piece)
    return found


def h264(frame: bytes) -> list[bytes]:
    """Parameter sets as an aggregate, small units as they are, large ones in fragments."""
    found, small = [], b"\x78"
    for unit in units(frame):
        if unit[0] & 0x1F in (6, 7, 8):
            small += len(unit).to_bytes(2, "big") + unit
            continue
        if len(small) > 1:
            found.append(small)
            small = b"\x78"
        if len(unit) <= PIECE:
            found.append(unit)
            continue
        body = pieces(unit[1:])
        for n, piece in enumerate(body):
            ends = 0x80 if n == 0 else 0x40 if n == len(body) - 1 else 0
            found.append(bytes([unit[0] & 0xE0 | 28, ends | unit[0] & 0x1F]) + piece)
    return found


PACKETISE = {"VP8": vp8, "VP9": vp9, "H264": h264}


def packets(codec: str, frames: tuple[bytes, ...], first: int = 65_530) -> list[Packet]:
    """The packets of some frames, 30 a second, their numbers over the wrap."""
    found = []
    seq = first
    for n, frame in enumerate(frames):
        payloads = PACKETISE[codec](frame)
        for i, payload in enumerate(payloads):
            marker = 0x80 if i == len(payloads) - 1 else 0
            found.append(Packet(seq & 0xFFFF, 3000 * n, marker, payload, n / 30))
            seq += 1
    return found


def joined(codec: str, parts: list[bytes]) -> list[bytes]:
    whole = b"".join(parts)
    return units(whole) if codec == "H264" else [whole]


def expected(codec: str, frame: bytes) -> list[bytes]:
    return units(frame) if codec == "H264" else [frame]


@pytest.mark.parametrize("codec", CODECS)
def test_frames_come_out_as_they_were_encoded(codec: str) -> None:
    assembler = Assembler(codec)
    found = [unit for packet in packets(codec, encoded(codec)) for unit in assembler.take(packet)]
    assert [joined(codec, unit.parts) for unit in found] == [
        expected(codec, frame) for frame in encoded(codec)
    ]
    assert [unit.timestamp for unit in found] == [3000 * n for n in range(len(encoded(codec)))]
    assert [unit.keyframe for unit in found] == [n == 0 for n in range(len(encoded(codec)))]


@pytest.mark.parametrize("codec", CODECS)
def test_a_decoder_takes_what_comes_out(codec: str) -> None:
    decoder = av.CodecContext.create({"VP8": "vp8", "VP9": "vp9", "H264": "h264"}[codec], "r")
    assert isinstance(decoder, VideoCodecContext)
    assembler = Assembler(codec)
    shown = []
    for packet in packets(codec, encoded(codec)):
        for unit in assembler.take(packet):
            shown += decoder.decode(av.Packet(b"".join(unit.parts)))
    shown += decoder.decode(None)
    assert [(frame.width, frame.height) for frame in shown] == [(320, 180)] * FRAMES


@given(st.randoms(use_true_random=False), st.sampled_from(sorted(CODECS)), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_order_and_repetition_do_not_matter(random: Random, codec: str, window: int) -> None:
    """Within what is waited for: packets may be late by `window` and come twice."""
    sent = packets(codec, encoded(codec))
    order = sorted(range(len(sent)), key=lambda n: n + random.uniform(0, window))
    came = [sent[n]._replace(at=0.0) for n in order]
    came += random.sample(came, len(came) // 3)
    assembler = Assembler(codec)
    found = [unit for packet in came for unit in assembler.take(packet)]
    assert [joined(codec, unit.parts) for unit in found] == [
        expected(codec, frame) for frame in encoded(codec)
    ]


def stream(*keyframes: bool, at: float = 0.0, seq: int = 0) -> list[Packet]:
    """Frames of two packets each."""
    found = []
    for n, keyframe in enumerate(keyframes):
        for i, payload in enumerate(vp8_frame(n, keyframe=keyframe, length=1500)):
            found.append(Packet(seq & 0xFFFF, 3000 * n, 0x80 * i, payload, at + n / 30))
            seq += 1
    return found


def timestamps(assembler: Assembler, came: list[Packet]) -> list[int]:
    return [unit.timestamp for packet in came for unit in assembler.take(packet)]


def test_nothing_comes_before_a_keyframe() -> None:
    assembler = Assembler("VP8")
    assert timestamps(assembler, stream(False, False, True, False)) == [6000, 9000]
    assert not assembler.waiting


def test_a_keyframe_whose_beginning_comes_last_is_not_lost() -> None:
    assembler = Assembler("VP8")
    first, *others = stream(True, False)
    assert timestamps(assembler, others) == []
    assert timestamps(assembler, [first]) == [0, 3000]


def test_a_gap_is_waited_for() -> None:
    assembler = Assembler("VP8")
    sent = stream(True, False, False, False)
    missing = sent.pop(3)
    assert timestamps(assembler, sent) == [0]
    assert timestamps(assembler, [missing]) == [3000, 6000, 9000]


def test_a_gap_that_stays_leads_to_the_next_keyframe() -> None:
    assembler = Assembler("VP8")
    sent = stream(True, False, False)
    del sent[2]
    assert timestamps(assembler, sent) == [0]
    waiting = []
    for passed in (GAP_S / 2, GAP_S):
        assert assembler.look(sent[-1].at + passed) == []
        waiting.append(assembler.waiting)
    assert waiting == [False, True]
    later = stream(False, True, False, at=1.0, seq=6)
    assert timestamps(assembler, later) == [3000, 6000]


def test_a_gap_before_a_keyframe_that_is_there_costs_no_other_keyframe() -> None:
    assembler = Assembler("VP8")
    sent = stream(True, False, True, False)
    del sent[2]
    assert timestamps(assembler, sent) == [0]
    assert [unit.timestamp for unit in assembler.look(sent[-1].at + GAP_S)] == [6000, 9000]
    assert not assembler.waiting


def test_time_passes_with_packets_as_well() -> None:
    assembler = Assembler("VP8")
    sent = stream(*[n in (0, 12) for n in range(20)])
    del sent[2]
    assert timestamps(assembler, sent) == [0, *range(36_000, 60_000, 3000)]


def test_a_frame_that_ends_without_a_mark_ends_with_the_next() -> None:
    assembler = Assembler("VP8")
    sent = [packet._replace(marker=0) for packet in stream(True, False, False)]
    assert timestamps(assembler, sent) == [0, 3000]


def test_padding_is_passed_over() -> None:
    assembler = Assembler("VP8")
    sent = stream(True, False)
    empty = Packet(2, 0, 0, b"")
    moved = [packet._replace(seq=packet.seq + 1) for packet in sent[2:]]
    assert timestamps(assembler, [*sent[:2], *moved]) == [0]
    assert timestamps(assembler, [empty]) == [3000]


def test_what_waits_is_bounded() -> None:
    assembler = Assembler("VP8")
    (first, *_), (late, *_) = stream(True), stream(False, seq=3)
    assembler.take(first)
    for n in range(MAX_PENDING + 1):
        assembler.take(late._replace(seq=3 + n))
    assert assembler.waiting
    for n in range(3 * MAX_PENDING):
        assembler.take(late._replace(seq=3 + n & 0xFFFF))
    assert len(assembler._pending) <= MAX_PENDING


def test_a_frame_without_end_is_given_up() -> None:
    assembler = Assembler("VP8")
    first = vp8_frame(0, keyframe=True, length=1100)[0]
    more = b"\x80\xe0\x80\x00\x00\x00" + bytes(1300)
    held = 0
    for seq in range(2000):
        assert assembler.take(Packet(seq, 0, 0, more if seq else first)) == []
        held = max(held, assembler._size)
    assert assembler.waiting
    assert held <= MAX_FRAME_BYTES


@pytest.mark.parametrize(
    ("codec", "payload"),
    [
        ("VP8", b"\x90"),
        ("VP8", b"\x90\xe0\x81\x23\x07\x20"),
        ("VP8", b"\x80\x00\x00"),
        ("VP8", b"\x13\x00\x00"),
        ("VP9", b"\x08"),
        ("VP9", b"\x00\x82"),
        ("VP9", b"\xd8\x81\x23\x03\x03\x03"),
        ("VP9", b"\x0a\xf8"),
        ("H264", b"\x00\x00"),
        ("H264", b"\x7c\x05\x00"),
        ("H264", b"\x7c\x85"),
        ("H264", b"\x78\x00\x09\x65"),
        ("H264", b"\x78\x00\x00"),
        ("H264", b"\x79\x00\x01\x65"),
        ("H264", b"\x7f\x65\x00"),
    ],
)
def test_what_cannot_be_read_is_left_out(codec: str, payload: bytes) -> None:
    assert STRIP[codec]([payload]) is None
    assembler = Assembler(codec)
    good = packets(codec, encoded(codec), first=0)
    after = good[-1].seq + 1
    assert len(timestamps(assembler, good)) == len(encoded(codec))
    assembler.take(Packet(after, 90_000, 0x80, payload, 1.0))
    assert assembler.waiting
    again = packets(codec, encoded(codec), first=after + 1)
    assert len(timestamps(assembler, again)) == len(encoded(codec))


PAYLOADS = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.sampled_from([packet.payload for c in CODECS for packet in packets(c, encoded(c))]),
)


@given(
    st.sampled_from(sorted(CODECS)),
    st.lists(
        st.tuples(
            st.integers(0, 80),
            st.integers(0, 3),
            st.sampled_from([0, 0x80]),
            PAYLOADS,
            st.floats(0, 0.3),
        ),
        max_size=60,
    ),
)
@settings(max_examples=300, deadline=None)
def test_no_packet_does_harm(codec: str, came: list[tuple[int, int, int, bytes, float]]) -> None:
    assembler = Assembler(codec)
    taken, now = 0, 0.0
    for seq, timestamp, marker, payload, wait in came:
        now += wait
        taken += len(payload)
        found = assembler.take(Packet(seq, timestamp, marker, payload, now)) + assembler.look(now)
        for unit in found:
            assert sum(map(len, unit.parts)) <= 5 * taken
        assert len(assembler._pending) <= MAX_PENDING
        assert assembler._size <= taken
