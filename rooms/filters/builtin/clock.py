from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.builtin.lettering import lettered
from rooms.filters.builtin.planes import copied
from rooms.filters.builtin.stamps import Stamp, lay

_FORMATS = {
    "short": "%H:%M",
    "seconds": "%H:%M:%S",
    "twelve": "%I:%M %p",
    "date": "%Y-%m-%d  %H:%M",
}


def wall_clock() -> datetime:
    """The time where the server is."""
    return datetime.now().astimezone()


@video_filter(
    "Clock",
    format="yuv420",
    category="text",
    description="The time where the server is, shifted if you like, or a stopwatch.",
)
class Clock:
    def __init__(self) -> None:
        self._began: float | None = None

    def __call__(
        self,
        image: Image,
        context: Context,
        show: str = Param.choice(
            "seconds",
            {
                "short": "14:05",
                "seconds": "14:05:09",
                "twelve": "02:05 PM",
                "date": "Date and time",
                "stopwatch": "Stopwatch",
            },
        ),
        shift: float = Param(0, -24, 24, step=0.25, unit="h"),
        place: str = Param.choice(
            "top-right",
            {
                "top-left": "Top left",
                "top-right": "Top right",
                "bottom-left": "Bottom left",
                "bottom-right": "Bottom right",
            },
        ),
        size: int = Param(9, 4, 30, unit="%"),
        colour: Colour = Param.colour("#ffffff"),
        backdrop: int = Param(60, 0, 100, unit="%"),
    ) -> Image:
        if self._began is None:
            self._began = context.time
        if show == "stopwatch":
            text = elapsed(context.time - self._began)
        else:
            text = (wall_clock() + timedelta(hours=shift)).strftime(_FORMATS[show])
        result, picture = copied(image)
        height, width = picture.y.shape
        face = _face(text, max(height * size // 100, 10), colour, backdrop)
        edge = round(height * 0.05)
        left = edge if place.endswith("left") else width - face.size[0] - edge
        top = edge if place.startswith("top") else height - face.size[1] - edge
        lay(face, picture, left, top)
        return result


def elapsed(seconds: float) -> str:
    """Such as 02:05, and 1:02:05 after an hour."""
    minutes, second = divmod(max(int(seconds), 0), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


@lru_cache(maxsize=2)
def _face(text: str, size: int, colour: Colour, backdrop: int) -> Stamp:
    return lettered([text], size, colour, backdrop / 100)
