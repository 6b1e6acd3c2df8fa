"""Flat colours and ink lines, after Winnemöller, Real-Time Video Abstraction (2006)."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from rooms.filters import Image, Param, video_filter
from rooms.filters.builtin.planes import (
    BLACK,
    NEUTRAL,
    WHITE,
    Plane,
    blank,
    pixels,
    planes,
    shrunk,
    table,
)

_SMALL = 200
"""Lines that are enough to tell flat parts from borders."""
_CONTRAST = 10.0
_THRESHOLD = 118.0
_SOFTNESS = 40.0


@video_filter("Cartoon", format="yuv420", description="Flat colours and ink lines.")
def cartoon(
    image: Image,
    line: float = Param(4, 0, 10, step=0.5, unit="px", title="Line weight"),
    flatten: int = Param(60, 0, 100, unit="%"),
) -> Image:
    y, u, v = planes(image)
    result, into = blank(image)
    share = flatten / 100
    flat = _flattened(y, share) if flatten else y
    for plane, place in ((u, into.u), (v, into.v)):
        cv2.LUT(cv2.medianBlur(plane, 5) if flatten else plane, _vivid(flatten), dst=place)
    if line:
        cv2.multiply(flat, _ink(y, pixels(line, y.shape[0])), dst=into.y, scale=1 / 255)
        np.maximum(into.y, BLACK, out=into.y)
    else:
        np.copyto(into.y, flat)
    return result


def _flattened(y: Plane, share: float) -> Plane:
    """Smooth inside of borders, then fewer levels of light.

    A guided filter (He, 2010) whose coefficients come from a small copy: its cost hardly grows with
    the picture, and it stays in bytes, for large arrays of floats cost more than the arithmetic.
    """
    height, width = y.shape
    scale = max(round(height / _SMALL), 1)
    small = shrunk(y, scale)
    window = (7, 7)
    mean = cv2.boxFilter(small, cv2.CV_32F, window)
    variance = cv2.sqrBoxFilter(small, cv2.CV_32F, window) - mean * mean
    slope = variance / (variance + (6 + 60 * share) ** 2)
    offset = mean - slope * mean
    slopes = cv2.convertScaleAbs(cv2.boxFilter(slope, -1, window), alpha=255)
    offsets = cv2.convertScaleAbs(cv2.boxFilter(offset, -1, window))
    product = cv2.multiply(cv2.resize(slopes, (width, height)), y, scale=1 / 255)
    smooth = cv2.add(product, cv2.resize(offsets, (width, height)))
    return cv2.LUT(smooth, _steps(round(11 - 7 * share), 1 + 7 * share))


def _ink(y: Plane, weight: float) -> Plane:
    """Dark lines: 255 is none. The difference of two blurs, thresholded softly (XDoG)."""
    sigma = 0.55 * weight + 0.3
    scale = max(int(sigma / 1.2), 1)
    small = shrunk(y, scale) if scale > 1 else y
    near = cv2.GaussianBlur(small, (0, 0), sigma / scale)
    far = cv2.GaussianBlur(small, (0, 0), sigma / scale * 1.6)
    difference = cv2.addWeighted(near, _CONTRAST, far, -0.98 * _CONTRAST, NEUTRAL)
    if scale > 1:
        difference = cv2.resize(difference, y.shape[::-1])
    return cv2.LUT(difference, _inking())


@lru_cache(maxsize=1)
def _inking() -> Image:
    def light(value: float) -> float:
        return 255 * (1 + math.tanh(min(value - _THRESHOLD, 0) / _SOFTNESS))

    return table(light)


@lru_cache(maxsize=4)
def _steps(levels: int, hardness: float) -> Image:
    """Light in `levels` steps; soft ones do not flicker where the camera's noise crosses them."""
    step = (WHITE - BLACK) / levels

    def light(value: float) -> float:
        place = (min(max(value, BLACK), WHITE) - BLACK) / step
        floor = math.floor(place)
        rise = math.tanh((place - floor - 0.5) * hardness) / math.tanh(0.5 * hardness)
        return BLACK + (floor + 0.5 + 0.5 * rise) * step

    return table(light)


@lru_cache(maxsize=4)
def _vivid(flatten: int) -> Image:
    return table(lambda value: NEUTRAL + (value - NEUTRAL) * (1 + 0.006 * flatten))
