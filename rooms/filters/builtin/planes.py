"""The three planes of an I420 picture, and what several filters do with them.

Most looks are as good on these planes as on BGR, and cost a fraction: half the bytes, and no
conversion there and back. Black is 16 and white 235 in luma, 128 is no colour in U and V
(ITU-R BT.601, limited range: what cameras send and browsers show).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

    from rooms.filters import Colour, Image

Plane = npt.NDArray[Any]
"""uint8 (h, w). Of any element type, because that is how OpenCV's functions are annotated."""

BLACK: Final = 16
WHITE: Final = 235
NEUTRAL: Final = 128
_NORMAL_HEIGHT: Final = 720


class Planes(NamedTuple):
    """Views into one picture: y (h, w), u and v (h / 2, w / 2)."""

    y: Plane
    u: Plane
    v: Plane


def planes(image: Image) -> Planes:
    """Views of the planes of an I420 picture (h * 3 / 2, w)."""
    height, width = image.shape[0] * 2 // 3, image.shape[1]
    flat = image.reshape(-1)
    size, half = height * width, (height // 2, width // 2)
    return Planes(
        flat[:size].reshape(height, width),
        flat[size : size * 5 // 4].reshape(half),
        flat[size * 5 // 4 :].reshape(half),
    )


def blank(image: Image) -> tuple[Image, Planes]:
    """A picture of the same size to be filled in, and its planes."""
    result = np.empty(image.shape, np.uint8)
    return result, planes(result)


def copied(image: Image) -> tuple[Image, Planes]:
    result = image.copy(order="C")
    return result, planes(result)


def pixels(length: float, height: int) -> float:
    """A length in pixels of a 720-line picture, in those of one with `height` lines.

    So an effect looks the same whatever size the camera sends just now.
    """
    return length * height / _NORMAL_HEIGHT


def table(value: Callable[[float], float]) -> Image:
    """A lookup table for `cv2.LUT`: `value` of 0..255, rounded and saturated."""
    values = [value(float(level)) for level in range(256)]
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def blurred(plane: Plane, sigma: float, into: Plane | None = None) -> Plane:
    """Gaussian blur; a wide one of a smaller copy, which costs a fraction and looks the same."""
    height, width = plane.shape
    scale = max(int(sigma / 2), 1)
    if scale == 1:
        return cv2.GaussianBlur(plane, (0, 0), max(sigma, 0.3), dst=into)
    soft = cv2.GaussianBlur(shrunk(plane, scale), (0, 0), sigma / scale)
    return cv2.resize(soft, (width, height), dst=into, interpolation=cv2.INTER_LINEAR)


def shrunk(plane: Plane, scale: int) -> Plane:
    """A copy with sides `scale` times shorter."""
    height, width = plane.shape
    size = max(width // scale, 1), max(height // scale, 1)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def yuv(colour: Colour) -> tuple[int, int, int]:
    """A colour (blue, green, red) as (y, u, v)."""
    y, u, v = palette(np.array([[colour]] * 2, np.uint8).repeat(2, axis=1))
    return int(y[0, 0]), int(u[0, 0]), int(v[0, 0])


def palette(bgr: Plane) -> Planes:
    """The planes of a BGR picture with even sides."""
    return planes(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8))


def mixed(below: Plane, above: Plane, share: Plane, into: Plane) -> None:
    """Lay `above` over `below`: of each pixel the share that `share` says, 255 is all.

    The result goes to `into`, which may be `below`.
    """
    over = cv2.multiply(above, share, scale=1 / 255)
    under = cv2.multiply(below, cv2.bitwise_not(share), scale=1 / 255)
    cv2.add(over, under, dst=into)
