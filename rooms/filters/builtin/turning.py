from __future__ import annotations

import math

import cv2
import numpy as np

from rooms.filters import Image, Param, video_filter
from rooms.filters.builtin.planes import BLACK, NEUTRAL, Plane, blank, planes

_FLIPS = {"across": 1, "down": 0, "both": -1}


@video_filter("Mirror", format="yuv420", description="Left and right change sides, or halves meet.")
def mirror(
    image: Image,
    mode: str = Param.choice(
        "across",
        {
            "across": "Left to right",
            "down": "Upside down",
            "both": "Both",
            "left": "Left half twice",
            "right": "Right half twice",
        },
    ),
) -> Image:
    result, into = blank(image)
    for plane, place in zip(planes(image), into, strict=True):
        if mode in _FLIPS:
            cv2.flip(plane, _FLIPS[mode], dst=place)
        else:
            _doubled(plane, place, left=mode == "left")
    return result


@video_filter("Rotate", format="yuv420", description="The picture turned; its size stays.")
def rotate(
    image: Image,
    angle: int = Param(90, -180, 180, unit="°"),
    fill: bool = Param.switch(False, title="Fill the frame"),
) -> Image:
    result, into = blank(image)
    source = planes(image)
    height, width = source.y.shape
    zoom = _zoom(width, height, math.radians(angle), fill=fill)
    for plane, place, empty in zip(source, into, (BLACK, NEUTRAL, NEUTRAL), strict=True):
        rows, columns = plane.shape
        # (n - 1) / 2 is the middle of n pixels whose centres are 0 to n - 1
        middle = ((columns - 1) / 2, (rows - 1) / 2)
        turn = cv2.getRotationMatrix2D(middle, -angle, zoom)
        cv2.warpAffine(
            plane,
            turn,
            (columns, rows),
            dst=place,
            flags=cv2.INTER_LINEAR,
            # a filled frame reaches less than a pixel beyond the picture's border
            borderMode=cv2.BORDER_REPLICATE if fill else cv2.BORDER_CONSTANT,
            borderValue=(empty,),
        )
    return result


def _doubled(plane: Plane, into: Plane, *, left: bool) -> None:
    width = plane.shape[1]
    half = (width + 1) // 2
    kept = np.s_[:, :half] if left else np.s_[:, width - half :]
    other = np.s_[:, width - half :] if left else np.s_[:, :half]
    into[other] = cv2.flip(plane[kept], 1)
    into[kept] = plane[kept]


def _zoom(width: int, height: int, angle: float, *, fill: bool) -> float:
    """How much larger the turned picture is made to leave no corner empty, or to be seen whole."""
    cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
    across = (width * cosine + height * sine) / width
    down = (width * sine + height * cosine) / height
    return max(across, down) if fill else 1 / max(across, down)
