"""What a filter tells the room, slowed down to what the room can bear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

INTERVAL_S: Final = 0.2
"""Between two events of one filter."""

Emit = Callable[[str, str, str, dict[str, Any]], None]
"""Effect id, name of the filter, kind and data of the event."""


class Outbox:
    """Keeps the newest event of each kind until it is its turn."""

    __slots__ = ("_next_at", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[str, dict[str, Any]] = {}
        self._next_at = float("-inf")

    def put(self, kind: str, data: dict[str, Any]) -> None:
        self._waiting[kind] = data  # a kind keeps its place in the row, so none starves

    def take(self, now: float) -> tuple[str, dict[str, Any]] | None:
        """The event that may go out now, if any. `now` is on any clock of seconds."""
        if not self._waiting or now < self._next_at:
            return None
        self._next_at = now + INTERVAL_S
        kind = next(iter(self._waiting))
        return kind, self._waiting.pop(kind)
