"""Objects in a picture, found by a net of the YOLO family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rooms.filters.formats import Image
    from rooms.filters.models.operator import Model

Table = NDArray[np.floating[Any]]

OPEN_SIDE: Final = 416
"""Of the picture shown to a net that takes any."""
MAX_FOUND: Final = 32
OVERLAP: Final = 0.45
"""Of two boxes of one kind that are taken for one object."""
FINISHED_COLUMNS: Final = 6
FINISHED_ROWS: Final = 1000
_GREY: Final = 114
"""What these nets are taught with around pictures of another shape."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object; `box` is left, top, right and bottom in parts of the picture's sides."""

    kind: int
    score: float
    box: tuple[float, float, float, float]


class ObjectDetector:
    """A net for one stream.

    Understood are tables with a row (centre, size, objectness, score of each kind) an object, as
    YOLOv5 to v7 give; with a column (centre, size, score of each kind), as v8 and later; and short
    ones with a row (two corners, score, kind), as those give that sort out overlaps themselves.
    """

    def __init__(self, model: Model) -> None:
        self._net = cv2.dnn.readNetFromONNX(str(model.path))
        width, height = model.size
        self._size = (width or OPEN_SIDE, height or OPEN_SIDE)

    def find(self, image: Image, least: float) -> list[Found]:
        """At most 32 objects of a BGR picture, the surest first, with a score from `least`."""
        shown, scale = _letterboxed(image, self._size)
        self._net.setInput(cv2.dnn.blobFromImage(shown, 1 / 255, swapRB=True))
        table = np.asarray(self._net.forward(), np.float32)
        boxes, scores, kinds = _read(table.reshape(table.shape[-2:]), least)
        if len(boxes) and boxes.max() <= 2:
            boxes *= np.array((*self._size, *self._size), np.float32)
        chosen = _apart(boxes, scores, kinds, least)
        height, width = image.shape[:2]
        sides = np.array((width, height, width, height)) * scale
        shares = np.clip(boxes[chosen] / sides, 0, 1)
        return [
            Found(int(kinds[row]), float(scores[row]), (x1, y1, x2, y2))
            for row, (x1, y1, x2, y2) in zip(chosen, shares.tolist(), strict=True)
        ]


def _letterboxed(image: Image, size: tuple[int, int]) -> tuple[Image, float]:
    """The picture at the upper left of a gray one of that size, and how much smaller it is."""
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    columns, rows = round(image.shape[1] * scale), round(image.shape[0] * scale)
    shown = np.full((height, width, 3), _GREY, np.uint8)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown[:rows, :columns] = cv2.resize(image, (columns, rows), interpolation=how)
    return shown, scale


def _read(table: Table, least: float) -> tuple[Table, Table, NDArray[np.intp]]:
    """Boxes (corners), scores and kinds of what is likely enough."""
    rows, columns = table.shape
    if columns == FINISHED_COLUMNS and rows <= FINISHED_ROWS:
        likely = table[table[:, 4] >= least]
        return likely[:, :4].copy(), likely[:, 4], likely[:, 5].astype(np.intp)
    if rows < columns:
        places, kinds = table[:4].T, table[4:].T
    else:
        places, kinds = table[:, :4], table[:, 5:] * table[:, 4:5]
    scores = kinds.max(axis=1, initial=0.0)
    sure = np.flatnonzero(scores >= least)
    middle, half = places[sure, :2], places[sure, 2:] / 2
    boxes = np.concatenate((middle - half, middle + half), axis=1)
    return boxes, scores[sure], kinds[sure].argmax(axis=1)


def _apart(boxes: Table, scores: Table, kinds: NDArray[np.intp], least: float) -> list[int]:
    """Rows that are left when of overlapping boxes of one kind only the surest stays."""
    if not len(boxes):
        return []
    corners = boxes.copy()
    corners[:, 2:] -= corners[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(
        corners.tolist(), scores.tolist(), kinds.tolist(), least, OVERLAP
    )
    rows = [int(row) for row in np.asarray(kept).reshape(-1)]
    return sorted(rows, key=lambda row: -float(scores[row]))[:MAX_FOUND]
