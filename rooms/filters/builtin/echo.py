"""Sound that comes back, or comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rooms.filters import Param, Samples, audio_filter
from rooms.filters.builtin.delay_line import DelayLine, glide, samples_of
from rooms.filters.levels import saturated

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORTEST_ECHO: Final = 50
LONGEST_ECHO: Final = 1000
LONGEST_DELAY: Final = 2000


@audio_filter("Echo", description="Repeats what was said, each time more quietly.")
class Echo:
    def __init__(self) -> None:
        self._line: DelayLine | None = None
        self._last: tuple[int, float, float] | None = None

    def __call__(
        self,
        samples: Samples,
        time: int = Param(250, SHORTEST_ECHO, LONGEST_ECHO, step=10, unit="ms", title="Delay"),
        level: int = Param(40, 0, 100, unit="%"),
        repeat: int = Param(35, 0, 90, unit="%"),
    ) -> Samples:
        wanted = (samples_of(time), level / 100, repeat / 100)
        if self._line is None or self._line.channels != samples.shape[0]:
            self._line = DelayLine(samples.shape[0], LONGEST_ECHO / 1000)
        before = self._last or wanted
        self._last = wanted
        sound = samples.astype(np.float32)
        # A part is never longer than the delay: what comes back in it has been heard already.
        step = min(before[0], wanted[0])
        parts = []
        for start in range(0, sound.shape[1], step):
            parts.append(_echoed(self._line, sound[:, start : start + step], before, wanted))
            before = wanted
        return saturated(np.concatenate(parts, axis=1))


def _echoed(
    line: DelayLine,
    sound: NDArray[np.float32],
    before: tuple[int, float, float],
    wanted: tuple[int, float, float],
) -> NDArray[np.float32]:
    count = sound.shape[1]
    back = heard_between(line, before[0], wanted[0], count)
    line.push(sound + back * glide(before[2], wanted[2], count))
    mixed: NDArray[np.float32] = sound + back * glide(before[1], wanted[1], count)
    return mixed


@audio_filter("Delay", description="Holds the sound back, to go with a slower picture.")
class Delay:
    def __init__(self) -> None:
        self._line: DelayLine | None = None
        self._last: int | None = None

    def __call__(
        self,
        samples: Samples,
        time: int = Param(200, 0, LONGEST_DELAY, step=10, unit="ms", title="Delay"),
    ) -> Samples:
        count = samples.shape[1]
        if self._line is None or self._line.channels != samples.shape[0]:
            self._line = DelayLine(samples.shape[0], LONGEST_DELAY / 1000 + 1)
        wanted = samples_of(time)
        before = wanted if self._last is None else self._last
        self._last = wanted
        self._line.push(samples.astype(np.float32))
        return saturated(heard_between(self._line, before + count, wanted + count, count))


def heard_between(line: DelayLine, before: int, wanted: int, count: int) -> NDArray[np.float32]:
    """What a delay line gives while its delay changes: a fade, since a jump is heard as a click."""
    after = line.heard(wanted, count)
    if before == wanted:
        return after
    share = glide(0.0, 1.0, count)
    faded: NDArray[np.float32] = line.heard(before, count) * (1 - share) + after * share
    return faded
