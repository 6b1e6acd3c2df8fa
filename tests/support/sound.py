"""Sound for tests, and what is measured of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rooms.filters.formats import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rooms.filters import Samples

PACKET = 960
SYLLABLES_PER_S = 3.0
VOWELS = (
    (730, 1090, 2440),
    (270, 2290, 3010),
    (400, 800, 2500),
    (530, 1840, 2480),
    (300, 870, 2240),
)
"""The first three formants in Hz (Peterson, Barney, J. Acoust. Soc. Am. 24, 1952)."""


def sine(frequency: float, seconds: float, amplitude: float = 8000.0) -> Samples:
    """One channel."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.rint(amplitude * np.sin(2 * np.pi * frequency * at)).astype(np.int16)[None]


def noise(seconds: float, amplitude: float, seed: int = 3) -> Samples:
    """White, one channel, `amplitude` being its root mean square."""
    values = np.random.default_rng(seed).normal(0.0, amplitude, round(seconds * SAMPLE_RATE))
    return np.rint(values).astype(np.int16)[None]


def voice(seconds: float, amplitude: float = 2500.0) -> Samples:
    """Three syllables a second, with pauses: a glottis of wandering pitch, through five vowels."""
    count = round(seconds * SAMPLE_RATE)
    at = np.arange(count) / SAMPLE_RATE
    pitch = 125 + 18 * np.sin(2 * np.pi * 0.9 * at) + 6 * np.sin(2 * np.pi * 4.1 * at)
    phase = np.cumsum(pitch / SAMPLE_RATE) % 1
    flow = np.sin(np.pi * phase / 0.6) * (phase < 0.6)
    source = np.fft.rfft(np.diff(flow, prepend=0.0))
    number, within = np.divmod(at * SYLLABLES_PER_S, 1)
    swell = np.clip(np.sin(np.pi * within / 0.75), 0, 1)
    spoken = np.zeros(count)
    for vowel, formants in enumerate(VOWELS):
        sung = np.fft.irfft(source * _throat(source.size, formants), count)
        its_turn = number % len(VOWELS) == vowel
        spoken += its_turn * swell * sung / rms(sung)
    return np.rint(spoken * amplitude / rms(spoken)).astype(np.int16)[None]


def _throat(count: int, formants: tuple[int, ...]) -> npt.NDArray[Any]:
    """What resonances do to a spectrum: a pair of poles for each formant."""
    at = 2j * np.pi * np.linspace(0, SAMPLE_RATE / 2, count)
    response = np.ones(count, np.complex128)
    for formant, width in zip(formants, (60, 90, 120), strict=True):
        pole = -np.pi * width + 2j * np.pi * formant
        response *= abs(pole) ** 2 / ((at - pole) * (at - np.conj(pole)))
    return response


def in_packets(
    filter_: Callable[..., Samples], samples: Samples, size: int = PACKET, **params: object
) -> Samples:
    """What comes out of a filter that gets samples as they come over the network."""
    whole = samples.shape[1] // size * size
    parts = [filter_(samples[:, at : at + size], **params) for at in range(0, whole, size)]
    return np.concatenate(parts, axis=1)


def rms(samples: npt.NDArray[Any]) -> float:
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))


def loudness(samples: Samples) -> npt.NDArray[Any]:
    """Of every 10 ms of one channel."""
    parts = samples[0].astype(np.float64).reshape(-1, 480)
    return np.asarray(np.sqrt(np.mean(np.square(parts), axis=1)))


def decibels(ratio: float) -> float:
    return float(20 * np.log10(ratio))


def frequency(samples: npt.NDArray[Any]) -> float:
    """Of the strongest tone in one channel, in Hz."""
    windowed = samples * np.hanning(samples.size)
    spectrum = np.abs(np.fft.rfft(windowed, samples.size * 4))
    return float(spectrum.argmax() * SAMPLE_RATE / (samples.size * 4))


def roughness(samples: Samples) -> float:
    """The sharpest bend: a click is a step from one sample to the next."""
    return float(np.abs(np.diff(samples.astype(np.float64), n=2)).max())
