"""What people can put on.

It is drawn in units of the distance between the eyes: (0, 0) is between them, y points down, the
mouth is at (0, 1).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rooms.filters.builtin.drawing import Drawing, Sheet, mirrored, shade

if TYPE_CHECKING:
    from collections.abc import Callable

    from rooms.filters import Colour

WHITE: Final = (255, 255, 255)
BLACK: Final = (24, 20, 20)


@lru_cache(maxsize=8)
def drawn(name: str, colour: Colour) -> Drawing:
    """One of COSTUMES, in a colour (blue, green, red)."""
    return COSTUMES[name][1](colour)


def _glasses(colour: Colour) -> Drawing:
    sheet = Sheet(-1.3, -0.6, 1.3, 0.7)
    for side in (-1, 1):
        centre = (0.53 * side, 0.05)
        sheet.oval(centre, (0.4, 0.36), WHITE, 0.1, power=2.6)
        sheet.ring(centre, (0.4, 0.36), colour, 0.075, power=2.6)
        sheet.line([(0.93 * side, -0.02), (1.22 * side, -0.06)], colour, 0.075)
    sheet.line([(-0.14, -0.01), (0, -0.07), (0.14, -0.01)], colour, 0.07)
    return sheet.finished()


def _sunglasses(colour: Colour) -> Drawing:
    sheet = Sheet(-1.35, -0.6, 1.35, 0.8)
    for side in (-1, 1):
        lens = [
            (0.1, -0.26), (0.55, -0.31), (0.98, -0.26), (1.0, 0.02),
            (0.86, 0.36), (0.55, 0.48), (0.25, 0.36), (0.11, 0.06),
        ]  # fmt: skip
        lens = lens if side > 0 else mirrored(lens)
        sheet.shape(lens, BLACK, 0.93)
        gleam = [(0.62, -0.18), (0.86, -0.16), (0.6, 0.2), (0.44, 0.24)]
        sheet.polygon([(x + (0 if side > 0 else -1.1), y) for x, y in gleam], WHITE, 0.13)
        sheet.line([*lens, lens[0]], colour, 0.06)
        sheet.line([(0.98 * side, -0.18), (1.28 * side, -0.14)], colour, 0.09)
    sheet.line([(-0.14, -0.2), (0, -0.24), (0.14, -0.2)], colour, 0.08)
    return sheet.finished()


def _moustache(colour: Colour) -> Drawing:
    sheet = Sheet(-0.95, 0.5, 0.95, 1.15)
    for side in (-1, 1):
        half = [
            (0.0, 0.76), (0.16, 0.68), (0.36, 0.74), (0.56, 0.84), (0.74, 0.78), (0.86, 0.62),
            (0.84, 0.8), (0.7, 0.96), (0.46, 1.0), (0.2, 0.93), (0.0, 0.86),
        ]  # fmt: skip
        sheet.shape(half if side > 0 else mirrored(half), colour)
        for start in (0.1, 0.24, 0.38):
            hair = [(start, 0.75), (start + 0.12, 0.84), (start + 0.28, 0.9)]
            sheet.line(hair if side > 0 else mirrored(hair), shade(colour, 1.5), 0.018)
    return sheet.finished()


def _hat(colour: Colour) -> Drawing:
    sheet = Sheet(-2.1, -4.0, 2.1, -0.85)
    crown = [(-1.12, -1.4), (-1.2, -3.5), (1.2, -3.5), (1.12, -1.4)]
    sheet.polygon(crown, colour)
    sheet.polygon([(0.45, -1.4), (0.5, -3.5), (1.2, -3.5), (1.12, -1.4)], shade(colour, 0.7), 0.5)
    sheet.polygon([(-0.9, -1.4), (-0.96, -3.5), (-0.7, -3.5), (-0.64, -1.4)], WHITE, 0.12)
    sheet.oval((0, -3.5), (1.2, 0.2), shade(colour, 1.25))
    sheet.polygon([(-1.13, -1.42), (-1.15, -1.95), (1.15, -1.95), (1.13, -1.42)], (50, 40, 170))
    sheet.oval((0, -1.32), (1.95, 0.3), shade(colour, 0.75))
    sheet.oval((0, -1.4), (1.95, 0.28), colour)
    sheet.oval((0, -1.44), (1.14, 0.16), (42, 34, 150))
    sheet.polygon([(-1.14, -1.46), (-1.14, -1.6), (1.14, -1.6), (1.14, -1.46)], (50, 40, 170))
    return sheet.finished()


def _crown(colour: Colour) -> Drawing:
    sheet = Sheet(-1.7, -3.0, 1.7, -0.9)
    tips = (-1.5, -0.76, 0.0, 0.76, 1.5)
    outline = [(-1.25, -1.2)]
    for left, right in pairwise(tips):
        outline += [(left, -2.5), ((left + right) / 2, -1.85)]
    outline += [(tips[-1], -2.5), (1.25, -1.2)]
    sheet.polygon(outline, colour)
    side = [(0.3, -1.2), (0.3, -2.1), (0.76, -2.5), (1.13, -1.85), (1.5, -2.5), (1.25, -1.2)]
    sheet.polygon(side, shade(colour, 0.6), 0.35)
    sheet.polygon([(-1.28, -1.32), (-1.3, -1.45), (1.3, -1.45), (1.28, -1.32)], shade(colour, 0.75))
    sheet.oval((0, -1.2), (1.25, 0.17), shade(colour, 0.8))
    for tip in tips:
        sheet.oval((tip, -2.56), (0.13, 0.13), shade(colour, 1.2))
    for x, gem in ((-0.76, (170, 60, 40)), (0.0, (50, 40, 200)), (0.76, (80, 150, 40))):
        sheet.oval((x, -1.72), (0.13, 0.17), gem)
        sheet.oval((x - 0.04, -1.78), (0.035, 0.045), WHITE, 0.8)
    return sheet.finished()


def _cat(colour: Colour) -> Drawing:
    sheet = Sheet(-2.0, -3.0, 2.0, 1.4)
    for side in (-1, 1):
        ear = [(0.52, -1.62), (0.7, -2.3), (1.12, -2.85), (1.42, -2.1), (1.48, -1.3), (1.05, -1.38)]
        inner = [
            (0.76, -1.68),
            (0.88, -2.15),
            (1.1, -2.5),
            (1.26, -2.0),
            (1.3, -1.48),
            (1.05, -1.5),
        ]
        sheet.shape(ear if side > 0 else mirrored(ear), colour)
        sheet.shape(inner if side > 0 else mirrored(inner), (170, 160, 240))
        for rise in (-0.16, 0.0, 0.16):
            whisker = [(0.5, 0.74 + rise / 2), (1.1, 0.66 + rise), (1.75, 0.7 + rise * 1.9)]
            sheet.line(whisker if side > 0 else mirrored(whisker), BLACK, 0.03)
    sheet.shape([(-0.2, 0.5), (0, 0.46), (0.2, 0.5), (0.13, 0.64), (0, 0.72), (-0.13, 0.64)], BLACK)
    sheet.oval((-0.05, 0.54), (0.06, 0.03), WHITE, 0.5)
    return sheet.finished()


COSTUMES: Final[dict[str, tuple[str, Callable[[Colour], Drawing]]]] = {
    "glasses": ("Glasses", _glasses),
    "sunglasses": ("Sunglasses", _sunglasses),
    "moustache": ("Moustache", _moustache),
    "hat": ("Top hat", _hat),
    "crown": ("Crown", _crown),
    "cat": ("Cat", _cat),
}
