"""I420 pictures for tests of filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rooms.filters.builtin.planes import planes
from rooms.filters.scenes import moving_picture

if TYPE_CHECKING:
    from rooms.filters import Image

SIZES = ((640, 360), (160, 90), (90, 160), (322, 182))
"""Also those whose chroma planes end in the middle of a row of the array."""


def scene(width: int = 160, height: int = 90) -> Image:
    """Something to look at, read-only as filters get it."""
    return sealed(moving_picture(width, height, 0))


def plain(y: int, u: int = 128, v: int = 128, width: int = 160, height: int = 90) -> Image:
    """One colour everywhere."""
    image = np.empty((height * 3 // 2, width), np.uint8)
    for plane, level in zip(planes(image), (y, u, v), strict=True):
        plane.fill(level)
    return sealed(image)


def with_square(image: Image, x: int, y: int, side: int, light: int) -> Image:
    """A copy with a square of that light."""
    copy = image.copy()
    planes(copy).y[y : y + side, x : x + side] = light
    return sealed(copy)


def sealed(image: Image) -> Image:
    image.flags.writeable = False
    return image


def apart(one: Image, other: Image) -> int:
    """The largest difference of two pictures."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max())
