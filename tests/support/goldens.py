"""What the built-in filters make of one portrait: their documentation, and what tests hold them to.

A golden picture is the last frame of a short sequence in which the head sways to where it is in the
portrait, so that filters which look at time have something to look at. Both sides of a comparison
go through JPEG, so the loss of the one is the loss of the other. Filters that need an
operator's model have small ones, made by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import cv2
import numpy as np

from rooms.filters.chain import Chain
from rooms.filters.context import Context
from rooms.filters.instance import Step
from rooms.filters.loading import load_builtins
from tests.support.golden_models import save_golden_detector, save_golden_style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rooms.effects import ParamValue
    from rooms.filters import Image
    from rooms.filters.declare import Filter

ROOT: Final = Path(__file__).parents[2]
PICTURES: Final = ROOT / "docs" / "images" / "filters"
MOST_BYTES: Final = 15_000
CHOSEN: Final[Mapping[str, Mapping[str, ParamValue]]] = {
    "caption": {"text": "Grüß Gott aus 北京!"},
    "colours": {"saturation": 60, "contrast": 20, "warmth": 50},
    "picture": {"picture": "hat", "x": 47, "y": 9, "size": 20},
    "rotate": {"angle": 12, "fill": True},
}
"""Parameters for the pictures; others have their defaults."""

_SIZE = (320, 180)
_QUALITY = (82, 74, 66)
_FRAMES = 10
_FRAME_S = 1 / 15
_SWAY = 0.14
"""To the left in the first frame, of the width."""
_NOW = datetime(2026, 7, 4, 10, 8, 42, tzinfo=UTC)


def golden_path(name: str) -> Path:
    return PICTURES / f"{name}.jpg"


def builtins_with_models(models: Path) -> list[Filter]:
    """All built-in filters: for those that need a model, one by hand is put into a directory."""
    save_golden_detector(models / "portrait.onnx", portrait())
    save_golden_style(models / "poster.onnx")
    return load_builtins(models)


def portrait() -> Image:
    """BGR, 640x360."""
    return read(ROOT / "tests" / "golden" / "portrait.png")


def read(path: Path) -> Image:
    return decoded(path.read_bytes())


def decoded(data: bytes) -> Image:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def encoded(bgr: Image) -> bytes:
    """A small JPEG, of the best quality of three that fits."""
    small = cv2.resize(bgr, _SIZE, interpolation=cv2.INTER_AREA)
    data = b""
    for quality in _QUALITY:
        data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= MOST_BYTES:
            break
    return data


def filtered(filter_: Filter, size: tuple[int, int] = (640, 360)) -> Image:
    """What a filter makes of the portrait, in BGR."""
    params = CHOSEN.get(filter_.info.name, {})
    chain = Chain([Step("golden", filter_, params, {"hat": hat()})])
    source = np.asarray(cv2.resize(portrait(), size, interpolation=cv2.INTER_AREA), np.uint8)
    result = np.empty(0, np.uint8)
    with patch("rooms.filters.builtin.clock.wall_clock", return_value=_NOW):
        for number in range(_FRAMES):
            swayed = _swayed(source, _SWAY * size[0] * (1 - number / (_FRAMES - 1)))
            frame = np.asarray(cv2.cvtColor(swayed, cv2.COLOR_BGR2YUV_I420), np.uint8)
            context = Context(time=number * _FRAME_S, name="Ada")
            result = chain.apply_video(frame, context)
    chain.stop()
    return np.asarray(cv2.cvtColor(result, cv2.COLOR_YUV2BGR_I420), np.uint8)


def hat() -> Image:
    """A party hat, BGRA, clear around it."""
    scale = 4
    drawn = np.zeros((240 * scale, 240 * scale, 4), np.uint8)
    cone = np.array([[120, 40], [50, 215], [190, 215]]) * scale
    cv2.fillPoly(drawn, [cone], (150, 60, 235, 255))
    for row in range(4):
        y = (90 + 38 * row) * scale
        half = (y - 40 * scale) * 70 // 175
        for dot in range(-row, row + 1, 2):
            x = 120 * scale + dot * half // (row + 2)
            cv2.circle(drawn, (x, y), 9 * scale, (90, 225, 255, 255), -1)
    cv2.ellipse(drawn, (120 * scale, 215 * scale), (70 * scale, 14 * scale), 0, 0, 360, _BRIM, -1)
    cv2.circle(drawn, (120 * scale, 36 * scale), 24 * scale, (255, 255, 255, 255), -1)
    return np.asarray(cv2.resize(drawn, (240, 240), interpolation=cv2.INTER_AREA), np.uint8)


_BRIM = (255, 200, 90, 255)


def _swayed(bgr: Image, pixels: float) -> Image:
    """The portrait with its head moved to the left, and less and less what is farther from it."""
    if not pixels:
        return bgr
    height, width = bgr.shape[:2]
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = ((across / width - 0.46) / 0.17) ** 2 + ((down / height - 0.4) / 0.5) ** 2
    source = across + np.float32(pixels) * np.exp(-distance)
    moved = cv2.remap(bgr, source, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
