"""Opus packets to samples and back (RFC 6716)."""

import math
from fractions import Fraction
from typing import Final

import av
import numpy as np

from rooms.filters.formats import SAMPLE_RATE, Samples
from server.workers.decode import Undecodable

FULL_SCALE: Final = 32768.0
SILENCE_LEVEL: Final = 127
MAX_PACKET: Final = 1180
_LAYOUTS: Final = {1: "mono", 2: "stereo"}
_FRAME_MS: Final = {2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0}
"""The last three as libopus puts shorter ones into one packet (RFC 6716, section 3.2)."""
_STEREO: Final = 0x04
_TICK: Final = Fraction(1, SAMPLE_RATE)
BPS_PER_CHANNEL: Final = 40_000
_FILLED: Final = 0.75
"""Of the largest packet, on average: what is hard to encode takes more."""
_EXPECTED_LOSS_PERCENT: Final = 5
_COMPLEXITY: Final = 5
"""Of 10: what more there is costs twice the time and is hardly heard in a voice."""


class OpusDecoder:
    """Decodes one stream, with two channels from the first packet on that has two."""

    def __init__(self) -> None:
        self._channels = 1
        self._context = _decoder(1)

    def decode(self, packet: bytes) -> Samples:
        """int16 (channels, n).

        Raises:
            Undecodable: this packet is; the next need not be.
        """
        if not packet:
            raise Undecodable
        if packet[0] & _STEREO and self._channels == 1:
            self._channels = 2
            self._context = _decoder(2)
        try:
            frames = self._context.decode(av.Packet(packet))
        except (av.FFmpegError, ValueError) as error:
            raise Undecodable from error
        if not frames:
            raise Undecodable
        packed = frames[0].to_ndarray()
        return np.ascontiguousarray(packed.reshape(-1, self._channels).T, dtype=np.int16)


class OpusEncoder:
    """One packet for each it is given, of the same length."""

    def __init__(self) -> None:
        self._form = 0, 0
        self._context: av.AudioCodecContext | None = None
        self._at = 0

    def encode(self, samples: Samples) -> bytes | None:
        """The packet; None when Opus has no frames of this length."""
        if samples.shape[1] * 1000 / SAMPLE_RATE not in _FRAME_MS:
            return None
        if self._context is None or samples.shape != self._form:
            self._form = samples.shape[0], samples.shape[1]
            self._context = _encoder(*self._form)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T).reshape(1, -1),
            format="s16",
            layout=_LAYOUTS[samples.shape[0]],
        )
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, _TICK, self._at
        self._at += samples.shape[1]
        return b"".join(bytes(packet) for packet in self._context.encode(frame)) or None


def level(samples: Samples) -> int:
    """How loud it is, in -dBov, 127 for silence (RFC 6464, section 3)."""
    power = float(np.square(samples, dtype=np.float32).mean()) if samples.size else 0.0
    if power <= 0.0:
        return SILENCE_LEVEL
    below = -10.0 * math.log10(power / FULL_SCALE**2)
    return min(SILENCE_LEVEL, max(0, round(below)))


def peak(samples: Samples) -> int:
    """The largest amplitude, from 0 to 32768."""
    return max(int(samples.max()), -int(samples.min())) if samples.size else 0


def in_dbfs(amplitude: int) -> float | None:
    return 20.0 * math.log10(amplitude / FULL_SCALE) if amplitude else None


def _decoder(channels: int) -> av.AudioCodecContext:
    context = av.CodecContext.create("libopus", "r")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = SAMPLE_RATE
    context.layout = _LAYOUTS[channels]
    return context


def _encoder(channels: int, length: int) -> av.AudioCodecContext:
    context = av.CodecContext.create("libopus", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate = SAMPLE_RATE
    context.layout = _LAYOUTS[channels]
    context.format = "s16"
    context.bit_rate = min(
        BPS_PER_CHANNEL * channels, int(_FILLED * 8 * MAX_PACKET * SAMPLE_RATE / length)
    )
    context.options = {
        "application": "voip" if channels == 1 else "audio",
        "frame_duration": f"{length * 1000 / SAMPLE_RATE:g}",
        "vbr": "constrained",
        "fec": "1",
        "packet_loss": str(_EXPECTED_LOSS_PERCENT),
        "compression_level": str(_COMPLEXITY),
    }
    context.open()
    return context
