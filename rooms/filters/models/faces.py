"""Faces in one picture: the short-range BlazeFace net (arXiv:1907.05047)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from rooms.filters.models import shipped

if TYPE_CHECKING:
    from rooms.filters.formats import Image

Points = NDArray[np.floating[Any]]

INPUT: Final = 128
"""Side of the square that the net sees."""
MIN_SCORE: Final = 0.5
OVERLAP: Final = 0.3
"""Of two boxes that are taken for one face: intersection over union."""
_LOGIT: Final = 80.0
RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, RIGHT_EAR, LEFT_EAR = range(2, 8)
"""Rows of `Face.points`; right is the person's right."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face in pixels of the picture.

    Attributes:
        points: (8, 2): centre of the box, its width and height, both eyes, nose, mouth, both ears.
        score: how sure the net is, 0 to 1.
    """

    points: Points
    score: float

    @property
    def centre(self) -> Points:
        return np.asarray(self.points[0])

    @property
    def size(self) -> Points:
        return np.asarray(self.points[1])

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        (x, y), (width, height) = self.points[:2]
        return float(x - width / 2), float(y - height / 2), float(width), float(height)

    def overlap(self, other: Face) -> float:
        """Intersection over union of the two boxes."""
        low = np.maximum(self.centre - self.size / 2, other.centre - other.size / 2)
        high = np.minimum(self.centre + self.size / 2, other.centre + other.size / 2)
        common = float(np.prod(np.maximum(high - low, 0)))
        both = float(np.prod(self.size) + np.prod(other.size)) - common
        return common / both if both > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Square:
    """A part of a picture, which may reach beyond its edges: there it is black."""

    left: float
    top: float
    side: float


class FaceDetector:
    def __init__(self) -> None:
        self._net = shipped("face_detection_short_range")

    def find(self, image: Image, square: Square) -> list[Face]:
        """The faces in a part of a BGR picture, surest first. A small one needs a small part."""
        seen = cut(image, square, INPUT)
        blob = cv2.dnn.blobFromImage(seen, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        self._net.setInput(blob)
        scores, boxes = self._net.forward(["classificators", "regressors"])
        logits = np.asarray(scores, np.float32).reshape(-1)
        least = float(np.log(MIN_SCORE / (1 - MIN_SCORE)))
        found = np.flatnonzero(logits > least)
        points: Points = np.asarray(boxes, np.float32).reshape(-1, 8, 2)[found] / INPUT
        points[:, 0] += _ANCHORS[found]
        points[:, 2:] += _ANCHORS[found][:, None]
        points *= square.side
        points[:, 0] += (square.left, square.top)
        points[:, 2:] += (square.left, square.top)
        sure = 1 / (1 + np.exp(-np.clip(logits[found], -_LOGIT, _LOGIT)))
        return merged([Face(one, float(score)) for one, score in zip(points, sure, strict=True)])


def merged(faces: list[Face]) -> list[Face]:
    """One face for all that overlap: their mean, weighed by score, is steadier than the best."""
    left = sorted(faces, key=lambda face: -face.score)
    kept = []
    while left:
        same = [face for face in left if face is left[0] or face.overlap(left[0]) > OVERLAP]
        points = np.average([f.points for f in same], axis=0, weights=[f.score for f in same])
        kept.append(Face(points, left[0].score))
        left = [face for face in left if not any(face is other for other in same)]
    return kept


def cut(image: Image, square: Square, side: int) -> Image:
    """A part of a BGR picture at (side, side, 3)."""
    height, width = image.shape[:2]
    scale = side / square.side
    left, top = max(0, round(square.left)), max(0, round(square.top))
    right = min(width, round(square.left + square.side))
    bottom = min(height, round(square.top + square.side))
    seen = np.zeros((side, side, 3), np.uint8)
    if right <= left or bottom <= top:
        return seen
    # Where the part lies in what is seen, at least a pixel of it.
    x, y = round((left - square.left) * scale), round((top - square.top) * scale)
    x, y = min(max(x, 0), side - 1), min(max(y, 0), side - 1)
    columns = min(side - x, max(1, round((right - left) * scale)))
    rows = min(side - y, max(1, round((bottom - top) * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    part = cv2.resize(image[top:bottom, left:right], (columns, rows), interpolation=how)
    seen[y : y + rows, x : x + columns] = part
    return seen


def _anchors() -> Points:
    """Centres (896, 2) that the net's answers are relative to.

    There are 2 in each of 16 x 16 cells, then 6 in each of 8 x 8.
    """
    centres = []
    for cells, each in ((16, 2), (8, 6)):
        line = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, each, axis=0))
    return np.concatenate(centres)


_ANCHORS: Final = _anchors()
