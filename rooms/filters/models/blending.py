"""Laying one picture over another, plane by plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from rooms.filters.builtin.planes import Plane, Planes, palette, planes

if TYPE_CHECKING:
    from rooms.filters.formats import Colour, Image
    from rooms.filters.models.segmentation import Mask

_SURELY_NOT: Final = 0.01
"""Least weight of a person's pixels in the background: where there is nothing else, they count."""
_LEAST_SHARE: Final = 0.5
"""Of a person in a pixel, to be solved for: noise grows with its inverse."""


def over(front: Planes, back: Planes, mask: Mask) -> Image:
    """The I420 picture with `front` where `mask` (h, w) is 1 and `back` where it is 0."""
    small = cv2.resize(mask, (mask.shape[1] // 2, mask.shape[0] // 2))
    masks = (mask, small, small)
    height, width = mask.shape
    picture = np.empty((height * 3 // 2, width), np.uint8)
    for to, one, other, part in zip(planes(picture), front, back, masks, strict=True):
        cv2.blendLinear(one, other, part, 1 - part, to)
    return picture


def blurred_around(picture: Planes, mask: Mask, sigma: float) -> Planes:
    """The picture blurred as if whoever is in the mask were not there: no halo of their colours.

    Blurred pixels are means of weighed ones, a person's weigh next to nothing. It is done on a
    smaller picture, the blur hides it.

    Args:
        picture: its planes.
        mask: of its luma's shape.
        sigma: of the Gaussian, in pixels of the luma.
    """
    shrink = max(1, min(8, int(sigma / 2)))
    height, width = mask.shape
    size = (max(2, width // shrink), max(2, height // shrink))
    # Wider than the person: their edge is soft and would bleed.
    person = cv2.dilate(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.ones((3, 3)))
    weight = np.maximum(1 - np.asarray(person, np.float32), np.float32(_SURELY_NOT))
    total = cv2.GaussianBlur(weight, (0, 0), sigma / shrink)

    def blurred(plane: Plane) -> Plane:
        small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        weighed = cv2.multiply(weight, small, dtype=cv2.CV_32F)
        sums = cv2.GaussianBlur(weighed, (0, 0), sigma / shrink)
        mean = cv2.divide(sums, total, dtype=cv2.CV_8U)
        large = (plane.shape[1], plane.shape[0])
        return np.asarray(cv2.resize(mean, large, interpolation=cv2.INTER_LINEAR), np.uint8)

    return Planes(blurred(picture.y), blurred(picture.u), blurred(picture.v))


def exchanged(front: Planes, behind: Planes, back: Planes, mask: Mask) -> Image:
    """As `over`, and what shines in from `behind` at the edges of the mask is exchanged as well.

    There a pixel is `mask * person + (1 - mask) * behind`. Solved for the person, and put over
    `back`, that is a sum of the three pictures with weights that make one.
    """
    height, width = mask.shape
    own = np.minimum(mask * np.float32(1 / _LEAST_SHARE), np.float32(1))
    weights = (own, mask - own, 1 - mask)
    half = (width // 2, height // 2)
    small = tuple(np.asarray(cv2.resize(weight, half), np.float32) for weight in weights)
    picture = np.empty((height * 3 // 2, width), np.uint8)
    for to, *three, parts in zip(
        planes(picture), front, behind, back, (weights, small, small), strict=True
    ):
        total = cv2.multiply(three[0], parts[0], dtype=cv2.CV_32F)
        cv2.add(total, cv2.multiply(three[1], parts[1], dtype=cv2.CV_32F), total)
        cv2.add(total, cv2.multiply(three[2], parts[2], dtype=cv2.CV_32F), to, dtype=cv2.CV_8U)
    return picture


def backdrop(colour: Colour, shape: tuple[int, int]) -> Planes:
    """A wall of one colour, of luma shape (h, w), lit in the middle."""
    height, width = shape
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    light = 1.2 - 0.35 * (across * across + down * down)
    wall = np.clip(light[..., None] * np.asarray(colour, np.float32), 0, 255).astype(np.uint8)
    return palette(wall)


def covering(picture: Image, colour: Colour, shape: tuple[int, int]) -> Planes:
    """A BGRA picture cut to cover (h, w), on a colour where it is transparent."""
    height, width = shape
    rows, columns = picture.shape[:2]
    scale = max(width / columns, height / rows)
    size = (max(width, round(columns * scale)), max(height, round(rows * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    large = np.asarray(cv2.resize(picture, size, interpolation=how), np.float32)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    cut = large[top : top + height, left : left + width]
    alpha = cut[..., 3:] / 255
    bgr = (cut[..., :3] * alpha + np.asarray(colour, np.float32) * (1 - alpha)).astype(np.uint8)
    return palette(bgr)
