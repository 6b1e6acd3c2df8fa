"""Looks that change light and colour alone: each pixel by itself, through lookup tables."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from rooms.filters import Image, Param, video_filter
from rooms.filters.builtin.planes import (
    BLACK,
    NEUTRAL,
    WHITE,
    Plane,
    Planes,
    blank,
    palette,
    planes,
    table,
)

_MAPS = {
    "inferno": (cv2.COLORMAP_INFERNO, "Inferno"),
    "turbo": (cv2.COLORMAP_TURBO, "Turbo"),
    "magma": (cv2.COLORMAP_MAGMA, "Magma"),
    "plasma": (cv2.COLORMAP_PLASMA, "Plasma"),
    "viridis": (cv2.COLORMAP_VIRIDIS, "Viridis"),
    "cividis": (cv2.COLORMAP_CIVIDIS, "Cividis"),
    "ocean": (cv2.COLORMAP_OCEAN, "Ocean"),
    "ice": (cv2.COLORMAP_BONE, "Ice"),
    "hot": (cv2.COLORMAP_HOT, "Hot"),
    "rainbow": (cv2.COLORMAP_RAINBOW, "Rainbow"),
    "twilight": (cv2.COLORMAP_TWILIGHT_SHIFTED, "Twilight"),
}
_SEPIA = ((0, (14, 20, 30)), (110, (48, 84, 118)), (190, (146, 190, 222)), (255, (206, 236, 250)))
"""Levels of gray and the tint (blue, green, red) of each: ink, brown, sand, cream."""


@video_filter("Grayscale", format="gray", description="Black and white.")
def grayscale(
    image: Image,
    contrast: int = Param(0, -100, 100, unit="%"),
) -> Image:
    return image if contrast == 0 else _looked_up(image, _contrast(contrast, 0))


@video_filter("Sepia", format="yuv420", description="The brown of old photographs.")
def sepia(
    image: Image,
    strength: int = Param(85, 0, 100, unit="%"),
    vignette: int = Param(30, 0, 100, unit="%"),
) -> Image:
    y, u, v = planes(image)
    result, into = blank(image)
    toned = _toned(y, _sepia_palette())
    share = strength / 100
    for plane, tone, place in zip((y, u, v), toned, into, strict=True):
        cv2.addWeighted(plane, 1 - share, tone, share, 0, dst=place)
    if vignette:
        height, width = y.shape
        cv2.multiply(into.y, _vignette(width, height, vignette), dst=into.y, scale=1 / 255)
    return result


@video_filter("Colour map", format="yuv420", description="Light and shade as false colours.")
def colour_map(
    image: Image,
    colours: str = Param.choice("inferno", {value: words for value, (_, words) in _MAPS.items()}),
    strength: int = Param(100, 0, 100, unit="%"),
) -> Image:
    y, u, v = planes(image)
    result, into = blank(image)
    share = strength / 100
    for plane, tone, place in zip((y, u, v), _toned(y, _map_palette(colours)), into, strict=True):
        cv2.addWeighted(plane, 1 - share, tone, share, 0, dst=place)
    return result


@video_filter("Invert", format="yuv420", description="A negative.")
def invert(
    image: Image,
    what: str = Param.choice(
        "all", {"all": "Light and colour", "light": "Light only", "colour": "Colour only"}
    ),
) -> Image:
    result, into = blank(image)
    light, colour = _inverting()
    same = table(lambda level: level)
    source = planes(image)
    cv2.LUT(source.y, same if what == "colour" else light, dst=into.y)
    cv2.LUT(source.u, same if what == "light" else colour, dst=into.u)
    cv2.LUT(source.v, same if what == "light" else colour, dst=into.v)
    return result


@video_filter(
    "Colours", format="yuv420", description="Brightness, contrast, saturation, warmth and hue."
)
def colours(
    image: Image,
    brightness: int = Param(0, -100, 100, unit="%"),
    contrast: int = Param(0, -100, 100, unit="%"),
    saturation: int = Param(40, -100, 100, unit="%"),
    warmth: int = Param(0, -100, 100, unit="%"),
    hue: int = Param(0, -180, 180, unit="°"),
) -> Image:
    y, u, v = planes(image)
    result, into = blank(image)
    cv2.LUT(y, _contrast(contrast, brightness), dst=into.y)
    gain = 1 + saturation / 100
    along, across = gain * math.cos(math.radians(hue)), gain * math.sin(math.radians(hue))
    rest = NEUTRAL * (1 - along)
    shift = warmth * 0.2
    cv2.addWeighted(u, along, v, -across, rest + NEUTRAL * across - shift, dst=into.u)
    cv2.addWeighted(v, along, u, across, rest - NEUTRAL * across + shift, dst=into.v)
    return result


def _looked_up(plane: Plane, levels: Image) -> Image:
    return np.asarray(cv2.LUT(plane, levels), np.uint8)


@lru_cache(maxsize=8)
def _contrast(contrast: int, brightness: int) -> Image:
    """Levels of luma, steeper or flatter around the middle, lighter or darker at all."""
    slope = 2 ** (contrast / 75)
    middle = (BLACK + WHITE) / 2
    lift = brightness / 100 * (WHITE - BLACK) * 0.6

    def level(value: float) -> float:
        return min(max((value - middle) * slope + middle + lift, BLACK), WHITE)

    return table(level)


@lru_cache(maxsize=1)
def _inverting() -> tuple[Image, Image]:
    return table(lambda level: BLACK + WHITE - level), table(lambda level: 2 * NEUTRAL - level)


def _toned(y: Plane, tones: Planes) -> Planes:
    """The picture in the colours of a palette (1, 256) of luma levels."""
    half = cv2.resize(y, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return Planes(cv2.LUT(y, tones.y), cv2.LUT(half, tones.u), cv2.LUT(half, tones.v))


@lru_cache(maxsize=1)
def _sepia_palette() -> Planes:
    levels = [level for level, _ in _SEPIA]
    channels = [
        np.interp(np.arange(256), levels, [tint[part] for _, tint in _SEPIA]) for part in range(3)
    ]
    return _by_luma(np.stack(channels, axis=-1).astype(np.uint8))


@lru_cache(maxsize=4)
def _map_palette(colours: str) -> Planes:
    ramp = np.arange(256, dtype=np.uint8).reshape(256, 1)
    return _by_luma(np.asarray(cv2.applyColorMap(ramp, _MAPS[colours][0])).reshape(256, 3))


def _by_luma(tints: Plane) -> Planes:
    """Tables from luma to y, u and v, out of BGR (256, 3) from black to white."""
    full = table(lambda level: (level - BLACK) * 255 / (WHITE - BLACK))
    pixels = tints[full][:, None, None].repeat(2, axis=1).repeat(2, axis=2).reshape(512, 2, 3)
    y, u, v = palette(np.ascontiguousarray(pixels))
    return Planes(*(np.ascontiguousarray(part) for part in (y[::2, 0], u[:, 0], v[:, 0])))


@lru_cache(maxsize=4)
def _vignette(width: int, height: int, strength: int) -> Plane:
    """Darker toward the corners: what stays of the light, 255 is all."""
    across = np.linspace(-1, 1, width, dtype=np.float32) ** 2
    down = np.linspace(-1, 1, height, dtype=np.float32) ** 2
    distance = (across[None, :] + down[:, None]) / 2
    return np.rint(255 * (1 - strength / 100 * distance**1.5)).astype(np.uint8)
