"""A higher or lower voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rooms.filters import SAMPLE_RATE, Param, Samples, audio_filter
from rooms.filters.builtin.delay_line import glide
from rooms.filters.levels import saturated

if TYPE_CHECKING:
    from numpy.typing import NDArray

PART: Final = SAMPLE_RATE // 100
"""Most samples made at once, and how long a splice fades: 10 ms."""
EDGE: Final = 3
"""Samples around a place that its value is made of."""
RESERVE: Final = 2 * PART + EDGE
"""Samples ahead of where it reads, before every part: what the highest voice reads in one."""
LEAST_JUMP: Final = SAMPLE_RATE * 6 // 1000
CHOICE: Final = SAMPLE_RATE * 18 // 1000
"""Jumps to choose from: a whole period of the deepest voice, so one of them fits."""
PATTERN: Final = SAMPLE_RATE * 8 // 1000
"""What is compared to find where it fits."""
COARSE: Final = 4
"""Means of so many samples are compared first."""
KEPT: Final = SAMPLE_RATE // 8


@audio_filter("Pitch", description="Makes a voice higher or lower, as fast as before.")
class Pitch:
    """Reads what was heard faster or slower, and jumps whenever it comes too near or falls behind.

    It jumps by as much as makes the waves fit (WSOLA: Verhelst, Roelands, ICASSP 1993), and fades
    from one to the other. What comes out is 20 to 40 ms late.
    """

    def __init__(self) -> None:
        self._heard = np.zeros((1, KEPT), np.float32)
        self._behind = float(RESERVE)
        """Where it reads next, in samples before the end of what was heard."""
        self._rate = 1.0

    def __call__(
        self,
        samples: Samples,
        semitones: float = Param(4, -12, 12, step=0.5, title="Semitones"),
    ) -> Samples:
        channels, count = samples.shape
        if self._heard.shape[0] != channels:
            self._heard = np.zeros((channels, KEPT), np.float32)
        kept = self._heard[:, -KEPT:]
        self._heard = np.concatenate((kept, samples.astype(np.float32)), axis=1)
        rate = 2.0 ** (semitones / 12)
        self._behind += count
        parts = [self._part(min(PART, count - start), rate) for start in range(0, count, PART)]
        return saturated(np.concatenate(parts, axis=1))

    def _part(self, count: int, rate: float) -> NDArray[np.float32]:
        """The next samples, at most PART."""
        rates = glide(self._rate, rate, count)
        self._rate = rate
        ahead = np.cumsum(rates, dtype=np.float64)
        way = float(ahead[-1])
        jump = self._jump(self._behind - way)
        sound = self._read(ahead - self._behind)
        if jump:
            share = glide(0.0, 1.0, count)
            sound = sound * (1 - share) + self._read(ahead - self._behind - jump) * share
        self._behind += jump - way
        return sound

    def _jump(self, behind: float) -> int:
        """How far back (negative: forth) to go, if it is so far behind after this part."""
        spare = behind - RESERVE
        if spare < 0:
            least = max(LEAST_JUMP, int(np.ceil(-spare)))
            return self._best(least, least + CHOICE)
        if spare >= LEAST_JUMP + CHOICE:
            return self._best(-LEAST_JUMP - CHOICE, -LEAST_JUMP)
        return 0

    def _best(self, least: int, most: int) -> int:
        """The jump, of those between, after which the sound goes on most like it would have."""
        heard = self._heard.mean(axis=0)
        start = heard.shape[0] - round(self._behind)
        pattern = heard[start : start + PATTERN]
        # The longest jump back comes first in what was heard.
        choice = heard[start - most : start - least + PATTERN]
        rough = _likeness(_thinned(choice), _thinned(pattern)).argmax() * COARSE
        low = max(0, int(rough) - COARSE)
        near = choice[low : int(rough) + COARSE + PATTERN]
        return most - low - int(_likeness(near, pattern).argmax())

    def _read(self, places: NDArray[np.float64]) -> NDArray[np.float32]:
        """Values at fractional places, counted from the end of what was heard (cubic Hermite)."""
        whole = np.floor(places)
        t = (places - whole).astype(np.float32)
        at = whole.astype(np.intp) + self._heard.shape[1]
        before, here, next_, after = (self._heard[:, at + step] for step in (-1, 0, 1, 2))
        bend = 2 * before - 5 * here + 4 * next_ - after
        twist = 3 * (here - next_) + after - before
        read: NDArray[np.float32] = here + 0.5 * t * (next_ - before + t * (bend + t * twist))
        return read


def _thinned(sound: NDArray[Any]) -> NDArray[Any]:
    whole = sound.shape[0] // COARSE * COARSE
    return np.asarray(sound[:whole].reshape(-1, COARSE).mean(axis=1))


def _likeness(sound: NDArray[Any], pattern: NDArray[Any]) -> NDArray[Any]:
    """Correlation of a pattern with each stretch of a longer sound, whatever their loudness."""
    energy = np.convolve(sound * sound, np.ones_like(pattern), "valid")
    return np.asarray(np.correlate(sound, pattern, "valid") / np.sqrt(energy + 1.0))
