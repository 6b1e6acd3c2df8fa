"""Pictures with a person in them, and filters to try on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from rooms.filters.builtin.planes import Planes, planes
from rooms.filters.context import Context
from tests.support.goldens import portrait

if TYPE_CHECKING:
    from rooms.filters import Image

FACE: Final = (232, 101, 133, 133)
"""Left, top, width and height of the portrait's face, which is 640x360."""
EYES: Final = ((263, 137), (322, 137))
WALL: Final = (slice(40, 120), slice(414, 460))
"""A plain part of the background, near the hair."""
ROCKET: Final = (slice(120, 330), slice(490, 600))
CHEEKS: Final = (slice(150, 200), slice(255, 330))


def portrait_planes(bgr: Image | None = None) -> Planes:
    picture = portrait() if bgr is None else bgr
    return planes(as_yuv(picture))


def as_yuv(bgr: Image) -> Image:
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)


def as_bgr(yuv: Image) -> Image:
    return np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR_I420), np.uint8)


def fitting(size: tuple[int, int]) -> Image:
    """The portrait with its face in the middle, cut and scaled to (width, height)."""
    width, height = size
    whole = portrait()
    across = min(640, round(360 * width / height))
    left = min(max(0, 298 - across // 2), 640 - across)
    part = whole[:, left : left + across]
    down = round(across * height / width)
    return np.asarray(cv2.resize(part[:down], size, interpolation=cv2.INTER_AREA), np.uint8)


def turned(bgr: Image, degrees: float, scale: float = 1.0) -> Image:
    """Counter-clockwise about the portrait's face."""
    matrix = cv2.getRotationMatrix2D((298, 168), degrees, scale)
    size = (bgr.shape[1], bgr.shape[0])
    turned_ = cv2.warpAffine(bgr, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned_, np.uint8)


def moved(bgr: Image, right: int) -> Image:
    matrix = np.array(((1, 0, right), (0, 1, 0)), np.float32)
    size = (bgr.shape[1], bgr.shape[0])
    return np.asarray(cv2.warpAffine(bgr, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def empty() -> Image:
    """A room with nobody in it."""
    return np.random.default_rng(2).normal(120, 6, (360, 640, 3)).astype(np.uint8)


def detail(bgr: Image) -> float:
    """How much a part of a picture changes from pixel to pixel."""
    gray = np.asarray(cv2.cvtColor(np.ascontiguousarray(bgr), cv2.COLOR_BGR2GRAY), np.uint8)
    return float(cv2.Laplacian(gray, cv2.CV_32F).std())


def started(made: Any) -> Any:
    """An instance of a filter, as the chain begins it."""
    made.start(Context())
    return made
