"""A voice over an old radio: narrow, pressed, and with hiss."""

import numpy as np

from rooms.filters import SAMPLE_RATE, Param, Samples, audio_filter

TAPS = 129
"""Of the band-pass: enough to be steep, and only 1.3 ms late."""


def band_pass(low: int, high: int) -> np.ndarray:
    """A windowed-sinc filter that lets `low` to `high` Hz through."""
    at = np.arange(TAPS) - TAPS // 2
    pass_below = [2 * f / SAMPLE_RATE * np.sinc(2 * f / SAMPLE_RATE * at) for f in (low, high)]
    return (pass_below[1] - pass_below[0]) * np.hamming(TAPS)


@audio_filter("Radio", description="Narrow, pressed and with hiss.")
class Radio:
    def __init__(self) -> None:
        self.band: tuple[int, int] = (0, 0)
        self.taps = np.zeros(TAPS)
        self.before = np.zeros((0, 0))
        self.random = np.random.default_rng()

    def __call__(
        self,
        samples: Samples,
        low: int = Param(400, 100, 1000, step=20, unit="Hz", title="From"),
        high: int = Param(2800, 1500, 6000, step=100, unit="Hz", title="To"),
        drive: float = Param(4, 1, 20, title="Overdrive"),
        hiss: int = Param(15, 0, 100, unit="%"),
    ) -> Samples:
        channels, count = samples.shape
        if self.band != (low, high):
            self.band, self.taps = (low, high), band_pass(low, high)
        if len(self.before) != channels:
            self.before = np.zeros((channels, TAPS - 1))
        # the end of the last packet comes before this one, or every packet would begin with a click
        sound = np.concatenate((self.before, samples / 32768), axis=1)
        self.before = sound[:, count:]
        narrow = np.stack([np.convolve(channel, self.taps, "valid") for channel in sound])
        pressed = np.tanh(narrow * drive) / np.tanh(drive)
        noise = self.random.normal(0, 0.0006 * hiss, count)
        return (np.clip(pressed * 0.7 + noise, -1, 1) * 32767).astype(np.int16)
