"""What the server sees of a stream's frames in a second."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from server.workers.reports import Spent
from server.workers.streams import Cost, Encoded

_MOST: Final = 256


@dataclass(slots=True)
class Tally:
    """From one `cost` to the next."""

    since: float
    came: int = 0
    out: int = 0
    size: tuple[int, int] = (0, 0)
    _delays: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST))

    def frame(self, frame: Encoded, now: float) -> None:
        self.out += 1
        self.size = frame.width, frame.height
        self._delays.append(now - frame.at)

    def cost(self, spent: Spent, in_flight: int, now: float) -> Cost:
        """The cost of what came since the last; then a new second begins."""
        delays = sorted(self._delays)
        cost = Cost(
            ms=spent.ms,
            filters=spent.filters,
            dropped=max(0, self.came - self.out - in_flight),
            delay_ms=delays[len(delays) // 2] * 1000.0 if delays else 0.0,
            fps=self.out / max(now - self.since, 0.001),
            width=self.size[0],
            height=self.size[1],
            degraded=spent.degraded,
            peak_dbfs=spent.peak_dbfs,
        )
        self.since, self.came, self.out = now, in_flight, 0
        self._delays.clear()
        return cost
