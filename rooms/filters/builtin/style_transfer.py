from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from rooms.filters import Context, Image, Param, video_filter
from rooms.filters.models.operator import Model, Task, models_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

RANGES: Final = {"bytes": "0 to 255", "unit": "0 to 1", "signed": "-1 to 1"}
MULTIPLE: Final = 8
"""Of sides that nets with steps of two can halve and double."""


def with_models(models: Path) -> list[Callable[..., Any]]:
    """The filter, if there is a model that it could use."""
    known = models_for(Task.STYLE, models)
    if not known:
        return []
    titles = {name: model.title for name, model in known.items()}

    @video_filter("Style transfer", description="Paints you as the model has learned to.")
    class StyleTransfer:
        def start(self, context: Context) -> None:
            self._net: cv2.dnn.Net | None = None
            self._model: Model | None = None

        def __call__(
            self,
            image: Image,
            model: str = Param.choice(next(iter(titles)), titles),
            strength: int = Param(100, 0, 100, step=5, unit="%"),
            detail: int = Param(192, 96, 480, step=8, unit="px", title="Detail"),
            colours: bool = Param.switch(False, title="Keep my colours"),
            values: str = Param.choice("bytes", RANGES, title="The model's values"),
        ) -> Image:
            chosen = known[model]
            if self._net is None or self._model is not chosen:
                self._net, self._model = cv2.dnn.readNetFromONNX(str(chosen.path)), chosen
            shown = cv2.resize(image, _size(chosen, image, detail), interpolation=cv2.INTER_AREA)
            painted = _painted(self._net, np.asarray(shown, np.uint8), chosen, values)
            height, width = image.shape[:2]
            large = cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC)
            if colours:
                large = _recoloured(np.asarray(large, np.uint8), image)
            share = strength / 100
            return np.asarray(cv2.addWeighted(large, share, image, 1 - share, 0), np.uint8)

    return [StyleTransfer]


def _size(model: Model, image: Image, detail: int) -> tuple[int, int]:
    """Width and height that the net is shown; where it takes any, as high as `detail`."""
    height, width = image.shape[:2]
    wide = round(detail * width / height / MULTIPLE) * MULTIPLE
    return model.size[0] or max(MULTIPLE, wide), model.size[1] or detail


def _painted(net: cv2.dnn.Net, image: Image, model: Model, values: str) -> Image:
    """What the net makes of a BGR picture; it knows red, green, blue."""
    seen = image[..., ::-1].astype(np.float32)
    if values == "unit":
        seen /= 255
    elif values == "signed":
        seen = seen / 127.5 - 1
    blob = seen[None] if model.last else seen.transpose(2, 0, 1)[None]
    net.setInput(np.ascontiguousarray(blob))
    answer: NDArray[Any] = np.asarray(net.forward(), np.float32)[0]
    if not model.last:
        answer = answer.transpose(1, 2, 0)
    if values == "unit":
        answer = answer * 255
    elif values == "signed":
        answer = (answer + 1) * 127.5
    return np.asarray(np.clip(np.rint(answer[..., ::-1]), 0, 255), np.uint8)


def _recoloured(painted: Image, image: Image) -> Image:
    """The light of the one with the colours of the other."""
    light = cv2.cvtColor(painted, cv2.COLOR_BGR2YCrCb)
    own = cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)
    own[..., 0] = light[..., 0]
    return np.asarray(cv2.cvtColor(own, cv2.COLOR_YCrCb2BGR), np.uint8)
