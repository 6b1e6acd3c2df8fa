"""Finding filters: the built-in ones, installed packages, files of the operator."""

from __future__ import annotations

import importlib
import linecache
import os
import pkgutil
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path, PurePath
from traceback import walk_tb
from types import ModuleType
from typing import TYPE_CHECKING, Final

from rooms.effects import Origin
from rooms.filter_files import UnreadableSource, prefix_of, read_source
from rooms.filters import builtin
from rooms.filters.declare import Filter, declared
from rooms.filters.failures import BadFilter, BrokenFile, explain
from rooms.filters.interrupts import ends_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GROUP: Final = "rooms.filters"
"""The entry points that packages offer filters with."""
MAX_FILTERS: Final = 32
"""In one file or package."""


def load_builtins(models: Path | None = None) -> list[Filter]:
    """The filters of every module in `rooms.filters.builtin`, sorted by name.

    Args:
        models: the operator's directory of models. A module that needs one has a function
            `with_models(models)` that returns the decorated filters which it can offer then.
    """
    found: list[Filter] = []
    for info in pkgutil.iter_modules(builtin.__path__):
        module = importlib.import_module(f"{builtin.__name__}.{info.name}")
        found += _filters_of(vars(module).values(), module.__name__)
        if models is not None and hasattr(module, "with_models"):
            found += [one for made in module.with_models(models) if (one := declared(made))]
    found.sort(key=lambda one: one.info.name)
    assert len({one.info.name for one in found}) == len(found), "two built-ins have one name"
    return found


def load_package_filters(on_broken: Callable[[BrokenFile], None] | None = None) -> list[Filter]:
    """The filters of installed packages, named `<entry point>.<name>`, sorted.

    An entry point of the group `rooms.filters` is a module, or one decorated function or class.

    Args:
        on_broken: told of a package that cannot be used, instead of raising.

    Raises:
        BrokenFile: one of them cannot be used.
    """
    return [one for name in package_names() for one in load_package(name, on_broken)]


def package_names() -> list[str]:
    """Of all entry points of packages, sorted. Nothing of the packages is imported."""
    return sorted(entry_points(group=GROUP).names)


def load_package(name: str, on_broken: Callable[[BrokenFile], None] | None = None) -> list[Filter]:
    """The filters of the entry points of one name; arguments and errors: `load_package_filters`."""
    found: list[Filter] = []
    for entry in entry_points(group=GROUP, name=name):
        try:
            found += _of_entry(entry)
        except BrokenFile as broken:
            if on_broken is None:
                raise
            on_broken(broken)
    return found


def load_source(path_name: str, source: str, prefix: str) -> list[Filter]:
    """Run a file's text and take the filters that it defines, named `<prefix>.<name>`.

    It may import modules that lie beside it.

    Args:
        path_name: of the file, as tracebacks show it; `__file__` for its code.
        source: the text, which need not be what the file has now.
        prefix: see `rooms.filter_files.prefix_of`.

    Raises:
        BrokenFile: it cannot be compiled, raises, or has no filter.
    """
    file = PurePath(path_name).name
    module = ModuleType(f"greenroom_files.{prefix}")
    module.__file__ = path_name
    linecache.cache[path_name] = (len(source), None, source.splitlines(keepends=True), path_name)
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module  # dataclasses and pickle look a class's module up
    _let_import_beside(path_name)
    try:
        code = compile(source, path_name, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # running the operator's file is the point
        own = _filters_of(vars(module).values(), module.__name__)
        return _belonging(own, prefix, Origin.FILE, file)
    except BaseException as error:
        if before is not None:  # its classes go on
            sys.modules[module.__name__] = before
        if ends_process(error):
            raise
        raise BrokenFile(*explain(error, path_name)) from error


def _let_import_beside(path_name: str) -> None:
    """For good, since filters import when they run, too. What is installed is found first."""
    folder = os.path.dirname(os.path.abspath(path_name))
    if folder not in sys.path:
        sys.path.append(folder)


def load_file(path: Path) -> list[Filter]:
    """Read and run a file. Raises BrokenFile: as `load_source`, or it cannot be read."""
    try:
        source = read_source(str(path))
    except UnreadableSource as error:
        raise BrokenFile(path.name, None, str(error)) from None
    return load_source(str(path), source, prefix_of(path.name))


def filter_files(path: Path) -> list[Path]:
    """The files that `--filters PATH` means: itself, or the `*.py` of a directory, sorted.

    In a directory, names that begin with `_` or `.` are left out.
    """
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.glob("*.py") if file.name[0] not in "._")


def prefix_of_package(name: str) -> str:
    """What the names of the filters of an entry point begin with."""
    return prefix_of(f"{name}.")


def _of_entry(entry: EntryPoint) -> list[Filter]:
    try:
        loaded = entry.load()
        if isinstance(loaded, ModuleType):
            found = _filters_of(vars(loaded).values(), loaded.__name__)
        else:
            found = _filters_of([loaded], None)
        return _belonging(found, prefix_of_package(entry.name), Origin.PACKAGE, None)
    except BaseException as error:
        if ends_process(error):
            raise
        raise BrokenFile(*explain(error, _file_to_blame(error, entry))) from error


def _file_to_blame(error: BaseException, entry: EntryPoint) -> str:
    """The file of the package that an error came through last; the entry's name if none."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename
    package = entry.module.partition(".")[0]
    blamed = entry.name
    for frame, _ in walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__", "").partition(".")[0] == package:
            blamed = frame.f_code.co_filename
    return blamed


def _filters_of(values: Iterable[object], module: str | None) -> list[Filter]:
    """Those that are filters, once each; with a module, only those defined in it."""
    found: list[Filter] = []
    for value in values:
        one = declared(value)
        if one is not None and one not in found and module in (None, one.target.__module__):
            found.append(one)
    return found


def _belonging(found: list[Filter], prefix: str, origin: Origin, file: str | None) -> list[Filter]:
    if not found:
        raise BadFilter("There is no filter in it: decorate one with @video_filter.")
    if len(found) > MAX_FILTERS:
        raise BadFilter(f"There are {len(found)} filters in it; {MAX_FILTERS} is the most.")
    named = [one.belonging_to(prefix, origin, file) for one in found]
    names = [one.info.name for one in named]
    for name in names:
        if names.count(name) > 1:
            raise BadFilter(f"Two filters in it are called {name}.")
    return named
