"""Questions to workers about filters: few at once, and again when it was nobody's fault."""

import asyncio
import contextlib
from typing import Any, Final

import structlog

from server.workers.errand import ErrandLost, run_errand
from server.workers.nursery import Nursery

AT_ONCE: Final = 4
TRIES: Final = 3
"""Of what all processes were lost with. Code that kills the fork server is not tried for ever."""
AGAIN_S: Final = 0.5

log = structlog.get_logger()


class Inspector:
    """Each question is put to a process of its own, so that bad code takes no other along.

    Args:
        nursery: who forks them.
    """

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._room = asyncio.Semaphore(AT_ONCE)
        self._alone = asyncio.Lock()

    async def ask(
        self, what: dict[str, Any], within_s: float, more: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer, see `describe`. It waits for as long as there is no fork server.

        Args:
            what: see there.
            within_s: for one attempt.
            more: as in `run_errand`.

        Raises:
            ErrandFailed: there is none.
        """
        for left in reversed(range(TRIES)):
            await self._nursery.ready()
            # Of those that were lost together one is to blame: the others shall not be again.
            alone = self._alone if left < TRIES - 1 else contextlib.nullcontext()
            try:
                async with alone, self._room:
                    return await run_errand(
                        self._nursery, {"do": "describe", **what}, within_s, more
                    )
            except ErrandLost:
                log.warning("filter-question-lost", left=left)
                if not left:
                    raise
            await asyncio.sleep(AGAIN_S)
        raise AssertionError
