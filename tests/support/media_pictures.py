"""Real pictures and real sound for a test's media client, made and looked at."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from tests.support.media_packets import read_vp8

if TYPE_CHECKING:
    from tests.support.media_packets import Rtp
    from tests.support.media_streams import Flow

Image = np.ndarray[Any, np.dtype[np.uint8]]
RATE = 48_000


class Vp8:
    """An encoder as quick as browsers' are, which makes keyframes when it is told to."""

    def __init__(self, width: int, height: int, bitrate_bps: int = 800_000) -> None:
        codec = av.CodecContext.create("libvpx", "w")
        assert isinstance(codec, VideoCodecContext)
        codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, 30), Fraction(30)
        codec.bit_rate = bitrate_bps
        codec.gop_size = 3000
        codec.thread_count = 1
        codec.options = {"deadline": "realtime", "cpu-used": "-12", "lag-in-frames": "0"}
        self._codec = codec
        self._count = 0

    def encode(self, image: Image, *, keyframe: bool) -> bytes:
        """One frame of an I420 image."""
        frame = av.VideoFrame.from_ndarray(image, format="yuv420p")
        frame.pts = self._count
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        self._count += 1
        return b"".join(map(bytes, self._codec.encode(frame)))


class TestCard:
    """A camera: bars of strong colours, and a square that moves before them.

    Args:
        width: of its pictures.
        height: of its pictures.
    """

    __test__ = False

    def __init__(self, width: int = 640, height: int = 360) -> None:
        self._codec = Vp8(width, height)
        self._count = 0
        across = np.arange(width) * 8 // width
        self._luma = np.tile(40 + 24 * across, (height, 1)).astype(np.uint8)
        half = across[::2]
        blue, red = 60 + 20 * half, 220 - 18 * half
        self._chroma = [np.tile(c, (height // 2, 1)).astype(np.uint8) for c in (blue, red)]

    def __call__(self, keyframe: bool) -> bytes:
        luma = self._luma.copy()
        at = 4 * self._count % (luma.shape[1] - 40)
        luma[20:60, at : at + 40] = 255
        self._count += 1
        planes = np.concatenate([luma.reshape(-1), *(c.reshape(-1) for c in self._chroma)])
        return self._codec.encode(planes.reshape(-1, luma.shape[1]), keyframe=keyframe)


class Tone:
    """A microphone: a sine of 440 Hz, 20 ms in a packet of Opus.

    Args:
        amplitude: of full scale.
    """

    def __init__(self, amplitude: float = 0.05) -> None:
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.rate, codec.layout, codec.format = RATE, "mono", "s16"
        codec.options = {"frame_duration": "20", "application": "audio"}
        codec.bit_rate = 64_000
        self._codec = codec
        self._amplitude = amplitude
        self._at = 0

    def __call__(self, keyframe: bool) -> bytes:
        found = b""
        while not found:
            times = np.arange(self._at, self._at + 960) / RATE
            wave = 32767 * self._amplitude * np.sin(2 * np.pi * 440 * times)
            frame = av.AudioFrame.from_ndarray(
                wave.astype(np.int16).reshape(1, -1), format="s16", layout="mono"
            )
            frame.rate, frame.pts = RATE, self._at
            self._at += 960
            found = b"".join(map(bytes, self._codec.encode(frame)))
        return found


class Eye:
    """Looks at what arrives: decodes a flow as far as it has come, whenever it is asked."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._decoder: VideoCodecContext | None = None
        self._newest: Image | None = None
        self._seq: int | None = None

    def look(self) -> Image:
        """The newest picture, I420: (3 * height / 2, width). Black before the first one."""
        packets = _in_order(self.flow)
        if self._seq is not None:
            packets = [p for p in packets if 0 < (p.seq - self._seq & 0xFFFF) < 0x8000]
        for _, group in groupby(packets, key=lambda packet: packet.timestamp):
            found = list(group)
            if not found[-1].marker:
                break
            self._seq = found[-1].seq
            if read_vp8(found[0].payload).begins:
                self._decode(b"".join(_behind_descriptor(packet.payload) for packet in found))
        return np.zeros((3, 2), np.uint8) if self._newest is None else self._newest

    def _decode(self, frame: bytes) -> None:
        if self._decoder is None:
            if frame[0] & 1:
                return
            decoder = av.CodecContext.create("vp8", "r")
            assert isinstance(decoder, VideoCodecContext)
            self._decoder = decoder
        for picture in self._decoder.decode(av.Packet(frame)):
            image = picture.to_ndarray(format="yuv420p")
            self._newest = image.astype(np.uint8, copy=False)


def colour(image: Image) -> float:
    """How far the chroma of a picture is from grey, on average."""
    height = image.shape[0] * 2 // 3
    return float(np.abs(image[height:].astype(np.int16) - 128).mean())


def brightness(image: Image) -> float:
    height = image.shape[0] * 2 // 3
    return float(image[:height].mean())


def loudness_db(flow: Flow, packets: int = 25) -> float:
    """The RMS of the last packets of a flow, in dB of full scale."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.rate, decoder.layout = RATE, "mono"
    samples = []
    for packet in _in_order(flow)[-packets:]:
        samples += [f.to_ndarray().reshape(-1) for f in decoder.decode(av.Packet(packet.payload))]
    scale = 32768.0 if samples[0].dtype == np.int16 else 1.0
    wave = np.concatenate(samples[5:]).astype(np.float64) / scale
    return float(10 * np.log10(np.mean(wave**2)))


def _in_order(flow: Flow) -> list[Rtp]:
    packets = list(flow.recent)
    return sorted(packets, key=lambda packet: (packet.seq - packets[0].seq) & 0xFFFF)


def _behind_descriptor(payload: bytes) -> bytes:
    """RFC 7741, section 4.2; as Chromium and the server write it, with 15 bits of picture id."""
    if not payload[0] & 0x80:
        return payload[1:]
    more, at = payload[1], 2
    at += 2 if more & 0x80 else 0
    at += 1 if more & 0x40 else 0
    return payload[at + (1 if more & 0x30 else 0) :]
