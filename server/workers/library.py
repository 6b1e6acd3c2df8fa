"""The filters of a server: found, described by workers, watched while they are edited."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import Final

from rooms.effects import FilterInfo
from server.workers.catalogue import Catalogue
from server.workers.files import Files
from server.workers.inspection import Inspector
from server.workers.nursery import Nursery
from server.workers.orders import SourceText
from server.workers.pictures import Pictures
from server.workers.plan import FileTrouble
from server.workers.previews import Previews
from server.workers.shipping import Shipping

BEGUN_WITHIN_S: Final = 15.0
START_WITHIN_S: Final = 2.0
"""What is slower than that comes when it comes: the server does not wait for it."""


class Library:
    """See `FilterCatalogue` in server/signalling, and `Shelf`.

    Args:
        nursery: whose workers look at the filters: nothing of them is loaded here.
        paths: the operator's files and directories.
        pictures: where pictures are kept; None: nowhere.
        deadline_s: for one filter in a preview.

    Attributes:
        on_changed: called when filters came, went, or are others.
        on_reload: called as well when only the code behind them is another.
    """

    def __init__(
        self, nursery: Nursery, paths: Sequence[Path], pictures: Path | None, deadline_s: float
    ) -> None:
        self.on_changed: Callable[[], None] | None = None
        self.on_reload: Callable[[], None] | None = None
        self._catalogue = Catalogue(time.monotonic)
        self._shipping = Shipping(Inspector(nursery), self._shipped)
        self._files = Files(Inspector(nursery), self._catalogue, paths, self._changed)
        self._pictures = Pictures(pictures)
        self._previews = Previews(nursery, self, deadline_s)
        self._told: tuple[FilterInfo, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Return when the filters that are there now are known, but for slow ones."""
        await self._pictures.tidy()
        self._tasks = [
            asyncio.create_task(self._shipping.run()),
            asyncio.create_task(self._files.run()),
        ]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._shipping.begun.wait(), BEGUN_WITHIN_S)
            await asyncio.wait_for(self.settled(), START_WITHIN_S)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._files.close()
        with contextlib.suppress(TimeoutError):
            await self._previews.close()
        await self._pictures.close()

    @property
    def filters(self) -> Sequence[FilterInfo]:
        return self._catalogue.filters

    def find(self, name: str) -> FilterInfo:
        return self._catalogue.find(name)

    def source_of(self, name: str) -> SourceText | None:
        return self._catalogue.source_of(name)

    def trouble_of(self, name: str) -> FileTrouble | None:
        return self._catalogue.trouble_of(name)

    def go_back(self, source: SourceText, trouble: FileTrouble) -> bool:
        if not self._catalogue.go_back(source, trouble):
            return False
        self._changed()
        return True

    async def try_filters(
        self, owner: str, image: bytes, names: Sequence[str]
    ) -> Mapping[str, bytes]:
        return await self._previews.show(owner, image, names)

    def add_picture(self, owner: str, data: bytes, used: Container[str] = ()) -> str:
        return self._pictures.add(owner, data, used)

    def forget_pictures(self, owner: str) -> None:
        """Somebody has left for good."""
        self._pictures.forget(owner)
        self._previews.forget(owner)

    def picture(self, id_: str) -> bytes | None:
        return self._pictures.get(id_)

    def look(self, now: float) -> None:
        """Whether a preview takes too long; to be called often."""
        self._previews.look(now)

    async def settled(self) -> None:
        """Return when all filters that were there at the start are known, or known to be broken."""
        shipping, _ = self._tasks
        await asyncio.wait({shipping})
        await self._files.settle()

    def _shipped(self, filters: Sequence[FilterInfo]) -> None:
        self._catalogue.ship(filters)
        self._changed()

    def _changed(self) -> None:
        """Tell the streams, and the rest if it can see the difference."""
        if self.on_reload is not None:
            self.on_reload()
        if self._told != self._catalogue.filters:
            self._told = self._catalogue.filters
            if self.on_changed is not None:
                self.on_changed()
