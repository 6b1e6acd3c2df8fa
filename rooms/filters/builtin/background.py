"""Filters of what is behind people."""

from __future__ import annotations

from typing import Final

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.builtin.planes import Planes, planes
from rooms.filters.models.blending import backdrop, blurred_around, covering, exchanged, over
from rooms.filters.models.segmentation import Segmenter

QUALITY: Final = {"best": "Best", "fast": "Fast"}
WIDEST: Final = 0.12
"""The strongest blur's sigma, as a part of the picture's height."""
SPILL: Final = 0.03
"""Sigma that tells what of the old background shines through hair, in the same unit."""


@video_filter(
    "Background blur",
    format="yuv420",
    private=True,
    category="background",
    description="Keeps people sharp and blurs what is behind them.",
)
class BackgroundBlur:
    def start(self, context: Context) -> None:
        self._segmenter = Segmenter()

    def __call__(
        self,
        image: Image,
        strength: int = Param(50, 5, 100, step=5, unit="%", title="Blur"),
        quality: str = Param.choice("best", QUALITY),
    ) -> Image:
        parts = planes(image)
        mask = self._segmenter.mask(parts, every_second=quality == "fast")
        sigma = WIDEST * mask.shape[0] * strength / 100
        return over(parts, blurred_around(parts, mask, sigma), mask)


@video_filter(
    "Background replace",
    format="yuv420",
    private=True,
    category="background",
    description="Puts people before a picture or a colour.",
)
class BackgroundReplace:
    def start(self, context: Context) -> None:
        self._segmenter = Segmenter()
        self._back: Planes | None = None
        self._made_of: tuple[Image | None, Colour, tuple[int, ...]] | None = None

    def __call__(
        self,
        image: Image,
        picture: Image | None = Param.image(),
        colour: Colour = Param.colour("#3a6b4a"),
        quality: str = Param.choice("best", QUALITY),
    ) -> Image:
        parts = planes(image)
        mask = self._segmenter.mask(parts, every_second=quality == "fast")
        behind = blurred_around(parts, mask, SPILL * mask.shape[0])
        return exchanged(parts, behind, self._backdrop(picture, colour, parts), mask)

    def _backdrop(self, picture: Image | None, colour: Colour, front: Planes) -> Planes:
        height, width = front.y.shape
        wanted = (picture, colour, (height, width))
        made = self._made_of
        if self._back is None or made is None or made[0] is not picture or made[1:] != wanted[1:]:
            if picture is None:
                self._back = backdrop(colour, (height, width))
            else:
                self._back = covering(picture, colour, (height, width))
            self._made_of = wanted
        return self._back
