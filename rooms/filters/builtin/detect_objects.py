from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.builtin.lettering import font, text_width
from rooms.filters.builtin.planes import pixels
from rooms.filters.models.detection import Found, ObjectDetector
from rooms.filters.models.operator import Model, Task, models_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_WEIGHT = 600


def with_models(models: Path) -> list[Callable[..., Any]]:
    """The filter, if there is a model that it could use."""
    known = models_for(Task.DETECTION, models)
    if not known:
        return []
    titles = {name: model.title for name, model in known.items()}

    @video_filter(
        "Detect objects",
        category="detect",
        description="Draws a box around whatever the model knows, and can tell the room.",
    )
    class DetectObjects:
        def start(self, context: Context) -> None:
            self._detector: ObjectDetector | None = None
            self._model: Model | None = None
            self._found: list[Found] = []
            self._count = 0

        def __call__(
            self,
            image: Image,
            context: Context | None = None,
            model: str = Param.choice(next(iter(titles)), titles),
            score: int = Param(40, 5, 95, step=5, unit="%", title="At least as sure as"),
            every: int = Param(3, 1, 30, title="Look at every nth frame"),
            labels: bool = Param.switch(True),
            tell: bool = Param.switch(False, title="Tell the room where"),
        ) -> Image:
            chosen = known[model]
            if self._detector is None or self._model is not chosen:
                self._detector, self._model, self._count = ObjectDetector(chosen), chosen, 0
            if self._count % every == 0:
                self._found = self._detector.find(image, score / 100)
            self._count += 1
            if tell and context is not None:
                boxes = [_told(found, chosen) for found in self._found]
                context.emit("detections", {"boxes": boxes})
            return _drawn(image, self._found, chosen, labels=labels)

    return [DetectObjects]


def _label(found: Found, model: Model) -> str:
    known = found.kind < len(model.labels)
    return (model.labels[found.kind] if known else "") or f"object {found.kind}"


def _told(found: Found, model: Model) -> dict[str, object]:
    left, top, right, bottom = found.box
    sides = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return {"label": _label(found, model), "score": min(1.0, found.score), **sides}


def _drawn(image: Image, objects: list[Found], model: Model, *, labels: bool) -> Image:
    """The surest on top, and all labels above all boxes: a line through one makes it unreadable."""
    drawn = image.copy()
    height, width = image.shape[:2]
    line = max(1, round(pixels(4, height)))
    places = []
    for found in reversed(objects):
        corners = np.rint(np.array(found.box) * (width, height, width, height)).astype(int)
        left, top, right, bottom = (int(side) for side in corners)
        cv2.rectangle(drawn, (left, top), (right, bottom), _colour(found.kind), line, cv2.LINE_AA)
        places.append((found, left, top))
    if labels:
        for found, left, top in places:
            text = f"{_label(found, model)} {found.score:.0%}"
            _write(drawn, text, left, top, _colour(found.kind))
    return drawn


def _write(image: Image, text: str, left: int, top: int, colour: Colour) -> None:
    """On a plate over the box, or in it where it begins at the upper edge."""
    size = max(9, round(pixels(26, image.shape[0])))
    tall = round(size * 1.3)
    wide = text_width(text, size) + size // 2
    top = top - tall if top >= tall else top
    cv2.rectangle(image, (left, top), (left + wide, top + tall), colour, cv2.FILLED)
    place = (left + size // 4, top + size)
    cv2.putText(image, text, place, (20, 20, 20), font(), size, _WEIGHT)


def _colour(kind: int) -> Colour:
    """Light, and far from that of the next kinds."""
    red, green, blue = colorsys.hsv_to_rgb(kind * 0.381966 % 1.0 + 0.36, 0.55, 1.0)
    return round(blue * 255), round(green * 255), round(red * 255)
