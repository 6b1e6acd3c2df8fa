"""Rooms that are written a moment after they changed: once, however often they change meanwhile."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from rooms.ids import RoomId

WITHIN_S: Final = 1.0

log = structlog.get_logger()


class LateWrites:
    """Writes rooms that are due once a second, as long as there are any.

    Args:
        write: writes a room as it is then, and calls `discard` when it has.
    """

    def __init__(self, write: Callable[[RoomId], Awaitable[None]]) -> None:
        self._write = write
        self._due: set[RoomId] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, room_id: RoomId) -> None:
        self._due.add(room_id)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_later(), name="late-writes")

    def discard(self, room_id: RoomId) -> None:
        """The room is written, or gone."""
        self._due.discard(room_id)

    async def close(self) -> None:
        """Write what is due at once."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._write_all()

    async def _write_later(self) -> None:
        while self._due:
            await asyncio.sleep(WITHIN_S)
            await self._write_all()

    async def _write_all(self) -> None:
        # All at once: they share a transaction.
        await asyncio.gather(*map(self._try, list(self._due)))

    async def _try(self, room_id: RoomId) -> None:
        try:
            await self._write(room_id)
        except Exception:
            # It stays due: what fails now may work in a second.
            log.exception("late-write-failed")
