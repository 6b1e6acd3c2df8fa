"""Looks that take detail away.

Both are private: who blurs the whole picture does not want a sharp one shown when that fails.
"""

from __future__ import annotations

import cv2

from rooms.filters import Image, Param, video_filter
from rooms.filters.builtin.planes import Plane, blank, blurred, pixels, planes, shrunk


@video_filter("Blur", format="yuv420", private=True, description="The whole picture out of focus.")
def blur(image: Image, radius: float = Param(16, 1, 80, unit="px")) -> Image:
    result, into = blank(image)
    source = planes(image)
    sigma = pixels(radius, source.y.shape[0])
    blurred(source.y, sigma, into.y)
    blurred(source.u, sigma / 2, into.u)
    blurred(source.v, sigma / 2, into.v)
    return result


@video_filter("Pixelate", format="yuv420", private=True, description="Large squares.")
def pixelate(image: Image, size: int = Param(32, 4, 160, unit="px")) -> Image:
    result, into = blank(image)
    source = planes(image)
    height, width = source.y.shape
    side = max(pixels(size, height), 2.0)
    blocks = max(round(width / side), 1), max(round(height / side), 1)
    for plane, place in zip(source, into, strict=True):
        # by whole steps it is fast; by any other factor slow, and then there is little left of it
        less: Plane = plane
        if min(plane.shape) >= 4 * max(blocks):
            less = shrunk(plane, 4)
        small = cv2.resize(less, blocks, interpolation=cv2.INTER_AREA)
        cv2.resize(small, plane.shape[::-1], dst=place, interpolation=cv2.INTER_NEAREST)
    return result
