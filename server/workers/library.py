"""The filters of a server: found, described by workers, watched while they are edited."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Final

import structlog

from rooms.effects import FilterInfo
from server.workers.catalogue import Catalogue
from server.workers.descriptions import read_filters, read_troubles
from server.workers.errand import ErrandFailed, run_errand
from server.workers.nursery import Nursery
from server.workers.orders import SourceText
from server.workers.pictures import Pictures
from server.workers.plan import FileTrouble
from server.workers.previews import Previews
from server.workers.watch import Watch
from server.workers.wire import Nonsense

LOOK_EVERY_S: Final = 0.15
LOAD_WITHIN_S: Final = 5.0
SHIPPED_WITHIN_S: Final = 15.0
"""Of filters that nobody waits for but the start."""
SHIP_AGAIN_S: Final = 5.0
MAX_SOURCE_BYTES: Final = 1 << 20

log = structlog.get_logger()


class _Broken(Exception):
    """A file cannot be used."""

    def __init__(self, trouble: FileTrouble) -> None:
        self.trouble = trouble


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
        self._nursery = nursery
        self._catalogue = Catalogue(time.monotonic)
        self._watch = Watch(paths)
        self._pictures = Pictures(pictures)
        self._previews = Previews(nursery, self, deadline_s)
        self._told: tuple[FilterInfo, ...] = ()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when all filters that are there now are known, if they can be."""
        await self._pictures.tidy()
        shipped = await self._ship()
        self._watch.look()
        await self._follow()
        self._task = asyncio.create_task(self._keep_up(shipped))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
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

    def add_picture(self, owner: str, data: bytes) -> str:
        return self._pictures.add(owner, data)

    def forget_pictures(self, owner: str) -> None:
        """Somebody has left for good."""
        self._pictures.forget(owner)

    def picture(self, id_: str) -> bytes | None:
        return self._pictures.get(id_)

    def look(self, now: float) -> None:
        """Whether a preview takes too long; to be called often."""
        self._previews.look(now)

    async def _ship(self) -> bool:
        """Ask for the built-in filters and those of packages; whether all could be told."""
        found: list[FilterInfo] = []
        complete = True
        for what in ("builtins", "packages"):
            try:
                job = {"do": "describe", "what": what}
                answer = await run_errand(self._nursery, job, SHIPPED_WITHIN_S)
                found += read_filters(answer)
                for trouble in read_troubles(answer):
                    log.warning("filter-package-broken", file=trouble.file, line=trouble.line)
            except (ErrandFailed, Nonsense, OSError) as error:
                log.error("filters-not-loaded", what=what, reason=str(error))
                complete = False
        self._catalogue.ship(found)
        self._changed()
        return complete

    async def _keep_up(self, shipped: bool) -> None:
        while not shipped:
            await asyncio.sleep(SHIP_AGAIN_S)
            shipped = await self._ship()
        while self._watch.paths:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._follow()

    async def _follow(self) -> None:
        """Take over what was saved and what is gone."""
        saved, gone = self._watch.look()
        for path in gone:
            self._catalogue.removed(path)
        for path in saved:
            await self._load(path)
        if saved or gone:
            self._changed()

    async def _load(self, path: str) -> None:
        """Try a file's text in a worker of its own, and use it if it can be used."""
        name = PurePath(path).name
        try:
            filters = await self._tried(path)
        except _Broken as broken:
            self._catalogue.broken(path, broken.trouble)
            log.warning("filter-file-broken", file=name, line=broken.trouble.line)
        else:
            log.info("filter-file-loaded", file=name, filters=filters)

    async def _tried(self, path: str) -> int:
        """How many filters there are in a file; they are in use then.

        Raises:
            _Broken: it cannot be used.
        """
        name = PurePath(path).name
        try:
            source = self._catalogue.next_source(path, await asyncio.to_thread(_read, path))
            job = {"do": "describe", "what": "file", "source": asdict(source)}
            answer = await run_errand(self._nursery, job, LOAD_WITHIN_S)
            filters, troubles = read_filters(answer), read_troubles(answer)
        except ErrandFailed as error:
            raise _Broken(FileTrouble(name, None, str(error))) from error
        except (OSError, UnicodeDecodeError, Nonsense) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise _Broken(FileTrouble(name, None, f"It cannot be read: {reason}.")) from error
        if troubles:
            raise _Broken(troubles[0])
        self._catalogue.loaded(source, filters)
        return len(filters)

    def _changed(self) -> None:
        """Tell the streams, and the rest if it can see the difference."""
        if self.on_reload is not None:
            self.on_reload()
        if self._told != self._catalogue.filters:
            self._told = self._catalogue.filters
            if self.on_changed is not None:
                self.on_changed()


def _read(path: str) -> str:
    """Raises OSError or UnicodeDecodeError: it cannot be read."""
    with open(path, encoding="utf-8") as file:
        return file.read(MAX_SOURCE_BYTES)
