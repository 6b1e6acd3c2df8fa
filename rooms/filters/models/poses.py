"""How one person stands or sits: the BlazePose net (arXiv:2006.10204).

The net that finds bodies to begin with cannot be read by OpenCV, its weights being sparse. A face
says as well where a body is; afterwards the net itself says where to look next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rooms.filters.models import shipped
from rooms.filters.models.faces import FaceDetector, Square, cut

if TYPE_CHECKING:
    from rooms.filters.formats import Image
    from rooms.filters.models.faces import Face

INPUT: Final = 256
POINTS: Final = 33
_POINTS_OUT, _FLAG_OUT = "Identity", "Identity_1"
_OUTPUTS: Final = ["Identity_2", "Identity_3", _POINTS_OUT, "Identity_4", _FLAG_OUT]
MIN_SCORE: Final = 0.5
BODY: Final = 10.0
"""Side of the square around a whole body, in heights of its face."""
CROWN: Final = 1.4
"""How far the middle of a face is below the top of that square, in heights of the face."""
MARGIN: Final = 1.25
PATIENCE: Final = 4
"""Looks after which a body that is not seen any more is given up."""
CALM, HASTE = 0.35, 60.0
"""Share of what is new in a point that stands still, and how it grows with its way, counted in
sides of the square."""

Points = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Pose:
    """One person.

    Attributes:
        points: (33, 2) in pixels of the picture, in BlazePose's order: nose, eyes, mouth, then from
            the shoulders (11, 12) down. They may lie outside of it.
        seen: (33,), 0 to 1: how likely each is in the picture and not covered.
    """

    points: Points
    seen: Points


@dataclass(frozen=True, slots=True)
class _Look:
    pose: Pose
    square: Square
    missed: int = 0


class PoseTracker:
    """The person nearest to the camera, in the pictures of one stream."""

    def __init__(self) -> None:
        self._net = shipped("pose_landmark_lite")
        self._faces = FaceDetector()
        self._last: _Look | None = None
        self._shape: tuple[int, ...] = ()
        self._skipped = False

    def track(self, image: Image, *, every_second: bool = False) -> Pose | None:
        """The pose in the next BGR picture.

        `every_second` looks at every second picture and gives the same pose for the other: the net
        takes longer than all else.
        """
        if image.shape != self._shape:
            self._shape, self._last = image.shape, None
        self._skipped = every_second and not self._skipped and self._last is not None
        if not self._skipped:
            self._last = self._found(image) if self._last is None else self._followed(image)
        return self._last.pose if self._last else None

    def _found(self, image: Image) -> _Look | None:
        look = self._seen(image, self._start(image))
        # The first square is a guess; a second look comes from what the net made of it.
        return look and (self._seen(image, look.square) or look)

    def _start(self, image: Image) -> Square:
        height, width = image.shape[:2]
        side = float(max(width, height))
        whole = Square((width - side) / 2, (height - side) / 2, side)
        faces = self._faces.find(image, whole)
        if not faces:
            return whole
        return _around_body(max(faces, key=lambda face: float(face.size[1])))

    def _followed(self, image: Image) -> _Look | None:
        last = self._last
        assert last is not None
        look = self._seen(image, last.square)
        if look is None:
            lost = replace(last, missed=last.missed + 1)
            return lost if lost.missed <= PATIENCE else None
        change = look.pose.points - last.pose.points
        moved = np.hypot(change[:, 0], change[:, 1]) / look.square.side
        share = np.minimum(CALM + HASTE * moved, 1.0)[:, None]
        seen = last.pose.seen + (look.pose.seen - last.pose.seen) * CALM
        return replace(look, pose=Pose(last.pose.points + change * share, seen))

    def _seen(self, image: Image, square: Square) -> _Look | None:
        blob = cv2.dnn.blobFromImage(cut(image, square, INPUT), 1 / 255, swapRB=True)
        self._net.setInput(blob)
        answers = dict(zip(_OUTPUTS, self._net.forward(_OUTPUTS), strict=True))
        if float(np.asarray(answers[_FLAG_OUT]).reshape(-1)[0]) < MIN_SCORE:
            return None
        rows = np.asarray(answers[_POINTS_OUT], np.float32).reshape(-1, 5)
        points = rows[:, :2] * (square.side / INPUT) + (square.left, square.top)
        seen = 1 / (1 + np.exp(-np.clip(rows[:POINTS, 3], -40, 40)))
        pose = Pose(points[:POINTS], seen)
        # Two more points: the middle of the hips, and one as far as the body reaches.
        middle, reach = points[POINTS], points[POINTS + 1]
        side = 2 * MARGIN * float(np.hypot(*(reach - middle)))
        return _Look(pose, _square(middle, _limited(side, image), image))


def _around_body(face: Face) -> Square:
    height = float(face.size[1])
    side = BODY * height
    x, y = face.centre
    return Square(float(x) - side / 2, float(y) - CROWN * height, side)


def _limited(side: float, image: Image) -> float:
    """So that a wrong answer does not send the next look to infinity."""
    return float(np.clip(side, min(image.shape[:2]) / 4, max(image.shape[:2]) * 4))


def _square(middle: Points, side: float, image: Image) -> Square:
    height, width = image.shape[:2]
    x = float(np.clip(middle[0], 0, width))
    y = float(np.clip(middle[1], 0, height * 2))
    return Square(x - side / 2, y - side / 2, side)
