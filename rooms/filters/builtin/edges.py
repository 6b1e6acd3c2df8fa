from __future__ import annotations

import cv2
import numpy as np

from rooms.filters import Image, Param, video_filter
from rooms.filters.builtin.planes import BLACK, WHITE, Plane, pixels


@video_filter("Edges", format="gray", description="Outlines alone (Canny).")
def edges(
    image: Image,
    low: float = Param(100, 0, 1000, step=5, title="Weak edges"),
    high: float = Param(200, 0, 1000, step=5, title="Strong edges"),
    smooth: int = Param(0, 0, 10, unit="px"),
    width: int = Param(1, 1, 8, unit="px", title="Line width"),
    dark: bool = Param.switch(False, title="Dark on light"),
) -> Image:
    height = image.shape[0]
    source: Plane = image
    if smooth:
        source = cv2.GaussianBlur(source, (0, 0), max(pixels(smooth, height), 0.3))
    lines: Plane = cv2.Canny(source, min(low, high), max(low, high))
    thick = round(pixels(width, height))
    if thick > 1:
        lines = cv2.dilate(lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick)))
    ends = (WHITE, BLACK) if dark else (BLACK, WHITE)
    return np.asarray(cv2.LUT(lines, np.linspace(*ends, 256).astype(np.uint8)), np.uint8)
