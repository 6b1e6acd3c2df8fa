"""Smooth shapes with transparency, drawn in units of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rooms.filters import Colour, Image

SCALE: Final = 120
"""Pixels of a unit in the finished drawing."""
LEVELS: Final = 4
FINER: Final = 2
"""It is drawn so many times as large, then shrunk: smooth edges also inside."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished drawing.

    Attributes:
        pictures: BGRA, colours multiplied with their opacity; each half the size of the one before,
            for being drawn small without flicker.
        left: of its edge, in units; so `top`.
    """

    pictures: tuple[Image, ...]
    left: float
    top: float

    def sized(self, unit: float) -> tuple[Image, float]:
        """The picture to draw with so many pixels a unit, and how many it has itself."""
        level = 0
        while level + 1 < len(self.pictures) and SCALE / 2 ** (level + 1) >= unit:
            level += 1
        return self.pictures[level], SCALE / 2**level


def drawing(bgra: NDArray[Any], left: float, top: float) -> Drawing:
    """Finish a picture (h, w, 4) whose colours are multiplied with their opacity."""
    pictures = []
    for level in range(LEVELS):
        size = (max(1, bgra.shape[1] >> level), max(1, bgra.shape[0] >> level))
        small = cv2.resize(bgra, size, interpolation=cv2.INTER_AREA)
        pictures.append(np.clip(np.rint(small), 0, 255).astype(np.uint8))
    return Drawing(tuple(pictures), left, top)


class Sheet:
    """Something to draw on; `right` and `bottom` are those edges in units."""

    def __init__(self, left: float, top: float, right: float, bottom: float) -> None:
        self._origin = np.array((left, top))
        size = np.array((right - left, bottom - top)) * SCALE * FINER
        width, height = size.astype(int)
        self._drawn = np.zeros((height, width, 4), np.float32)

    def shape(self, points: Sequence[Point], colour: Colour, opacity: float = 1.0) -> None:
        """Fill the smooth closed curve through points."""
        self.fill(_smooth(points), colour, opacity)

    def polygon(self, points: Sequence[Point], colour: Colour, opacity: float = 1.0) -> None:
        self.fill(np.array(points), colour, opacity)

    def oval(
        self, centre: Point, radii: Point, colour: Colour, opacity: float = 1.0, power: float = 2.0
    ) -> None:
        """Fill an ellipse; with a higher power its corners fill out (a superellipse)."""
        self.fill(_oval(centre, radii, power), colour, opacity)

    def ring(
        self, centre: Point, radii: Point, colour: Colour, width: float, power: float = 2.0
    ) -> None:
        """Draw the outline of an oval."""
        outline = _oval(centre, radii, power)
        self._stroke(np.concatenate((outline, outline[:1])), colour, width)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """Draw the smooth open curve through points."""
        self._stroke(_smooth(points, closed=False), colour, width)

    def fill(self, outline: NDArray[Any], colour: Colour, opacity: float = 1.0) -> None:
        mask = np.zeros(self._drawn.shape[:2], np.uint8)
        pixels = self._pixels(outline)
        cv2.fillPoly(mask, [pixels], 255, cv2.LINE_AA, 4)
        self._lay(mask, pixels, 1, colour, opacity)

    def finished(self) -> Drawing:
        height, width = self._drawn.shape[:2]
        size = (width // FINER, height // FINER)
        small = cv2.resize(self._drawn, size, interpolation=cv2.INTER_AREA)
        left, top = self._origin
        return drawing(small, float(left), float(top))

    def _stroke(self, points: NDArray[Any], colour: Colour, width: float) -> None:
        mask = np.zeros(self._drawn.shape[:2], np.uint8)
        thick = max(1, round(width * SCALE * FINER))
        pixels = self._pixels(points)
        cv2.polylines(mask, [pixels], False, 255, thick, cv2.LINE_AA, 4)
        self._lay(mask, pixels, thick, colour, 1.0)

    def _pixels(self, points: NDArray[Any]) -> NDArray[np.int32]:
        """In sixteenths of a pixel."""
        finest = (points - self._origin) * (SCALE * FINER * 16)
        return np.asarray(np.rint(finest), np.int32)

    def _lay(
        self,
        mask: NDArray[np.uint8],
        pixels: NDArray[np.int32],
        margin: int,
        colour: Colour,
        opacity: float,
    ) -> None:
        """Lay a colour where the mask says; it is empty further than `margin` from `pixels`."""
        left, top = np.maximum(pixels.min(axis=0) // 16 - margin - 1, 0)
        right, bottom = pixels.max(axis=0) // 16 + margin + 2
        part = self._drawn[top:bottom, left:right]
        share = mask[top:bottom, left:right, None] * np.float32(opacity / 255)
        part *= 1 - share
        part += share * np.array((*colour, 255), np.float32)


def _smooth(points: Sequence[Point], *, closed: bool = True) -> NDArray[Any]:
    """A Catmull-Rom spline through points."""
    known = np.array(points, float)
    if closed:
        around = np.concatenate((known[-1:], known, known[:2]))
    else:
        around = np.concatenate((known[:1], known, known[-1:]))
    t = np.linspace(0, 1, 16, endpoint=False)[:, None]
    parts = []
    for before, start, end, after in zip(around, around[1:], around[2:], around[3:], strict=False):
        bend = 2 * before - 5 * start + 4 * end - after
        twist = 3 * (start - end) + after - before
        parts.append(start + 0.5 * t * ((end - before) + t * (bend + t * twist)))
    if not closed:
        parts.append(known[-1:])
    return np.concatenate(parts)


def _oval(centre: Point, radii: Point, power: float) -> NDArray[Any]:
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    ways = np.stack((np.cos(turn), np.sin(turn)), axis=1)
    outline: NDArray[Any] = np.sign(ways) * np.abs(ways) ** (2 / power) * radii + centre
    return outline


def shade(colour: Colour, light: float) -> Colour:
    """A colour made darker (below 1) or lighter."""
    blue, green, red = (min(255, round(part * light)) for part in colour)
    return blue, green, red


def mirrored(points: Sequence[Point]) -> list[Point]:
    return [(-x, y) for x, y in points]
