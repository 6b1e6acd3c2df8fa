"""Operators' files of filters before anybody runs them: their text, and who has which name."""

import os
import re
import stat
from pathlib import PurePath
from typing import Final

from rooms.effects import FilterInfo, Origin

MAX_SOURCE: Final = 1 << 17
"""Characters. Eight of them fit into one message to a worker, whatever characters they are."""


class UnreadableSource(Exception):
    """A file cannot be used; the message is a sentence that says why."""


def read_source(path: str) -> str:
    """The text of a file, without the byte order mark that some editors put before it.

    It never waits for somebody to write, as it would with a pipe.

    Raises:
        UnreadableSource: it is no file, not UTF-8, or too long.
    """
    try:
        _check_regular(os.stat(path))  # opening a device may have effects of its own
        with open(path, encoding="utf-8-sig", opener=_open_at_once) as file:
            _check_regular(os.fstat(file.fileno()))
            text = file.read(MAX_SOURCE + 1)
    except OSError as error:
        raise UnreadableSource(f"It cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableSource("It cannot be read: it is not UTF-8.") from error
    if len(text) > MAX_SOURCE:
        raise UnreadableSource(f"It is longer than {MAX_SOURCE} characters.")
    return text


def _check_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableSource("It is not a regular file.")


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def prefix_of(file: str) -> str:
    """What the names of a file's filters begin with: `My halftone.py` gives `my-halftone`."""
    stem = re.sub(r"[^a-z0-9_-]+", "-", PurePath(file).stem.lower())
    return stem.strip("-_")[:32] or "file"


def called_as(first: str) -> str:
    """Why a file is not used whose filters' names begin as those of another, the first of two."""
    return f"Its filters would be called as those of {first}: rename it."


def takes_name(one: FilterInfo, holder: FilterInfo | None) -> bool:
    """Whether a filter gets the name that another one holds so far.

    The first of a name keeps it, but for an operator's file: it is newer than the package that it
    may have been copied from.
    """
    if holder is None:
        return True
    return (one.origin, holder.origin) == (Origin.FILE, Origin.PACKAGE)
