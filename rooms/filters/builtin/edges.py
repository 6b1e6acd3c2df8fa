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
    smooth: float = Param(0, 0, 4, step=0.5, unit="px"),
    width: int = Param(1, 1, 8, unit="px", title="Line width"),
    dark: bool = Param.switch(False, title="Dark on light"),
) -> Image:
    height = image.shape[0]
    sigma = pixels(smooth, height)
    source: Plane = cv2.GaussianBlur(image, (0, 0), sigma) if smooth else image
    # a border that is spread over sigma pixels is that much less steep; the same ones stay lines
    steepness = min(1.0, 0.8 / sigma) if smooth else 1.0
    lines: Plane = cv2.Canny(source, min(low, high) * steepness, max(low, high) * steepness)
    thick = round(pixels(width, height))
    if thick > 1:
        lines = cv2.dilate(lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick)))
    ends = (WHITE, BLACK) if dark else (BLACK, WHITE)
    return np.asarray(cv2.LUT(lines, np.linspace(*ends, 256).astype(np.uint8)), np.uint8)
