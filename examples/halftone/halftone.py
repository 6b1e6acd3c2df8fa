"""Dots as a newspaper prints them: the darker the picture, the larger the dot."""

import math
from functools import lru_cache

import cv2
import numpy as np

from rooms.filters import Colour, Image, Param, video_filter


@lru_cache(maxsize=2)
def screen(height: int, width: int, size: int, angle: int) -> Image:
    """How dark the picture has to be for ink, at each pixel: hills and valleys at an angle."""
    turn = math.radians(angle)
    y, x = np.mgrid[:height, :width]
    across = x * math.cos(turn) + y * math.sin(turn)
    down = y * math.cos(turn) - x * math.sin(turn)
    hills = np.cos(across * math.pi / size) * np.cos(down * math.pi / size)
    return (127.5 + 100 * hills).astype(np.uint8)


@lru_cache(maxsize=2)
def inks(ink: Colour, paper: Colour) -> Image:
    """256 colours from ink to paper."""
    share = np.linspace(0, 1, 256)[:, np.newaxis]
    colours = np.array(ink) * (1 - share) + np.array(paper) * share
    return colours.astype(np.uint8).reshape(256, 1, 3)


@video_filter("Halftone", description="Printed in a newspaper.")
def dots(
    image: Image,
    size: int = Param(6, 3, 24, unit="px", title="Dot size"),
    angle: int = Param(45, 0, 90, unit="°"),
    sharpness: float = Param(4, 1, 12, step=0.5),
    ink: Colour = Param.colour("#1d1b26"),
    paper: Colour = Param.colour("#f4efe2"),
) -> Image:
    gray = cv2.blur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (size, size))
    threshold = screen(*gray.shape[:2], size, angle)
    # 128 where picture and screen are equal; the steeper the slope, the harder the dot's edge
    printed = cv2.addWeighted(gray, sharpness, threshold, -sharpness, 128)
    return cv2.applyColorMap(printed, inks(ink, paper))
