"""Filters that find faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.builtin.planes import pixels
from rooms.filters.models.tracking import SURE, FaceTracker

if TYPE_CHECKING:
    from rooms.filters.models.faces import Face

GLANCE: Final = 4
"""Pictures for which a lost face is still drawn: it blinks, or turns."""
GUARD: Final = 20
"""Pictures for which a lost face's place stays hidden."""
SOFT: Final = 0.25
"""How much of the ellipse fades, in squared radii."""
PERHAPS: Final = 0.6
"""A score from which something is hidden: it is better to hide too much."""
STYLES: Final = {"blur": "Blur", "pixels": "Pixels", "solid": "One colour"}


@video_filter(
    "Face box", category="face", description="Draws a box around faces, and can tell the room."
)
class FaceBox:
    def start(self, context: Context) -> None:
        self._faces = FaceTracker(patience=GLANCE)

    def __call__(
        self,
        image: Image,
        context: Context | None = None,
        colour: Colour = Param.colour("#57d97a"),
        width: int = Param(4, 1, 16, unit="px", title="Line width"),
        tell: bool = Param.switch(False, title="Tell the room where"),
    ) -> Image:
        faces = self._faces.track(image)
        drawn = image.copy()
        line = max(1, round(pixels(width, image.shape[0])))
        for face in faces:
            left, top, across, down = (round(side) for side in face.box)
            cv2.rectangle(
                drawn, (left, top), (left + across, top + down), colour, line, cv2.LINE_AA
            )
        if tell and context is not None:
            context.emit("detections", {"boxes": [_told(face, image) for face in faces]})
        return drawn


@video_filter(
    "Face blur",
    private=True,
    category="face",
    description="Makes faces unrecognisable. It finds those that look roughly to the camera.",
)
class FaceBlur:
    def start(self, context: Context) -> None:
        self._faces = FaceTracker(patience=GUARD, least=PERHAPS)

    def __call__(
        self,
        image: Image,
        style: str = Param.choice("blur", STYLES),
        size: int = Param(110, 80, 200, step=5, unit="%"),
        colour: Colour = Param.colour("#808080"),
        unsure: bool = Param.switch(True, title="Without a face, hide everything"),
    ) -> Image:
        faces = self._faces.track(image)
        # A pattern on the wall may be hidden too, but does not say that everybody was found.
        if unsure and not any(face.score >= SURE for face in faces):
            return _hidden(image, style, colour, max(image.shape[:2]) / 2)
        hidden = image.copy()
        for face in faces:
            _hide(hidden, face, size / 100, style, colour)
        return hidden


def _told(face: Face, image: Image) -> dict[str, object]:
    """A box in parts of the picture's sides, cut at its edges."""
    height, width = image.shape[:2]
    left, top, across, down = face.box
    x, y = np.clip((left / width, top / height), 0, 1)
    right, bottom = np.clip(((left + across) / width, (top + down) / height), 0, 1)
    sides = {"x": x, "y": y, "width": right - x, "height": bottom - y}
    return {"label": "face", "score": face.score, **sides}


def _hide(image: Image, face: Face, size: float, style: str, colour: Colour) -> None:
    """Hide an upright ellipse, soft at its edge, around a face with its brow and chin."""
    across, down = face.size * size * (0.62, 0.82)
    x, y = face.centre - (0, 0.08 * down)
    left, right = max(0, int(x - across)), min(image.shape[1], int(x + across) + 1)
    top, bottom = max(0, int(y - down)), min(image.shape[0], int(y + down) + 1)
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    columns = (np.arange(left, right, dtype=np.float32) - np.float32(x)) / np.float32(across)
    rows = (np.arange(top, bottom, dtype=np.float32) - np.float32(y)) / np.float32(down)
    mask = np.clip((1 - columns[None, :] ** 2 - rows[:, None] ** 2) / SOFT, 0, 1)
    hidden = _hidden(part, style, colour, across)
    image[top:bottom, left:right] = cv2.blendLinear(hidden, part, mask, 1 - mask)


def _hidden(part: Image, style: str, colour: Colour, reach: float) -> Image:
    """A part of a picture of which only colours are left, `reach` being half a face wide."""
    height, width = part.shape[:2]
    if style == "solid":
        return np.full_like(part, colour)
    cell = max(2.0, reach / (3.0 if style == "pixels" else 2.5))
    size = (max(1, round(width / cell)), max(1, round(height / cell)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    how = cv2.INTER_NEAREST if style == "pixels" else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(small, (width, height), interpolation=how), np.uint8)
