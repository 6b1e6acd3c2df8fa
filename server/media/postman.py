"""What a room's media tells the pages."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from rooms.ids import ParticipantId
from rooms.messages import Fact

MAX_WAITING: Final = 512
"""Facts that are not sent yet; with more, the newest are dropped."""

log = structlog.get_logger()

Tell = Callable[[ParticipantId, Fact], Awaitable[None]]


class Postman:
    """Sends facts one after the other, in a task of its own: nobody waits for them."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._facts: asyncio.Queue[tuple[ParticipantId, Fact]] = asyncio.Queue(MAX_WAITING)
        self._task: asyncio.Task[None] | None = None

    def tell(self, who: ParticipantId, fact: Fact) -> None:
        try:
            self._facts.put_nowait((who, fact))
        except asyncio.QueueFull:
            log.warning("media-fact-dropped", event_name=fact.event)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._deliver(), name="media-room-facts")

    async def close(self) -> None:
        """Tell nothing more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _deliver(self) -> None:
        while not self._facts.empty():
            who, fact = self._facts.get_nowait()
            try:
                await self._tell(who, fact)
            except Exception:
                # The boundary of one fact: those after it are for others too.
                log.exception("media-fact-not-sent", event_name=fact.event)
