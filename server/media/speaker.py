"""Who is speaking, from the levels that packets carry (RFC 6464): nothing is decoded for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

SILENCE_DBOV = -127.0
VOICE_DBOV = -50.0
"""Above it a voice, below it a room: -50 dBov lies between breathing and quiet talking."""
ATTACK = 0.5
RELEASE = 0.15
AHEAD_DB = 4.0
"""A new speaker must be this much louder than the present one, so that two do not flicker."""
HOLD_S = 1.0


Id = TypeVar("Id")


@dataclass(slots=True)
class ActiveSpeaker(Generic[Id]):
    """The loudest voice, steadied. `look` is to be called about ten times a second."""

    current: Id | None = None
    _smooth: dict[Id, float] = field(default_factory=dict)
    _since: float = float("-inf")

    def look(self, now: float, levels: Mapping[Id, float]) -> bool:
        """Take in the present levels.

        Args:
            now: monotonic seconds.
            levels: dBov, from -127 (silence) to 0 (as loud as it goes), of everybody who may speak.

        Returns:
            whether `current` has changed.
        """
        smooth = {who: self._steady(who, level) for who, level in levels.items()}
        self._smooth = smooth
        loudest = max(smooth, key=lambda who: smooth[who], default=None)
        if self.current is not None and self.current not in smooth:
            self.current, self._since = None, float("-inf")
            if loudest is None or smooth[loudest] < VOICE_DBOV:
                return True
        if loudest is None or loudest == self.current or smooth[loudest] < VOICE_DBOV:
            return False
        ahead = smooth[loudest] - (smooth[self.current] if self.current else SILENCE_DBOV)
        if ahead < AHEAD_DB or now - self._since < HOLD_S:
            return False
        self.current, self._since = loudest, now
        return True

    def speaks(self, who: Id) -> bool:
        """Whether a voice is heard of somebody, the loudest or not."""
        return self._smooth.get(who, SILENCE_DBOV) >= VOICE_DBOV

    def _steady(self, who: Id, level: float) -> float:
        before = self._smooth.get(who, SILENCE_DBOV)
        return before + (ATTACK if level > before else RELEASE) * (level - before)
