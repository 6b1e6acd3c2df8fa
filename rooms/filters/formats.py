"""What filters get and return."""

from enum import StrEnum
from typing import Final, Literal, TypeVar

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""A picture: bgr (h, w, 3), gray (h, w), yuv420 (h * 3 / 2, w); BGRA (h, w, 4) as a parameter."""
Samples = npt.NDArray[np.int16]
"""Sound: (channels, n)."""
Colour = tuple[int, int, int]
"""Blue, green, red: as OpenCV draws."""

Value = TypeVar("Value", bound=np.generic)

SAMPLE_RATE: Final = 48_000
MAX_SIDE: Final = 1920
MAX_PIXELS: Final = 1920 * 1080

FormatName = Literal["bgr", "gray", "yuv420", "frame"]
ChromaName = Literal["drop", "keep"]
PolicyName = Literal["latest", "all"]


def sealed(array: npt.NDArray[Value]) -> npt.NDArray[Value]:
    """The same memory for a filter to look at, which others may do as well.

    It cannot be made writeable: memory that is read-only for numpy is so for good, other than a
    view of what may be written to.
    """
    base: object = array.base
    if isinstance(base, memoryview) and base.readonly:
        return array
    return np.asarray(array.data.toreadonly())


class Format(StrEnum):
    """What a filter is given, and returns.

    Attributes:
        BGR: as OpenCV has it, full range.
        GRAY: the luma plane, from 16 (black) to 235 (white).
        YUV420: I420 in one array: luma, then the quarter-size planes of U and V.
        FRAME: an `av.VideoFrame`.
        SOUND: samples.
    """

    BGR = "bgr"
    GRAY = "gray"
    YUV420 = "yuv420"
    FRAME = "frame"
    SOUND = "sound"


class Chroma(StrEnum):
    """What becomes of the colour that a gray filter does not see."""

    DROP = "drop"
    KEEP = "keep"


class Policy(StrEnum):
    """Which frames a filter that is too slow misses."""

    LATEST = "latest"
    ALL = "all"
