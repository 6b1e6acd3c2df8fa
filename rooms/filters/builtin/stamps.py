"""Small pictures laid over the camera's: captions, the clock, pictures that people choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from rooms.filters.builtin.planes import BLACK, NEUTRAL, Plane, Planes, palette

if TYPE_CHECKING:
    from rooms.filters import Image


@dataclass(frozen=True, slots=True)
class Stamp:
    """A picture with transparency, made ready once so that laying it costs little per frame.

    Attributes:
        colour: its planes, each already multiplied with its opacity.
        rest: what stays of the picture below, for y and for u and v; 255 is all.
    """

    colour: Planes
    rest: tuple[Plane, Plane]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, both even."""
        height, width = self.colour.y.shape
        return width, height


def stamp(bgra: Image) -> Stamp:
    """Make a stamp of a picture whose colours are already multiplied with its opacity.

    Args:
        bgra: uint8 (h, w, 4). An odd side gets a clear line.
    """
    whole = np.pad(bgra, ((0, bgra.shape[0] % 2), (0, bgra.shape[1] % 2), (0, 0)))
    height, width = whole.shape[:2]
    half = cv2.resize(whole, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    # the conversion looks at one pixel in four for u and v; so all four are made their mean
    even = cv2.resize(half, (width, height), interpolation=cv2.INTER_NEAREST)
    y = _to_planes(whole).y
    _, u, v = _to_planes(even)
    rest, half_rest = cv2.bitwise_not(whole[:, :, 3]), cv2.bitwise_not(half[:, :, 3])
    colour = Planes(
        _without_base(y, rest, BLACK),
        _without_base(u, half_rest, NEUTRAL),
        _without_base(v, half_rest, NEUTRAL),
    )
    return Stamp(colour, (rest, half_rest))


def lay(stamp: Stamp, picture: Planes, left: int, top: int) -> None:
    """Lay a stamp over a picture, in place; what is outside the picture is cut off.

    Its place is made even, because u and v have half the size.
    """
    height, width = picture.y.shape
    left, top = left // 2 * 2, top // 2 * 2
    x0, x1 = max(left, 0), min(left + stamp.size[0], width)
    y0, y1 = max(top, 0), min(top + stamp.size[1], height)
    if x0 >= x1 or y0 >= y1:
        return
    for plane, colour, rest, scale in (
        (picture.y, stamp.colour.y, stamp.rest[0], 1),
        (picture.u, stamp.colour.u, stamp.rest[1], 2),
        (picture.v, stamp.colour.v, stamp.rest[1], 2),
    ):
        into = plane[y0 // scale : y1 // scale, x0 // scale : x1 // scale]
        part = np.s_[
            (y0 - top) // scale : (y1 - top) // scale, (x0 - left) // scale : (x1 - left) // scale
        ]
        cv2.multiply(into, rest[part], dst=into, scale=1 / 255)
        cv2.add(into, colour[part], dst=into)


def _to_planes(bgra: Plane) -> Planes:
    return palette(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR))


def _without_base(plane: Plane, rest: Plane, base: int) -> Plane:
    """Black is not 0 in a plane: take off what the part that is clear has brought in."""
    return cv2.subtract(plane, cv2.convertScaleAbs(rest, alpha=base / 255))
