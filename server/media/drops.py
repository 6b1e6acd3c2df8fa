"""Effects that failed too often, taken away by signalling."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from rooms.ids import ParticipantId

MAX_AT_ONCE: Final = 64

log = structlog.get_logger()

DropEffect = Callable[[ParticipantId, str], Awaitable[None]]
"""Takes an effect, by its id, from a participant."""


class Drops:
    """Those of one room; nobody waits for any of them."""

    def __init__(self, drop_effect: DropEffect) -> None:
        self._drop_effect = drop_effect
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, who: ParticipantId, effect_id: str) -> None:
        """Let it be taken away, unless too many are about to be."""
        if len(self._tasks) < MAX_AT_ONCE:
            task = asyncio.create_task(self._drop(who, effect_id), name="drop-effect")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Take away nothing more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _drop(self, who: ParticipantId, effect_id: str) -> None:
        try:
            await self._drop_effect(who, effect_id)
        except Exception:
            # The boundary of one effect: its stream does without it already.
            log.exception("effect-not-dropped")
