"""The built-in filters and those of installed packages: asked for once, until they are told."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import structlog

from rooms.effects import FilterInfo
from server.workers.descriptions import read_filters, read_names, read_troubles
from server.workers.errand import ErrandFailed
from server.workers.inspection import Inspector
from server.workers.wire import Nonsense

WITHIN_S: Final = 15.0
AGAIN_S: Final = 5.0
_UNREADABLE: Final = "Its answer cannot be read."

Answer = TypeVar("Answer")
log = structlog.get_logger()


class Shipping:
    """A bad package is named in the log and hides no other.

    Args:
        inspector: who asks workers.
        on_found: gets all that are known, in the same order whatever came first.

    Attributes:
        begun: set when the built-in filters are known.
    """

    def __init__(
        self, inspector: Inspector, on_found: Callable[[Sequence[FilterInfo]], None]
    ) -> None:
        self.begun = asyncio.Event()
        self._inspector = inspector
        self._on_found = on_found
        self._found: dict[str, tuple[FilterInfo, ...]] = {}

    async def run(self) -> None:
        """Until all is known that can be."""
        self._came("", await self._insist("builtins", read_filters))
        self.begun.set()
        names = await self._insist("packages", read_names)
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(self._load(name))

    async def _insist(self, what: str, read: Callable[[dict[str, Any]], Answer]) -> Answer:
        """Ask for what is ours, so that an answer comes in the end."""
        while True:
            try:
                return read(await self._inspector.ask({"what": what}, WITHIN_S))
            except ErrandFailed as error:
                log.error("filters-not-loaded", what=what, reason=str(error))
            except Nonsense:
                log.error("filters-not-loaded", what=what, reason=_UNREADABLE)
            await asyncio.sleep(AGAIN_S)

    async def _load(self, name: str) -> None:
        try:
            answer = await self._inspector.ask({"what": "package", "name": name}, WITHIN_S)
            self._came(name, read_filters(answer))
            troubles = read_troubles(answer)
        except ErrandFailed as error:
            log.error("filter-package-broken", package=name, reason=str(error))
        except Nonsense:
            log.error("filter-package-broken", package=name, reason=_UNREADABLE)
        else:
            for trouble in troubles:
                log.warning(
                    "filter-package-broken", package=name, file=trouble.file, line=trouble.line
                )

    def _came(self, package: str, filters: tuple[FilterInfo, ...]) -> None:
        self._found[package] = filters
        self._on_found([one for name in sorted(self._found) for one in self._found[name]])
