"""A spotlight that opens while you speak and leaves you in the dark when you are silent."""

from functools import lru_cache

import cv2
import numpy as np

from rooms.filters import Context, Image, Param, video_filter


@lru_cache(maxsize=4)
def distance(height: int, width: int, x: int, y: int) -> Image:
    """How far each pixel is from the middle of the light: 255 is the picture's height."""
    down, across = np.ogrid[:height, :width]
    far = np.hypot(across - width * x / 100, down - height * y / 100) * 255 / height
    return np.minimum(far, 255).astype(np.uint8)


@video_filter("Spotlight", description="Opens while you speak.")
class Spotlight:
    def __init__(self) -> None:
        self.open = 0.0
        self.last = 0.0

    def start(self, context: Context) -> None:
        self.last = context.time

    def __call__(
        self,
        image: Image,
        context: Context,
        x: int = Param(50, 0, 100, unit="%", title="Across"),
        y: int = Param(45, 0, 100, unit="%", title="Down"),
        radius: int = Param(45, 10, 90, unit="%"),
        dark: int = Param(75, 0, 100, unit="%", title="Darkness"),
        always: bool = Param.switch(title="Also in silence"),
    ) -> Image:
        wanted = 1.0 if always or context.speaking or context.hand_raised else 0.0
        passed = min(max(context.time - self.last, 0.0), 1.0)
        self.last = context.time
        self.open += (wanted - self.open) * min(1.0, 4 * passed)  # most of the way in half a second
        edge = 255 * radius / 100 * self.open
        # from full light inside the circle to darkness a little outside of it, by distance
        light = np.clip((edge * 1.25 - np.arange(256)) / (edge * 0.25 + 1), 0, 1)
        table = (255 * (1 - dark / 100 * (1 - light))).astype(np.uint8)
        mask = cv2.LUT(distance(*image.shape[:2], x, y), table)
        return cv2.multiply(image, cv2.merge((mask, mask, mask)), scale=1 / 255)
