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
        if source.text is not None:
            self._texts[source.path] = source
        version, filters = self._files.get(source.path, (0, {}))
        if version != source.version:
            text = self._texts[source.path].text or ""
            filters = _by_name(load_source(source.path, text, prefix_of(source.path)))
            self._files[source.path] = source.version, filters
        return filters

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
