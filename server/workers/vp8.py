"""Pictures to VP8 and to payloads of RTP (RFC 7741)."""

import secrets
from fractions import Fraction
from struct import Struct
from time import monotonic
from typing import Final

import av
import numpy as np
from av.video.frame import PictureType

from rooms.filters.formats import Image
from server.workers.streams import MAX_PAYLOAD

CLOCK: Final = 90_000
_TICK: Final = Fraction(1, CLOCK)
_FRAME_TICKS: Final = CLOCK // 30
_MAX_GAP_TICKS: Final = 10 * CLOCK

MIN_BPS: Final = 100_000
BITS_PER_PIXEL: Final = 4
"""A second: 0.9 Mb/s at 640x360, beyond which nobody sees more."""
_LESS: Final = 0.8
_MORE: Final = 1.5
_LESS_AFTER_S: Final = 1.0
_MORE_AFTER_S: Final = 5.0

# S: the beginning of a frame. X: an octet of extensions: picture id (I), TL0PICIDX (L), TID (T).
_BEGINNING: Final = 0x90
_CONTINUED: Final = 0x80
_DESCRIPTOR: Final = Struct("!BBHBB")
_WITH_ALL: Final = 0xE0
_WIDE: Final = 0x8000
_LAYER_SYNC: Final = 0x20


class Vp8Encoder:
    """libvpx, tuned for calls: the fastest speed, no look-ahead, one thread.

    libvpx can change its bit rate, but FFmpeg has no way to tell it, so another rate is another
    encoder, and that a keyframe: small changes are not followed, and large ones not at once.
    """

    def __init__(self, bitrate_bps: int) -> None:
        self.bitrate_bps = bitrate_bps
        self._context: av.VideoCodecContext | None = None
        self._frame = av.VideoFrame(2, 2, "yuv420p")
        self._planes: list[Image] = []
        self._made_at = 0.0
        self._ticks = 0
        self._timestamp = 0

    def encode(self, picture: Image, timestamp: int, *, keyframe: bool) -> bytes:
        """One frame of VP8.

        Args:
            picture: I420.
            timestamp: of RTP.
            keyframe: whether it has to be one; it may be without this.
        """
        width, height = picture.shape[1], picture.shape[0] * 2 // 3
        context = self._context_for(width, height)
        self._fill(picture)
        self._frame.pts = self._next_ticks(timestamp)
        self._frame.time_base = _TICK
        self._frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        return b"".join(bytes(packet) for packet in context.encode(self._frame))

    def _context_for(self, width: int, height: int) -> av.VideoCodecContext:
        wanted = max(MIN_BPS, min(self.bitrate_bps, BITS_PER_PIXEL * width * height))
        context = self._context
        if context is None or (context.width, context.height) != (width, height):
            self._frame = av.VideoFrame(width, height, "yuv420p")
            self._planes = _planes(self._frame)
            context = None
        elif self._is_worth_another(wanted, context.bit_rate or wanted):
            context = None
        if context is None:
            context = self._context = _new_context(width, height, wanted)
            self._made_at = monotonic()
        return context

    def _is_worth_another(self, wanted: int, now: int) -> bool:
        age = monotonic() - self._made_at
        return (wanted < _LESS * now and age > _LESS_AFTER_S) or (
            wanted > _MORE * now and age > _MORE_AFTER_S
        )

    def _fill(self, picture: Image) -> None:
        """Copy into the one frame: another one each time would cost as much as a filter."""
        luma, u, v = self._planes
        height, half = luma.shape[0], u.shape[0]
        chroma = picture[height:].reshape(2, half, u.shape[1])
        luma[:] = picture[:height]
        u[:], v[:] = chroma

    def _next_ticks(self, timestamp: int) -> int:
        """Time that never goes back: another layer's timestamps begin anywhere."""
        gap = (timestamp - self._timestamp) & 0xFFFFFFFF
        self._timestamp = timestamp
        self._ticks += gap if 0 < gap <= _MAX_GAP_TICKS else _FRAME_TICKS
        return self._ticks


def is_keyframe(frame: bytes) -> bool:
    """The inverse of the first bit of a frame (RFC 6386, section 9.1)."""
    return not frame[0] & 1


class Packetiser:
    """Splits frames into payloads, with picture numbers that go on without gaps."""

    def __init__(self) -> None:
        self._picture = secrets.randbelow(1 << 15)
        self._tl0 = secrets.randbelow(1 << 8)

    def split(self, frame: bytes) -> tuple[bytes, ...]:
        """Payloads of almost the same size, so that they can leave with one system call."""
        self._picture = (self._picture + 1) & 0x7FFF
        self._tl0 = (self._tl0 + 1) & 0xFF
        rest = _WITH_ALL, _WIDE | self._picture, self._tl0, _LAYER_SYNC
        room = MAX_PAYLOAD - _DESCRIPTOR.size
        count = -(-len(frame) // room)
        size = -(-len(frame) // count)
        return tuple(
            _DESCRIPTOR.pack(_CONTINUED if at else _BEGINNING, *rest) + frame[at : at + size]
            for at in range(0, len(frame), size)
        )


def _new_context(width: int, height: int, bitrate_bps: int) -> av.VideoCodecContext:
    context = av.CodecContext.create("libvpx", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.bit_rate = bitrate_bps
    context.framerate, context.time_base = Fraction(30), _TICK
    context.gop_size = 3000
    context.qmin, context.qmax = 2, 56
    context.thread_count = 1
    rate = str(bitrate_bps)
    context.options = {
        "deadline": "realtime",
        "cpu-used": "-12",
        "lag-in-frames": "0",
        "minrate": rate,
        "maxrate": rate,
        "bufsize": rate,
        "undershoot-pct": "100",
        "overshoot-pct": "15",
        "static-thresh": "1",
        "noise-sensitivity": "0",
    }
    return context


def _planes(frame: av.VideoFrame) -> list[Image]:
    """Views of a frame's planes, without what pads their rows."""
    views = []
    for index, plane in enumerate(frame.planes):
        half = 1 if index else 0
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        views.append(rows[: frame.height >> half, : frame.width >> half])
    return views
