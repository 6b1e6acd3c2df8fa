"""What a stream gives up when its filters take longer than the time between two pictures.

First pictures that are late, then half the width and height. It is found out by time alone: what is
measured goes in, what to do comes out.
"""

from dataclasses import dataclass, field
from typing import Final

from server.workers.streams import Degraded

LATE: Final = 1.2
"""A picture that waited for more than so many intervals is dropped when a newer one waits."""
TOO_MANY: Final = 0.25
"""Of a second's pictures were dropped: then half the size is tried."""
SECONDS_BEFORE_HALF: Final = 2
HELPS: Final = 0.75
"""Half the size must bring the time below this part of what it was, else it is given up again."""
EASY: Final = 0.15
"""At half size, this part of the interval: then the full size fits as well."""
SECONDS_BEFORE_FULL: Final = 4
SECONDS_BEFORE_ANOTHER_TRY: Final = 30
MIN_WIDTH: Final = 320
_DEFAULT_INTERVAL_S: Final = 1 / 30
_MAX_INTERVAL_S: Final = 0.2


@dataclass(slots=True)
class Pressure:
    """One stream's; `second` is called once in each, `is_late` for each picture.

    Attributes:
        halved: pictures are to be made half as wide and high before they are filtered.
        interval_s: between two pictures that come.
    """

    halved: bool = False
    interval_s: float = _DEFAULT_INTERVAL_S
    _full_ms: float = 0.0
    _hard: int = 0
    _easy: int = 0
    _no_try_for: int = 0
    _dropping: bool = field(default=False)

    @property
    def degraded(self) -> Degraded | None:
        if self.halved:
            return Degraded.RESOLUTION
        return Degraded.FRAMES if self._dropping else None

    def came(self, gap_s: float) -> None:
        """A picture came this long after the last, by its timestamp."""
        if 0 < gap_s <= _MAX_INTERVAL_S:
            self.interval_s += 0.1 * (gap_s - self.interval_s)

    def is_late(self, age_s: float) -> bool:
        """Whether a picture of that age is not worth the time, if a newer one waits."""
        return age_s > LATE * self.interval_s

    def second(self, came: int, dropped: int, ms: float, width: int) -> None:
        """Draw conclusions from the last second.

        Args:
            came: how many pictures did.
            dropped: how many of these for being late.
            ms: what one took, on average; 0 when none came out.
            width: of the pictures that came.
        """
        self._dropping = dropped > 0
        self._no_try_for = max(0, self._no_try_for - 1)
        if self.halved:
            self._at_half(ms)
            return
        hard = came > 0 and dropped > TOO_MANY * came and width // 2 >= MIN_WIDTH
        self._hard = self._hard + 1 if hard else 0
        if self._hard >= SECONDS_BEFORE_HALF and not self._no_try_for:
            self.halved, self._full_ms, self._hard, self._easy = True, ms, 0, 0

    def _at_half(self, ms: float) -> None:
        if self._full_ms and ms > HELPS * self._full_ms:
            self.halved, self._no_try_for = False, SECONDS_BEFORE_ANOTHER_TRY
            return
        self._full_ms = 0.0
        easy = 0 < ms < EASY * self.interval_s * 1000
        self._easy = self._easy + 1 if easy else 0
        if self._easy >= SECONDS_BEFORE_FULL:
            self.halved = False
