"""Text as a stamp, in the fonts that OpenCV brings along.

They have the letters of European languages, Chinese, Japanese and Korean. Emoji, Indic and other
scripts come out as question marks, and Arabic and Hebrew are set from left to right.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from unicodedata import category

import cv2
import numpy as np

from rooms.filters.builtin.stamps import Stamp, stamp

if TYPE_CHECKING:
    from rooms.filters import Colour
    from rooms.filters.builtin.planes import Plane

_WEIGHT: Final = 600
_CANVAS: Final = (16384, 4096)
_ASCENT: Final = 0.95
_LEADING: Final = 1.25
"""Of lines, in sizes of the font; the first line's letters stand `_ASCENT` below its top."""
_WIDE: Final = "\u2e80"
"""From here on scripts that may be broken between any two letters (CJK radicals and up)."""
_STAYS: Final = frozenset({"Zs", "Pe", "Pf", "Po", "Lm"})
"""Kinds of letters that may not begin a line: spaces, closing brackets, full stops (Unicode)."""


@lru_cache(maxsize=1)
def font() -> cv2.FontFace:
    return cv2.FontFace("sans")


def text_width(text: str, size: int) -> int:
    _, _, width, _ = cv2.getTextSize(_CANVAS, text, (0, 0), font(), size, _WEIGHT)
    return width


def broken(text: str, size: int, width: int) -> list[str]:
    """The lines of a text, each at most `width` wide."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        for part in _fitting(word, size, width):
            if line and text_width((line + part).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = ""
            line += part
    return [*lines, line.rstrip()]


def _words(text: str) -> list[str]:
    """Parts between which a line may end; spaces stay with the word before them."""
    words = [""]
    for letter in text:
        ended = words[-1].endswith(" ") or words[-1][-1:] >= _WIDE
        if (ended or letter >= _WIDE) and category(letter) not in _STAYS and words[-1]:
            words.append("")
        words[-1] += letter
    return words


def _fitting(word: str, size: int, width: int) -> list[str]:
    """A word that is wider than a line, in pieces."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width((pieces[-1] + letter).rstrip(), size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def lettered(lines: list[str], size: int, colour: Colour, backdrop: float) -> Stamp:
    """Lines of text on a dark plate with round corners.

    Args:
        lines: none of them broken any further.
        size: of the font in pixels.
        colour: of the letters.
        backdrop: opacity of the plate, 0 to 1. Without one the letters get a dark rim.
    """
    pad = round(size * 0.45)
    leading = round(size * _LEADING)
    width = max(text_width(line, size) for line in lines) + 2 * pad
    height = leading * len(lines) + 2 * round(pad * 0.5)
    letters = np.zeros((height, width), np.uint8)
    for row, line in enumerate(lines):
        left = (width - text_width(line, size)) // 2
        base = round(pad * 0.5) + row * leading + round(size * _ASCENT)
        cv2.putText(letters, line, (left, base), (255,), font(), size, _WEIGHT)
    plate = _plate(width, height, round(size * 0.35), backdrop) if backdrop else _rim(letters)
    bgra = np.zeros((height, width, 4), np.uint8)
    for channel, level in enumerate(colour):
        bgra[:, :, channel] = cv2.convertScaleAbs(letters, alpha=level / 255)
    bgra[:, :, 3] = cv2.max(letters, plate)
    return stamp(bgra)


def _plate(width: int, height: int, radius: int, opacity: float) -> Plane:
    """A rectangle with round corners, drawn four times as large so that they are smooth."""
    scale = 4
    large = np.zeros((height * scale, width * scale), np.uint8)
    right, bottom, round_ = width * scale - 1, height * scale - 1, radius * scale
    cv2.rectangle(large, (round_, 0), (right - round_, bottom), (255,), -1)
    cv2.rectangle(large, (0, round_), (right, bottom - round_), (255,), -1)
    for x in (round_, right - round_):
        for y in (round_, bottom - round_):
            cv2.circle(large, (x, y), round_, (255,), -1)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.convertScaleAbs(small, alpha=opacity)


def _rim(letters: Plane) -> Plane:
    wide = cv2.dilate(letters, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    return cv2.convertScaleAbs(cv2.GaussianBlur(wide, (0, 0), 1.5), alpha=0.9)
