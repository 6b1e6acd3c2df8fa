"""What the frames of a second cost, as a worker sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_MS = 1000.0


@dataclass(slots=True)
class Meter:
    """Added up until `take`."""

    came: int = 0
    out: int = 0
    late: int = 0
    seconds: float = 0.0
    peak: int = 0
    _filters: dict[str, tuple[float, int]] = field(default_factory=dict)

    def frame(self, seconds: float, filters: Mapping[str, float]) -> None:
        """One came out.

        Args:
            seconds: it took.
            filters: milliseconds of it, by effect.
        """
        self.out += 1
        self.seconds += seconds
        for effect_id, ms in filters.items():
            total, count = self._filters.get(effect_id, (0.0, 0))
            self._filters[effect_id] = total + ms, count + 1

    @property
    def ms(self) -> float:
        return self.seconds * _MS / self.out if self.out else 0.0

    @property
    def filters(self) -> dict[str, float]:
        return {effect_id: ms / count for effect_id, (ms, count) in self._filters.items()}
