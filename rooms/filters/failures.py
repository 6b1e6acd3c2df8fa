"""How a filter's mistakes are told to its author: file, line and one sentence."""

from __future__ import annotations

from pathlib import PurePath
from traceback import walk_tb
from typing import Final

from rooms.texts import printable

MAX_MESSAGE: Final = 200
MAX_FILE: Final = 100
_MUCH: Final = 4000
"""Characters of an error that are looked at."""
_READ_ONLY: Final = (
    "marked as readonly",
    "destination is read-only",
    "output array is read-only",
    "cannot set WRITEABLE flag",
)
"""How OpenCV and numpy say it."""


class BadFilter(TypeError):
    """A declaration, or something that a filter returned, is not as docs/filters.md says."""


class BrokenFile(Exception):
    """A file of filters cannot be loaded.

    Attributes:
        file: its name without its folder, so that it can be printed.
        line: where, from 1; None when no line is to blame.
        message: one line that can be printed.
    """

    def __init__(self, file: str, line: int | None, message: str) -> None:
        self.file = file = printable(file, MAX_FILE)
        self.line = line
        self.message = message = printable(message, MAX_MESSAGE)
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")


class FilterFailed(Exception):
    """A filter raised, or returned what it may not.

    Attributes:
        effect_id: of the effect whose filter it is.
        file: the filter's, without its folder.
        line: in that file; None when no line is to blame.
    """

    def __init__(self, effect_id: str, file: str | None, line: int | None, message: str) -> None:
        self.effect_id = effect_id
        self.file = None if file is None else printable(file, MAX_FILE)
        self.line = line
        self.message = printable(message, MAX_MESSAGE)
        super().__init__(self.message)


def explain(error: BaseException, file: str) -> tuple[str, int | None, str]:
    """Base name of the file, line in it and a short message.

    Args:
        error: as it was caught, with its traceback.
        file: the author's file as its code was compiled. Lines of libraries that it called are of
            no use to the author: the deepest line in this file is what counts.
    """
    line: int | None = None
    for frame, number in walk_tb(error.__traceback__):
        if frame.f_code.co_filename == file:
            line = number
    if isinstance(error, SyntaxError) and error.filename == file:
        line = error.lineno
    return printable(PurePath(file).name, MAX_FILE), line, _message(error)


def _message(error: BaseException) -> str:
    """The error in one line, without the paths of the machine that OpenCV was built on."""
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)[:_MUCH]
    except Exception:
        text = ""  # its own words fail too
    if any(words in text for words in _READ_ONLY):
        text = "The picture or sound that a filter gets is read-only: write to a copy of it."
    elif type(error).__module__ == "cv2":
        text = text.rpartition("error: ")[2]
    if not isinstance(error, BadFilter):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return printable(" ".join(text.split()), MAX_MESSAGE)
