"""All filters that a worker can use: the built-in ones, those of packages and of the operator."""

from collections.abc import Iterable
from pathlib import Path

from rooms.filters.declare import Filter
from rooms.filters.failures import BrokenFile
from rooms.filters.loading import (
    load_builtins,
    load_package_filters,
    load_source,
    prefix_of,
)
from server.workers.orders import SourceText


class Repertoire:
    """Filters by name. Code of others is run when it is asked for, never in the fork server."""

    def __init__(self, models: Path | None) -> None:
        self.builtins = _by_name(load_builtins(models))
        self._packages: dict[str, Filter] | None = None
        self._files: dict[str, tuple[int, dict[str, Filter]]] = {}
        self._texts: dict[str, SourceText] = {}

    def learn(self, source: SourceText) -> dict[str, Filter]:
        """Run a file's text, unless this version was run before.

        Raises:
            BrokenFile: it cannot be used; an earlier version stays.
        """
        filters = self.known(source)
        if filters is None:
            filters = self.load(self.whole(source))
            self.keep(source, filters)
        return filters

    def known(self, source: SourceText) -> dict[str, Filter] | None:
        """What is in this version, if it was kept. Its text is remembered if it comes with it."""
        if source.text is not None:
            self._texts[source.path] = source
        version, filters = self._files.get(source.path, (0, {}))
        return filters if version == source.version else None

    def whole(self, source: SourceText) -> SourceText:
        """The version with its text, after `known`."""
        return source if source.text is not None else self._texts[source.path]

    @staticmethod
    def load(source: SourceText) -> dict[str, Filter]:
        """Run a text and keep nothing of it: any thread may.

        Raises:
            BrokenFile: it cannot be used.
        """
        return _by_name(load_source(source.path, source.text or "", prefix_of(source.path)))

    def keep(self, source: SourceText, filters: dict[str, Filter]) -> None:
        """Use this version of a file from now on."""
        self._files[source.path] = source.version, filters

    @property
    def has_packages(self) -> bool:
        """Whether packages were loaded already."""
        return self._packages is not None

    def packages(self, broken: list[BrokenFile] | None = None) -> dict[str, Filter]:
        """Those of installed packages; what cannot be loaded is added to `broken`."""
        if self._packages is None:
            unusable = [] if broken is None else broken
            self._packages = _by_name(load_package_filters(unusable.append))
        return self._packages

    def find(self, name: str, path: str | None) -> Filter | None:
        """The filter of that name, from the file at `path` if there is one."""
        if path is not None:
            return self._files.get(path, (0, {}))[1].get(name)
        return self.builtins.get(name) or self.packages().get(name)


def _by_name(filters: Iterable[Filter]) -> dict[str, Filter]:
    return {one.info.name: one for one in filters}
