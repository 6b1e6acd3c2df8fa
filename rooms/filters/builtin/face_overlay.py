"""Things that faces wear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.builtin.costumes import COSTUMES, drawn
from rooms.filters.builtin.drawing import SCALE, Drawing, drawing
from rooms.filters.builtin.face import GLANCE
from rooms.filters.models.faces import LEFT_EYE, MOUTH, RIGHT_EYE, Face
from rooms.filters.models.tracking import FaceTracker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rooms.filters.models.faces import Points

WORDS: Final = {name: word for name, (word, _) in COSTUMES.items()}
PICTURE_WIDTH: Final = 3.2
"""Of a picture over a face, in distances between the eyes."""
PICTURE_MIDDLE: Final = 0.35
"""How far below the eyes its middle is."""


@video_filter("Face overlay", category="face", description="Dresses up every face.")
class FaceOverlay:
    def start(self, context: Context) -> None:
        self._faces = FaceTracker(patience=GLANCE)
        self._made: tuple[Image, Drawing] | None = None

    def __call__(
        self,
        image: Image,
        costume: str = Param.choice("glasses", WORDS),
        colour: Colour = Param.colour("#1c1c22"),
        picture: Image | None = Param.image(),
        size: int = Param(100, 50, 200, step=5, unit="%"),
        up: int = Param(0, -100, 100, step=5, unit="%", title="Higher"),
    ) -> Image:
        worn = drawn(costume, colour) if picture is None else self._own(picture)
        faces = self._faces.track(image)
        if not faces:
            return image
        dressed = image.copy()
        for face in faces:
            put_on(dressed, worn, face, size / 100, up / 100)
        return dressed

    def _own(self, picture: Image) -> Drawing:
        if self._made is None or self._made[0] is not picture:
            self._made = (picture, _over_face(picture))
        return self._made[1]


def put_on(image: Image, worn: Drawing, face: Face, size: float, up: float) -> None:
    """Draw into a BGR picture.

    Args:
        image: it is changed.
        worn: in units of the distance between the eyes.
        face: whose eyes say where, how large and how slanted.
        size: times as large, about the point between the eyes.
        up: towards the brow, in units.
    """
    middle, turn = _pose(face)
    picture, scale = worn.sized(float(np.hypot(*turn[0])) * size)
    start = turn @ (np.array((worn.left, worn.top)) * size - (0, up)) + middle
    place = np.column_stack((turn * (size / scale), start))
    height, width = picture.shape[:2]
    corners = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]) @ place.T
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)), image.shape[1::-1]).astype(int)
    if right <= left or bottom <= top:
        return
    place[:, 2] -= (left, top)
    laid = cv2.warpAffine(picture, place, (int(right - left), int(bottom - top)))
    part = image[top:bottom, left:right]
    rest = cv2.cvtColor(255 - laid[..., 3], cv2.COLOR_GRAY2BGR)
    cv2.add(cv2.multiply(part, rest, scale=1 / 255), laid[..., :3], part)


def _pose(face: Face) -> tuple[Points, NDArray[Any]]:
    """The point between the eyes, and the 2 x 2 matrix that turns units into pixels."""
    right_eye, left_eye, mouth = (face.points[row] for row in (RIGHT_EYE, LEFT_EYE, MOUTH))
    middle: Points = (right_eye + left_eye) / 2
    across: Points = left_eye - right_eye
    # Turned aside the eyes come together, while the way to the mouth stays as long.
    unit = max(float(np.hypot(*across)), float(np.hypot(*(mouth - middle))) * 0.9, 1.0)
    slant = float(np.arctan2(across[1], across[0]))
    turn = np.array(((np.cos(slant), -np.sin(slant)), (np.sin(slant), np.cos(slant))))
    return middle, turn * unit


def _over_face(picture: Image) -> Drawing:
    """Someone's own BGRA picture, to be worn like a mask."""
    width = round(PICTURE_WIDTH * SCALE)
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    alpha = picture[..., 3:].astype(np.float32) / 255
    weighed = picture.astype(np.float32)
    weighed[..., :3] *= alpha
    small = cv2.resize(weighed, (width, height), interpolation=cv2.INTER_AREA)
    return drawing(small, -PICTURE_WIDTH / 2, PICTURE_MIDDLE - height / SCALE / 2)
