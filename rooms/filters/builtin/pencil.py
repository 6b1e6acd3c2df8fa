from __future__ import annotations

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
    blurred,
    pixels,
    planes,
    table,
)

_STROKE = 15
"""Length of a stroke of the shading, in pixels of a 360-line picture."""
_FLOOR = 24
"""Added to light before it is compared, so that noise in the dark does not become lines."""
_DARK = 110.0
"""Light under which a part is shaded."""


@video_filter("Pencil", format="yuv420", description="A drawing on paper.")
def pencil(
    image: Image,
    strength: int = Param(40, 0, 100, unit="%"),
    shading: int = Param(40, 0, 100, unit="%"),
    detail: int = Param(14, 4, 40, unit="px", title="Softness"),
    colour: bool = Param.switch(False, title="Coloured pencils"),
) -> Image:
    y, u, v = planes(image)
    height, width = y.shape
    result, into = blank(image)
    soft = blurred(y, pixels(detail, height))
    ratio = cv2.divide(_lifted(cv2.GaussianBlur(y, (3, 3), 0)), _lifted(soft), scale=250)
    drawing = cv2.LUT(ratio, _pressed(strength))
    if shading:
        paper = cv2.addWeighted(soft, 1.0, _hatching(width, height), 0.7, -_DARK)
        drawing = cv2.multiply(drawing, cv2.LUT(paper, _shaded(shading)), scale=1 / 255)
    cv2.LUT(drawing, _paper(), dst=into.y)
    if colour:
        np.copyto(into.u, u)
        np.copyto(into.v, v)
    else:
        into.u.fill(NEUTRAL)
        into.v.fill(NEUTRAL)
    return result


def _lifted(y: Plane) -> Plane:
    return cv2.convertScaleAbs(y, beta=_FLOOR)


@lru_cache(maxsize=2)
def _hatching(width: int, height: int) -> Plane:
    """Slanting strokes: noise, smeared along one direction. Always the same ones."""
    lines = 360
    noise = np.random.default_rng(7).integers(0, 256, (lines, max(lines * width // height, 1)))
    smear = np.fliplr(np.eye(_STROKE, dtype=np.float32)) / _STROKE
    strokes: Plane = cv2.filter2D(noise.astype(np.float32), -1, smear)
    strokes = cv2.GaussianBlur(strokes, (0, 0), 0.6)
    mean, deviation = float(strokes.mean()), float(strokes.std())
    levels: Plane = (strokes - mean) / deviation * 48 + NEUTRAL
    return cv2.resize(np.clip(levels, 0, 255).astype(np.uint8), (width, height))


@lru_cache(maxsize=4)
def _pressed(strength: int) -> Image:
    return table(lambda level: 255 * (level / 255) ** (1 + strength / 20))


@lru_cache(maxsize=4)
def _shaded(shading: int) -> Image:
    """How light the paper stays: the darker the part, the more of its grain is covered."""
    return table(lambda light: 255 * (1 - shading / 100 * 0.75 * (1 - min(1.0, light / _DARK))))


@lru_cache(maxsize=1)
def _paper() -> Image:
    return table(lambda level: BLACK + (WHITE - BLACK) * level / 255)
