from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.builtin.planes import (
    BLACK,
    NEUTRAL,
    WHITE,
    Plane,
    blank,
    mixed,
    planes,
    table,
    yuv,
)


@video_filter(
    "Motion", format="yuv420", category="time", description="What moves lights up and fades."
)
class Motion:
    def __init__(self) -> None:
        self._before: Plane | None = None
        self._heat: Plane | None = None
        self._time = 0.0

    def __call__(
        self,
        image: Image,
        context: Context,
        sensitivity: int = Param(60, 0, 100, unit="%"),
        linger: float = Param(0.6, 0, 3, step=0.1, unit="s"),
        colour: Colour = Param.colour("#35ff8a"),
        rest: str = Param.choice("gray", {"keep": "As it is", "gray": "Gray", "dark": "Dark"}),
    ) -> Image:
        y, u, v = planes(image)
        heat = self._warmed(y, u.shape, sensitivity, linger, context.time)
        result, into = blank(image)
        tint = yuv(colour)
        for plane, place, level in ((u, into.u, tint[1]), (v, into.v, tint[2])):
            still = plane if rest == "keep" else np.full_like(plane, NEUTRAL)
            mixed(still, np.full_like(plane, level), heat, place)
        still = y if rest == "keep" else cv2.LUT(y, _dimmed(rest))
        glow = cv2.LUT(y, _glowing(tint[0]))
        mixed(still, glow, cv2.resize(heat, y.shape[::-1]), into.y)
        return result

    def _warmed(
        self, y: Plane, size: tuple[int, ...], sensitivity: int, linger: float, time: float
    ) -> Plane:
        """How much each part has moved lately, 0 to 255, in the size of the chroma planes."""
        half = cv2.resize(y, size[::-1], interpolation=cv2.INTER_AREA)
        now = cv2.GaussianBlur(half, (5, 5), 0)
        before, heat = self._before, self._heat
        passed, self._time = max(time - self._time, 0.0), time
        self._before = now
        if before is None or heat is None or before.shape != now.shape:
            self._heat = np.zeros_like(now)
            return self._heat
        moved = cv2.LUT(cv2.absdiff(now, before), _noticed(sensitivity))
        moved = cv2.GaussianBlur(cv2.dilate(moved, np.ones((3, 3), np.uint8)), (7, 7), 0)
        left = 0.5 ** (passed / (linger / 3)) if linger else 0.0
        self._heat = cv2.max(moved, cv2.convertScaleAbs(heat, alpha=left))
        return self._heat


@lru_cache(maxsize=4)
def _noticed(sensitivity: int) -> Image:
    """From a difference between two frames to heat; small ones are the camera's noise."""
    threshold = 2 + (100 - sensitivity) * 0.3
    return table(lambda difference: (difference - threshold) * 255 / (threshold + 4))


@lru_cache(maxsize=2)
def _dimmed(rest: str) -> Image:
    share = 0.3 if rest == "dark" else 0.75
    return table(lambda level: BLACK + (level - BLACK) * share)


@lru_cache(maxsize=4)
def _glowing(light: int) -> Image:
    """The picture's own light, drawn toward that of the tint."""
    return table(lambda level: min(0.55 * level + 0.55 * light, WHITE))
