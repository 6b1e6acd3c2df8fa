"""Code of operators' filters, loaded in threads beside the frames that go on meanwhile."""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath
from threading import Thread
from typing import Final

from rooms.filters.declare import Filter
from rooms.filters.failures import BrokenFile
from server.workers.orders import StepOrder
from server.workers.repertoire import Repertoire

LOAD_WITHIN_S: Final = 5.0
PACKAGE_WITHIN_S: Final = 15.0
Filters = dict[str, Filter]


class Loading(Exception):
    """It is not there yet."""


@dataclass(slots=True)
class _Load:
    """One text, or a package, on its way.

    Attributes:
        version: of the text; 0: it is a package.
        result: set by the thread when it is done.
    """

    version: int
    began: float
    thread: Thread | None = None
    result: list[Filters | BrokenFile] = field(default_factory=list)


class Loader:
    """Finds filters and never waits for long.

    Of each file one text is loaded at a time, the newest that was asked for. A thread that takes
    too long is asked to end, which it does when it runs Python the next time, and is forgotten.

    Args:
        clock: seconds that go forward.
    """

    def __init__(self, repertoire: Repertoire, clock: Callable[[], float] = time.monotonic) -> None:
        self._repertoire = repertoire
        self._clock = clock
        self._loads: dict[str, _Load] = {}
        """By path, or by the name of a package."""

    def find(self, step: StepOrder) -> Filter | None:
        """The filter of an effect; None: there is none of its name.

        Raises:
            Loading: ask again later.
            BrokenFile: its code cannot be loaded, or not in time. This text is not tried again.
        """
        source = step.source
        if source is not None:
            if self._repertoire.known(source) is None:
                whole = self._repertoire.whole(source)
                filters = self._loaded(source.path, source.version, lambda: Repertoire.load(whole))
                self._repertoire.keep(source, filters)
                del self._loads[source.path]
            return self._repertoire.find(step.filter, source.path)
        while (package := self._repertoire.unknown_package(step.filter)) is not None:
            self._loaded(package, 0, partial(self._repertoire.package, package))
        return self._repertoire.find(step.filter, None)

    def wait(self, within_s: float) -> None:
        """Let what is being loaded have the process for itself, for so long at most."""
        until = self._clock() + within_s
        for load in self._loads.values():
            if load.thread is not None and not load.result:
                load.thread.join(max(0.0, until - self._clock()))

    def _loaded(self, path: str, version: int, load: Callable[[], Filters]) -> Filters:
        going = self._loads.get(path)
        if going is None or going.version != version:
            _abandon(going)
            going = self._loads[path] = _Load(version, self._clock())
            going.thread = Thread(target=_run, args=(load, going.result), daemon=True)
            try:
                going.thread.start()
            except RuntimeError:  # no memory for a thread, or too many of them
                going.result.append(_broken(path, "There are too many threads to load it."))
        if not going.result:
            within_s = LOAD_WITHIN_S if version else PACKAGE_WITHIN_S
            if self._clock() - going.began < within_s:
                raise Loading
            _abandon(going)
            going.result.append(_broken(path, f"It takes longer than {within_s:g} s to load."))
        if isinstance(going.result[0], BrokenFile):
            raise going.result[0]
        return going.result[0]


def _run(load: Callable[[], Filters], result: list[Filters | BrokenFile]) -> None:
    try:
        filters = load()
    except BrokenFile as broken:
        result.append(broken)
    else:
        result.append(filters)


def _abandon(load: _Load | None) -> None:
    if load is None or load.thread is None or load.result:
        return
    thread = ctypes.c_ulong(load.thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(SystemExit))


def _broken(path: str, message: str) -> BrokenFile:
    return BrokenFile(PurePath(path).name, None, message)
