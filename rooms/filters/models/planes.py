"""The three planes of an I420 picture, as cv2 lays them into one array."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Planes = tuple[Bytes, Bytes, Bytes]
"""Luma (h, w), then both chroma planes (h/2, w/2)."""

GREY: Final = 128
"""Chroma of what has no colour."""


def split(picture: Bytes) -> Planes:
    """Views into a picture of shape (h * 3/2, w), h and w even."""
    rows, width = picture.shape
    height = rows * 2 // 3
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], chroma[0], chroma[1]


def join(planes: Planes) -> Bytes:
    luma, *chroma = planes
    height, width = luma.shape
    picture = np.empty((height * 3 // 2, width), np.uint8)
    for to, plane in zip(split(picture), (luma, *chroma), strict=True):
        to[:] = plane
    return picture


def small_bgr(planes: Planes, size: tuple[int, int]) -> Bytes:
    """The picture shrunk to (width, height), both even, before it is converted: that is cheaper."""
    width, height = size
    luma, first, second = planes
    half = (width // 2, height // 2)
    parts = (
        cv2.resize(luma, size, interpolation=cv2.INTER_AREA),
        cv2.resize(first, half, interpolation=cv2.INTER_AREA),
        cv2.resize(second, half, interpolation=cv2.INTER_AREA),
    )
    return np.asarray(cv2.cvtColor(join(parts), cv2.COLOR_YUV2BGR_I420), np.uint8)  # type: ignore[arg-type]
