"""All filters that a worker can use: the built-in ones, those of packages and of the operator."""

from collections.abc import Iterable
from pathlib import Path

from rooms.filter_files import prefix_of
from rooms.filters.declare import Filter
from rooms.filters.failures import BrokenFile
from rooms.filters.loading import (
    load_builtins,
    load_package,
    load_source,
    package_names,
    prefix_of_package,
)
from server.workers.orders import SourceText


class Repertoire:
    """Filters by name. Code of others is run when it is asked for, never in the fork server."""

    def __init__(self, models: Path | None) -> None:
        self.builtins = _by_name(load_builtins(models))
        self._packages: dict[str, dict[str, Filter]] = {}
        self._package_names: list[str] | None = None
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

    def unknown_package(self, name: str) -> str | None:
        """The entry point that a filter of this name would be from, unless it was loaded."""
        prefix = name.partition(".")[0]
        if name in self.builtins:
            return None
        if self._package_names is None:
            self._package_names = package_names()
        for package in self._package_names:
            if prefix_of_package(package) == prefix and package not in self._packages:
                return package
        return None

    def package(self, name: str, broken: list[BrokenFile] | None = None) -> dict[str, Filter]:
        """Those of the entry points of this name; what cannot be loaded is added to `broken`.

        Only these are imported: what another package does at that moment harms nobody here.
        """
        if name not in self._packages:
            unusable = [] if broken is None else broken
            self._packages[name] = _by_name(load_package(name, unusable.append))
        return self._packages[name]

    def find(self, name: str, path: str | None) -> Filter | None:
        """The filter of that name, from the file at `path` if there is one."""
        if path is not None:
            return self._files.get(path, (0, {}))[1].get(name)
        if name in self.builtins:
            return self.builtins[name]
        while (package := self.unknown_package(name)) is not None:
            self.package(package)
        return next((found[name] for found in self._packages.values() if name in found), None)


def _by_name(filters: Iterable[Filter]) -> dict[str, Filter]:
    return {one.info.name: one for one in filters}
