from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rooms.filters import SAMPLE_RATE, Param, Samples, audio_filter
from rooms.filters.levels import FULL_SCALE, factor, saturated

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP: Final = SAMPLE_RATE // 1000
"""Samples that are judged together: 1 ms."""
ATTACK_MS: Final = 4
"""How long it takes to open: shorter is heard as a click, longer swallows consonants."""
HYSTERESIS_DB: Final = 6.0
"""How far it must get quieter again before the gate closes, so that it does not flutter."""


@audio_filter("Gate", description="Silences what is quieter than you are: keys, fans, the street.")
class Gate:
    def __init__(self) -> None:
        self._open = 0.0
        self._hold = 0.0

    def __call__(
        self,
        samples: Samples,
        threshold: int = Param(-45, -80, -10, unit="dB"),
        hold: int = Param(200, 0, 1000, step=10, unit="ms"),
        release: int = Param(150, 10, 1000, step=10, unit="ms"),
    ) -> Samples:
        loudest = _loudest(samples)
        opens = factor(threshold) * FULL_SCALE
        closes = factor(threshold - HYSTERESIS_DB) * FULL_SCALE
        gains = [self._open]
        for level in loudest:
            gains.append(self._moved(level, opens, closes, hold, release))
        ends = np.minimum(np.arange(len(gains)) * STEP, samples.shape[1])
        every = np.interp(np.arange(1, samples.shape[1] + 1), ends, gains)
        return saturated((samples * every).astype(np.float32))

    def _moved(self, level: float, opens: float, closes: float, hold: int, release: int) -> float:
        """How far open the gate is after another millisecond, 0 to 1."""
        if level >= opens or (level >= closes and self._hold > 0):
            self._hold = hold + ATTACK_MS
        elif self._hold > 0:
            self._hold -= 1
        if self._hold > 0:
            self._open = min(1.0, self._open + 1 / ATTACK_MS)
        else:
            self._open = max(0.0, self._open - 1 / release)
        return self._open


def _loudest(samples: Samples) -> NDArray[np.float32]:
    """The largest amplitude of each step, the last of which may be shorter."""
    starts = np.arange(0, samples.shape[1], STEP)
    amplitudes = np.abs(samples.astype(np.float32)).max(axis=0)
    return np.asarray(np.maximum.reduceat(amplitudes, starts), np.float32)
