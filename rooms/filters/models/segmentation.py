"""Where the people are in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rooms.filters.builtin.planes import planes as planes_of
from rooms.filters.models import shipped

if TYPE_CHECKING:
    from rooms.filters.builtin.planes import Planes
    from rooms.filters.formats import Image

Mask = NDArray[np.floating[Any]]

SIZE: Final = (256, 144)
"""Of the net's input and output: width, height. Other shapes are stretched to it."""

CALM: Final = 0.25
"""Share of the new mask where it hardly differs from the last one, against flicker."""
HASTE: Final = 1.0
"""How fast that share grows with the difference, so that nobody drags a shadow along."""

RADIUS: Final = 4
SMOOTHNESS: Final = 2e-4
FLAT: Final = 1e-3
"""Variance of the luma under which it tells nothing of an edge; the mask as it is does better."""
LOW, HIGH = 0.1, 0.9
"""What is surely background, and surely a person, once edges are refined."""
_NEAR = np.ones((5, 5), np.uint8)


class Segmenter:
    """Masks for the pictures of one stream, 1.0 where a person is.

    The net sees a small picture. Its mask is steadied against the one before, then fitted to the
    edges of the luma as a guided filter does (He, Sun: Fast Guided Filter, arXiv:1505.00996): at
    the small size the mask is explained as `gain * luma + offset` around every pixel, and those
    two are what is enlarged, so that edges come from the large luma.
    """

    def __init__(self) -> None:
        self._net = shipped("selfie_segmentation_landscape")
        self._mask: Mask | None = None
        self._shape: tuple[int, ...] = ()
        self._skipped = False

    def mask(self, planes: Planes, *, every_second: bool = False) -> Mask:
        """The mask of the next picture, of the luma's shape (h, w), from 0.0 to 1.0.

        `every_second` runs the net for every second picture and keeps the mask for the other:
        half the work, for edges that lag by a picture.
        """
        luma = planes.y
        if luma.shape != self._shape:
            self._shape, self._mask = luma.shape, None
        self._skipped = every_second and not self._skipped and self._mask is not None
        if self._mask is None or not self._skipped:
            self._mask = self._steadied(self._seen(planes))
        return _fitted(self._mask, luma)

    def _seen(self, planes: Planes) -> Mask:
        small = _shrunk(planes)
        self._net.setInput(cv2.dnn.blobFromImage(small, 1 / 255, swapRB=True))
        answer: Mask = np.asarray(self._net.forward(), np.float32)[0, 0]
        return answer

    def _steadied(self, new: Mask) -> Mask:
        if self._mask is None:
            return new
        change = new - self._mask
        share = np.minimum(np.abs(change) * np.float32(HASTE) + np.float32(CALM), 1)
        return _float(self._mask + change * share)


def _shrunk(planes: Planes) -> Image:
    """The BGR picture that the net sees; planes are shrunk before conversion, which is cheaper."""
    width, height = SIZE
    half = (width // 2, height // 2)
    small = np.empty((height * 3 // 2, width), np.uint8)
    to = planes_of(small)
    cv2.resize(planes.y, SIZE, to.y, interpolation=cv2.INTER_AREA)
    cv2.resize(planes.u, half, to.u, interpolation=cv2.INTER_AREA)
    cv2.resize(planes.v, half, to.v, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_YUV2BGR_I420), np.uint8)


def _fitted(mask: Mask, luma: NDArray[np.uint8]) -> Mask:
    guide = _float(cv2.resize(luma, SIZE, interpolation=cv2.INTER_AREA)) / np.float32(255)
    mean, mean_mask = _around(guide), _around(mask)
    variance = _around(guide * guide) - mean * mean
    slope = (_around(guide * mask) - mean * mean_mask) / (variance + np.float32(SMOOTHNESS))
    offset = _around(mean_mask - slope * mean)
    trust = variance / (variance + np.float32(FLAT))
    offset = _float(trust * offset + (1 - trust) * _float(cv2.blur(mask, (3, 3))))
    stretch = np.float32(1 / (HIGH - LOW))
    gain = _float(_around(slope) * trust * (stretch / 255))
    offset = _float((offset - np.float32(LOW)) * stretch)
    height, width = luma.shape

    def large(values: Mask) -> Mask:
        return _float(cv2.resize(values, (width, height)))

    # The camera's noise would be seen as flicker of the edges.
    calm = cv2.GaussianBlur(luma, (3, 3), 0)
    fitted = cv2.multiply(large(gain), calm, dtype=cv2.CV_32F)
    cv2.add(fitted, large(offset), fitted)
    # Texture inside, or near, a person is no edge.
    cv2.max(fitted, large(_float(cv2.blur(cv2.erode(mask, _NEAR), (3, 3)))), fitted)
    cv2.min(fitted, large(_float(cv2.blur(cv2.dilate(mask, _NEAR), (3, 3)))), fitted)
    return _float(fitted)


def _float(values: object) -> Mask:
    return np.asarray(values, np.float32)


def _around(values: Mask) -> Mask:
    """The mean over the square around every pixel."""
    return np.asarray(cv2.blur(values, (2 * RADIUS + 1, 2 * RADIUS + 1)), np.float32)
