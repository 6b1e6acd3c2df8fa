"""What was heard a moment ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rooms.filters.formats import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray


class DelayLine:
    """The last `seconds` of a stream of sound, silence before it began."""

    def __init__(self, channels: int, seconds: float) -> None:
        self._ring: NDArray[np.float32] = np.zeros(
            (channels, round(seconds * SAMPLE_RATE) + 1), np.float32
        )
        self._next = 0

    @property
    def channels(self) -> int:
        return int(self._ring.shape[0])

    @property
    def longest(self) -> int:
        """In samples."""
        return int(self._ring.shape[1]) - 1

    def push(self, sound: NDArray[np.floating[Any]]) -> None:
        """Put in what comes next, (channels, n), n being at most `longest`."""
        self._ring[:, self._places(self._next, sound.shape[1])] = sound
        self._next = (self._next + sound.shape[1]) % self._ring.shape[1]

    def heard(self, delay: int, count: int) -> NDArray[np.float32]:
        """Samples (channels, count), the first of which came `delay` samples before the next one.

        Args:
            delay: at least `count`, at most `longest`.
            count: how many.
        """
        return self._ring[:, self._places(self._next - delay, count)]

    def _places(self, start: int, count: int) -> NDArray[Any]:
        return np.asarray(np.arange(start, start + count) % self._ring.shape[1])


def samples_of(milliseconds: float) -> int:
    return round(milliseconds * SAMPLE_RATE / 1000)


def glide(first: float, last: float, count: int) -> NDArray[np.float32]:
    """From just after `first` to `last`, without a step before or after."""
    return np.linspace(first, last, count + 1, dtype=np.float32)[1:]
