"""Write a filter: a function from a picture (or sound) to a picture, and its parameters.

    import cv2
    from rooms.filters import Param, video_filter

    @video_filter("Edges", format="gray")
    def edges(image, low: float = Param(100, 0, 1000), high: float = Param(200, 0, 1000)):
        return cv2.Canny(image, low, high)

docs/filters.md tells the rest. Neither a server nor a room is needed to import, test or run one.
"""

from rooms.filters.context import Context
from rooms.filters.declare import audio_filter, describe, video_filter
from rooms.filters.failures import BadFilter
from rooms.filters.formats import SAMPLE_RATE, Colour, Image, Samples
from rooms.filters.params import Param

__all__ = [
    "SAMPLE_RATE",
    "BadFilter",
    "Colour",
    "Context",
    "Image",
    "Param",
    "Samples",
    "audio_filter",
    "describe",
    "video_filter",
]
