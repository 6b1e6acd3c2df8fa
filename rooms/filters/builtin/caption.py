from __future__ import annotations

from functools import lru_cache

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.builtin.lettering import broken, lettered
from rooms.filters.builtin.planes import copied
from rooms.filters.builtin.stamps import Stamp, lay

_MOST_LINES = 4
_SMALLEST = 10


@video_filter(
    "Caption", format="yuv420", category="text", description="A line of text; your name if empty."
)
def caption(
    image: Image,
    context: Context,
    text: str = Param.text(),
    place: str = Param.choice("bottom", {"bottom": "Bottom", "middle": "Middle", "top": "Top"}),
    size: int = Param(9, 4, 25, unit="%"),
    colour: Colour = Param.colour("#ffffff"),
    backdrop: int = Param(60, 0, 100, unit="%"),
) -> Image:
    words = " ".join((text or context.name).split())
    if not words:
        return image
    result, picture = copied(image)
    height, width = picture.y.shape
    label = _label(words, width, height, size, colour, backdrop)
    room, edge = height - label.size[1], round(height * 0.05)
    top = {"top": edge, "middle": room // 2, "bottom": room - edge}[place]
    lay(label, picture, (width - label.size[0]) // 2, top)
    return result


@lru_cache(maxsize=2)
def _label(words: str, width: int, height: int, size: int, colour: Colour, backdrop: int) -> Stamp:
    """As large as asked, or as is needed to have it on a few lines."""
    font = max(height * size // 100, _SMALLEST)
    while True:
        lines = broken(words, font, width * 88 // 100)
        if len(lines) <= _MOST_LINES or font <= _SMALLEST:
            break
        font = max(font * 9 // 10, _SMALLEST)
    return lettered(lines, font, colour, backdrop / 100)
