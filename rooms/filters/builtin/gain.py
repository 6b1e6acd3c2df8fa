from __future__ import annotations

from rooms.filters import Param, Samples, audio_filter
from rooms.filters.levels import Fader


@audio_filter("Gain", description="Makes the sound louder or quieter.")
class Gain:
    def __init__(self) -> None:
        self._fader = Fader()

    def __call__(
        self,
        samples: Samples,
        gain_db: float = Param(0.0, -20.0, 20.0, step=0.5, unit="dB", title="Gain"),
    ) -> Samples:
        return self._fader.apply(samples, gain_db)
