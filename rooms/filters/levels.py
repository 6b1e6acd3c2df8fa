"""How loud sound is, and making it louder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from rooms.filters.formats import Samples

FULL_SCALE: Final = 32768.0
SILENCE_DBFS: Final = -96.0
"""What `peak_dbfs` says of nothing but zeros, the least that 16 bits can hold being -90."""


def factor(gain_db: float) -> float:
    """What an amplitude is multiplied with."""
    return float(10.0 ** (gain_db / 20.0))


def apply_gain(samples: Samples, gain_db: float, before_db: float | None = None) -> Samples:
    """Samples made louder, saturating: what is too loud is cut off, it does not wrap around.

    Args:
        samples: int16 (channels, n).
        gain_db: the gain of the last sample.
        before_db: the gain that the samples before had. Where it differs the gain glides over
            these samples, since a step is heard as a click; None: no glide.
    """
    last = factor(gain_db)
    first = last if before_db is None else factor(before_db)
    if first == last == 1.0:
        return samples
    gains: np.float32 | npt.NDArray[np.float32] = np.float32(last)
    if first != last:
        gains = np.linspace(first, last, samples.shape[1], dtype=np.float32)
    return saturated(samples.astype(np.float32) * gains)


class Fader:
    """A gain that may be moved at any time, for one stream of sound."""

    def __init__(self) -> None:
        self._gain_db: float | None = None

    def apply(self, samples: Samples, gain_db: float) -> Samples:
        """As `apply_gain`, gliding from the gain of the call before."""
        louder = apply_gain(samples, gain_db, self._gain_db)
        self._gain_db = gain_db
        return louder


def saturated(values: npt.NDArray[np.float32]) -> Samples:
    """Rounded to int16; what is out of range becomes the nearest that is in it."""
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


def peak_dbfs(samples: Samples) -> float:
    """The loudest sample in dB of full scale, from SILENCE_DBFS to 0."""
    if samples.size == 0:
        return SILENCE_DBFS
    loudest = max(int(samples.max()), -int(samples.min()))
    if loudest == 0:
        return SILENCE_DBFS
    return min(0.0, float(20 * np.log10(loudest / FULL_SCALE)))
