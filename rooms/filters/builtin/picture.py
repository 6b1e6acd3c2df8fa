from __future__ import annotations

import cv2
import numpy as np

from rooms.filters import Image, Param, video_filter
from rooms.filters.builtin.planes import copied
from rooms.filters.builtin.stamps import Stamp, lay, stamp


@video_filter(
    "Picture", format="yuv420", description="A picture of yours on top: a logo, a frame, a hat."
)
class Picture:
    def __init__(self) -> None:
        self._made_of: tuple[Image, tuple[int, int], int] | None = None
        self._stamp: Stamp | None = None

    def __call__(
        self,
        image: Image,
        picture: Image | None = Param.image(),
        x: int = Param(80, 0, 100, unit="%", title="Across"),
        y: int = Param(75, 0, 100, unit="%", title="Down"),
        size: int = Param(30, 2, 200, unit="%"),
        opacity: int = Param(100, 0, 100, unit="%"),
    ) -> Image:
        if picture is None:
            return image
        result, below = copied(image)
        height, width = below.y.shape
        laid = self._ready(picture, _size(picture, width * size / 100, height * 2), opacity)
        left = width * x // 100 - laid.size[0] // 2
        top = height * y // 100 - laid.size[1] // 2
        lay(laid, below, left, top)
        return result

    def _ready(self, picture: Image, size: tuple[int, int], opacity: int) -> Stamp:
        """The stamp of the frame before, as long as nothing of it has changed."""
        made_of = self._made_of
        if (
            self._stamp is None
            or made_of is None
            or made_of[0] is not picture
            or made_of[1:] != (size, opacity)
        ):
            self._stamp = _stamp(picture, size, opacity / 100)
            self._made_of = picture, size, opacity
        return self._stamp


def _size(bgra: Image, width: float, highest: int) -> tuple[int, int]:
    """As wide as asked, unless that makes it too high."""
    height, across = bgra.shape[:2]
    scale = min(width / across, highest / height)
    return max(round(across * scale), 2), max(round(height * scale), 2)


def _stamp(bgra: Image, size: tuple[int, int], opacity: float) -> Stamp:
    """Its colours count by their opacity from the start, so that what is clear does not bleed."""
    way = cv2.INTER_AREA if size[0] < bgra.shape[1] else cv2.INTER_LINEAR
    weighted = cv2.resize(cv2.cvtColor(bgra, cv2.COLOR_RGBA2mRGBA), size, interpolation=way)
    return stamp(np.asarray(cv2.convertScaleAbs(weighted, alpha=opacity), np.uint8))
