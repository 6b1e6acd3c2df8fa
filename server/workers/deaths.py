"""How often the worker of a stream has died without anybody being to blame, and what then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

RESTART_S: Final = (0.0, 0.5, 2.0, 10.0)
"""How long after it a worker is started again: the longer the more there were."""
FORGIVEN_S: Final = 30.0
Chain = frozenset[tuple[str, str]]
"""Effects, by id and filter."""


@dataclass(slots=True)
class Deaths:
    _times: list[float] = field(default_factory=list)
    _chain: Chain = frozenset()

    @property
    def number(self) -> int:
        """How many there were lately."""
        return len(self._times)

    def count(self, now: float, chain: Iterable[tuple[str, str]]) -> float:
        """One more; in how many seconds to start again.

        Args:
            now: in seconds that go forward.
            chain: that it ran.
        """
        self._times = [at for at in self._times if now - at < FORGIVEN_S] + [now]
        self._chain = frozenset(chain)
        return RESTART_S[min(len(self._times), len(RESTART_S)) - 1]

    def forget(self, chain: Iterable[tuple[str, str]]) -> bool:
        """Forgive if an effect is gone that may have been the cause; whether it is."""
        if self._chain <= frozenset(chain):
            return False
        self._times, self._chain = [], frozenset()
        return True
