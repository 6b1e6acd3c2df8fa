"""The operator's files of filters: tried when they are there and whenever they are saved."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import structlog

from rooms.filter_files import UnreadableSource, read_source
from server.workers.catalogue import Catalogue, file_name
from server.workers.descriptions import read_filters, read_troubles
from server.workers.errand import ErrandFailed
from server.workers.inspection import Inspector
from server.workers.plan import FileTrouble
from server.workers.watch import MAX_FILES, Watch
from server.workers.wire import Nonsense

LOOK_EVERY_S: Final = 0.15
LOAD_WITHIN_S: Final = 5.0

log = structlog.get_logger()


class _Broken(Exception):
    """A file cannot be used."""

    def __init__(self, trouble: FileTrouble) -> None:
        self.trouble = trouble


class Files:
    """Each file on its way is a task, so that a slow one keeps no other waiting.

    Args:
        inspector: who asks workers.
        catalogue: where what is found goes.
        paths: files and directories of them.
        on_changed: called when something has.
    """

    def __init__(
        self,
        inspector: Inspector,
        catalogue: Catalogue,
        paths: Sequence[Path],
        on_changed: Callable[[], None],
    ) -> None:
        self._inspector = inspector
        self._catalogue = catalogue
        self._watch = Watch(paths)
        self._on_changed = on_changed
        self._tasks: set[asyncio.Task[None]] = set()
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._saved_again: set[str] = set()
        self._left_out = 0

    async def run(self) -> None:
        """For ever. What is there now is on its way before this waits for the first time."""
        self._watch.look()
        while self._watch.paths:
            try:
                self._look()
            except Exception:
                # The boundary of one look: whatever was wrong with it, files go on being watched.
                log.exception("filter-files-not-looked-at")
            await asyncio.sleep(LOOK_EVERY_S)

    async def settle(self) -> None:
        """Wait for what is on its way now."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """After `run` has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _look(self) -> None:
        """Take over what was saved and what is gone."""
        saved, gone = self._watch.look()
        self._warn_of_left_out()
        for path in gone:
            if path in self._loading:
                self._loading.pop(path).cancel()
            self._catalogue.removed(path)
        for path in saved:
            self._catalogue.appeared(path)
            if path in self._loading:
                self._saved_again.add(path)
            else:
                self._begin(path)
        if gone:
            self._on_changed()

    def _begin(self, path: str) -> None:
        task = asyncio.create_task(self._load(path))
        self._loading[path] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self, path: str) -> None:
        try:
            await self._load_newest(path)
        except Exception:
            # The boundary of one file: it is tried again when it is saved again.
            log.exception("filter-file-not-loaded", file=file_name(path))
            if self._loading.get(path) is asyncio.current_task():
                del self._loading[path]

    async def _load_newest(self, path: str) -> None:
        """Until the newest text was tried; it is used if it can be used."""
        again = True
        while again:
            self._saved_again.discard(path)
            try:
                filters = await self._tried(path)
            except _Broken as broken:
                self._catalogue.broken(path, broken.trouble)
                log.warning(
                    "filter-file-broken", file=broken.trouble.file, line=broken.trouble.line
                )
            else:
                log.info("filter-file-loaded", file=file_name(path), filters=filters)
                self._warn_of_namesake(path)
            again = path in self._saved_again
            if not again:
                del self._loading[path]
            self._on_changed()

    async def _tried(self, path: str) -> int:
        """How many filters there are in a file; they are in use then.

        Raises:
            _Broken: it cannot be used.
        """
        source = self._catalogue.next_source(path, await asyncio.to_thread(_read, path))
        try:
            answer = await self._inspector.ask({"what": "file"}, LOAD_WITHIN_S, asdict(source))
            filters, troubles = read_filters(answer), read_troubles(answer)
        except ErrandFailed as error:
            raise _broken(path, str(error)) from error
        except Nonsense as error:
            raise _broken(path, "What it says of its filters cannot be read.") from error
        if troubles:
            raise _Broken(troubles[0])
        self._catalogue.loaded(source, filters)
        return len(filters)

    def _warn_of_left_out(self) -> None:
        before, self._left_out = self._left_out, self._watch.left_out
        if self._left_out > before:
            log.warning("filter-files-left-out", most=MAX_FILES, left_out=self._left_out)

    def _warn_of_namesake(self, path: str) -> None:
        other = self._catalogue.namesake(path)
        if other is not None:
            log.warning("filter-file-hidden", file=file_name(path), by=file_name(other))


def _broken(path: str, message: str) -> _Broken:
    return _Broken(FileTrouble(file_name(path), None, message))


def _read(path: str) -> str:
    """Raises _Broken: it cannot be read."""
    try:
        return read_source(path)
    except UnreadableSource as error:
        raise _broken(path, str(error)) from error
