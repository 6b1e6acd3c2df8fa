"""The tracks of a clip while a filter is applied to one of them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

import av
import numpy as np

from rooms.filters.context import Context
from rooms.filters.formats import MAX_PIXELS, MAX_SIDE, SAMPLE_RATE
from rooms.filters.scenes import PACKET_SAMPLES

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from rooms.filters.chain import Chain
    from rooms.filters.formats import Image, Samples
    from server.filter_output import Output

MAX_TIME_BASE: Final = 65_535
"""The finest that MPEG-4 can say; finer ones gain nothing."""


class Track(Protocol):
    def take(self, packet: Packet[Any]) -> None:
        """A packet of the input; an empty one says that no more will come."""

    def finish(self) -> None:
        """Write what is still inside."""


class CopiedTrack:
    """Packets as they are."""

    def __init__(self, out: Output, stream: Stream) -> None:
        self._out = out
        self._copy = out.add_copy(stream)

    def take(self, packet: Packet[Any]) -> None:
        if packet.dts is not None:
            packet.stream = self._copy
            self._out.mux(packet)

    def finish(self) -> None:
        """Nothing waits."""


class PictureTrack:
    """Frames through a chain, at their original times.

    Args:
        out: where to write.
        stream: what to read.
        chain: of picture filters, through which the first frame went already.
        first: what became of that, I420; results of another size are scaled to this one's.
        took: gets the milliseconds of each frame.
    """

    def __init__(
        self,
        out: Output,
        stream: VideoStream,
        chain: Chain,
        first: Image,
        took: list[float],
    ) -> None:
        self._out = out
        self._stream = stream
        self._chain = chain
        self._took = took
        self._first: Image | None = first
        encoder = out.add_picture(stream.average_rate or 30)
        encoder.width, encoder.height = first.shape[1], first.shape[0] * 2 // 3
        formats = encoder.codec_context.codec.video_formats or []
        names = [one.name for one in formats]
        encoder.pix_fmt = names[0] if names and "yuv420p" not in names else "yuv420p"
        encoder.codec_context.time_base = max(
            stream.time_base or Fraction(1, 1000), Fraction(1, MAX_TIME_BASE)
        )
        self._encoder = encoder

    def take(self, packet: Packet[Any]) -> None:
        for frame in self._stream.decode(packet):
            result, self._first = self._first, None
            if result is None:
                result = filtered(self._chain, frame)
            self._took.append(sum(self._chain.ms.values()))
            made = av.VideoFrame.from_ndarray(result, format="yuv420p")
            made.pts = frame.pts
            if frame.time_base is not None:
                made.time_base = frame.time_base
            self._out.mux(self._encoder.encode(made))

    def finish(self) -> None:
        self._out.mux(self._encoder.encode(None))


class SoundTrack:
    """Sound in packets of 20 ms at 48 kHz, with one or two channels, through a chain or as it is.

    Args:
        out: where to write.
        stream: what to read.
        chain: of sound filters; None: only the codec changes.
        took: gets the milliseconds of each packet.
    """

    def __init__(
        self, out: Output, stream: AudioStream, chain: Chain | None, took: list[float]
    ) -> None:
        self._out = out
        self._stream = stream
        self._chain = chain
        self._took = took
        self._written = 0
        self._layout = "mono" if stream.channels == 1 else "stereo"
        self._resampler = av.AudioResampler("s16p", self._layout, SAMPLE_RATE, PACKET_SAMPLES)
        self._encoder = out.add_sound(SAMPLE_RATE, self._layout)

    def take(self, packet: Packet[Any]) -> None:
        for frame in self._stream.decode(packet):
            frame.pts = None  # gaps are closed: what counts here is how it sounds
            for part in self._resampler.resample(frame):
                self._write(part)

    def finish(self) -> None:
        for part in self._resampler.resample(None):
            self._write(part)
        self._out.mux(self._encoder.encode(None))

    def _write(self, part: av.AudioFrame) -> None:
        samples: Samples = np.asarray(part.to_ndarray(), np.int16)
        made = av.AudioFrame.from_ndarray(self._filtered(samples), "s16p", self._layout)
        made.sample_rate = SAMPLE_RATE
        made.pts = self._written
        made.time_base = Fraction(1, SAMPLE_RATE)
        self._written += made.samples
        self._out.mux(self._encoder.encode(made))

    def _filtered(self, samples: Samples) -> Samples:
        """A last packet is filled up with silence for the filter: in a call all are full."""
        if self._chain is None:
            return samples
        length = samples.shape[1]
        full = np.pad(samples, ((0, 0), (0, PACKET_SAMPLES - length)))
        result = self._chain.apply_audio(full, Context(time=self._written / SAMPLE_RATE))
        self._took.append(sum(self._chain.ms.values()))
        return np.ascontiguousarray(result[:, :length])


def filtered(chain: Chain, frame: av.VideoFrame) -> Image:
    """What a chain makes of a frame, I420. Raises FilterFailed: a filter did."""
    return chain.apply_video(fitted(frame), Context(time=frame.time or 0.0))


def fitted(frame: av.VideoFrame) -> av.VideoFrame:
    """The frame, of another size if a call allows no such one. An odd row or column may stay."""
    width, height = fitting(frame.width, frame.height)
    if (width, height) == (frame.width & ~1, frame.height & ~1):
        return frame
    scaled = frame.reformat(width=width, height=height, format="yuv420p")
    scaled.pts = frame.pts
    return scaled


def fitting(width: int, height: int) -> tuple[int, int]:
    """The largest even size of nearly the same shape that a filter may return."""
    scale = min(1.0, MAX_SIDE / max(width, height), (MAX_PIXELS / (width * height)) ** 0.5)
    return max(2, int(width * scale) & ~1), max(2, int(height * scale) & ~1)
