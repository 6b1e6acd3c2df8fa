"""All filters of a server by name, and of operators' files the texts that work."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final

from rooms.effects import FilterError, FilterInfo, Origin
from rooms.errors import UnknownFilter
from rooms.filter_files import called_as, prefix_of, takes_name
from rooms.participant import Kind
from rooms.texts import printable
from server.workers.orders import SourceText
from server.workers.plan import FileTrouble

MAX_FILE: Final = 60
TRIAL_S: Final = 10.0
"""A new text that fails within this time is taken back, if there was one before."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One text that could be loaded, and the filters in it."""

    source: SourceText
    filters: tuple[FilterInfo, ...]
    since: float


@dataclass(slots=True)
class _File:
    """One operator's file.

    Attributes:
        good: texts that could be loaded, the present one last; one before it is kept.
        trouble: why the newest text is not the present one.
    """

    good: list[_Text] = field(default_factory=list)
    trouble: FileTrouble | None = None


class Catalogue:
    """Does no I/O.

    Args:
        clock: seconds that go forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._versions = itertools.count(1)
        self._shipped: tuple[FilterInfo, ...] = ()
        self._files: dict[str, _File] = {}
        self._by_name: dict[str, FilterInfo] = {}
        self._path_of: dict[str, str] = {}
        self._first: dict[str, str] = {}
        """By what the names of its filters begin with: the file that was there first."""

    @property
    def filters(self) -> tuple[FilterInfo, ...]:
        return tuple(self._by_name.values())

    def find(self, name: str) -> FilterInfo:
        """Raises UnknownFilter: none has this name."""
        info = self._by_name.get(name)
        if info is None:
            raise UnknownFilter
        return info

    def source_of(self, name: str) -> SourceText | None:
        path = self._path_of.get(name)
        good = self._files[path].good if path is not None else []
        return good[-1].source if good else None

    def trouble_of(self, name: str) -> FileTrouble | None:
        path = self._path_of.get(name)
        return self._files[path].trouble if path is not None else None

    def next_source(self, path: str, text: str) -> SourceText:
        """A text as it was read, with a version of its own."""
        return SourceText(path, next(self._versions), text)

    def ship(self, filters: Iterable[FilterInfo]) -> None:
        """Set the built-in filters and those of packages."""
        self._shipped = tuple(filters)
        self._index()

    def appeared(self, path: str) -> None:
        """A file is there. Of two whose filters would be called the same, the first is used."""
        self._files.setdefault(path, _File())

    def namesake(self, path: str) -> str | None:
        """The file that keeps the filters of this one from being used, if there is one."""
        first = self._first.get(prefix_of(path), path)
        return None if first == path else first

    def loaded(self, source: SourceText, filters: tuple[FilterInfo, ...]) -> None:
        """A file's text is in use from now on."""
        file = self._files.setdefault(source.path, _File())
        file.good = [*file.good[-1:], _Text(source, filters, self._clock())]
        file.trouble = None
        self._index()

    def broken(self, path: str, trouble: FileTrouble) -> None:
        """A file's newest text cannot be used; the one before stays in use."""
        self._files.setdefault(path, _File()).trouble = trouble
        self._index()

    def removed(self, path: str) -> None:
        self._files.pop(path, None)
        self._index()

    def go_back(self, source: SourceText, trouble: FileTrouble) -> bool:
        """See `Shelf.go_back`; tells nobody."""
        file = self._files.get(source.path)
        if file is None or not file.good:
            return False
        present = file.good[-1]
        if present.source.version != source.version:
            return present.source.version < source.version
        if len(file.good) < 2 or self._clock() - present.since > TRIAL_S:
            return False
        file.good.pop()
        file.trouble = trouble
        self._index()
        return True

    def _index(self) -> None:
        """Look all names up anew."""
        self._by_name, self._path_of = {}, {}
        self._first = {prefix_of(path): path for path in reversed(self._files)}
        for info in self._shipped:
            self._offer(info, None)
        for path in self._files:
            for info in self._offered(path):
                self._offer(info, path)

    def _offer(self, info: FilterInfo, path: str | None) -> None:
        if takes_name(info, self._by_name.get(info.name)):
            self._by_name[info.name] = info
            if path is not None:
                self._path_of[info.name] = path

    def _offered(self, path: str) -> tuple[FilterInfo, ...]:
        file, other = self._files[path], self.namesake(path)
        if not file.good and file.trouble is None:
            return ()  # nothing is known of it yet
        if other is not None:
            return (self._unusable(path, FilterError(called_as(file_name(other)))),)
        trouble = file.trouble
        error = FilterError(trouble.message, trouble.line) if trouble is not None else None
        if not file.good:
            return (self._unusable(path, error),)
        return tuple(replace(info, error=error) for info in file.good[-1].filters)

    def _unusable(self, path: str, error: FilterError | None) -> FilterInfo:
        """What stands for a file that cannot be used."""
        file, prefix = file_name(path), prefix_of(path)
        others = map(f"{prefix}-{{}}".format, itertools.count(2))
        names = (name for name in itertools.chain((prefix,), others) if name not in self._by_name)
        return FilterInfo(
            next(names),
            file,
            Kind.VIDEO,
            origin=Origin.FILE,
            file=file,
            broken=True,
            error=error,
        )


def file_name(path: str) -> str:
    """Without its folder, as it can be shown."""
    return printable(PurePath(path).name, MAX_FILE)
