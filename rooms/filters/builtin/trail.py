from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from rooms.filters import Context, Image, Param, video_filter
from rooms.filters.builtin.planes import Plane, blank, planes

_STEP_S = 1 / 16
"""Between two frames that are kept: at 720 lines the longest memory is 66 MB."""


@video_filter(
    "Echo trail",
    format="yuv420",
    category="time",
    description="Where you were a moment ago stays in the picture, or the picture comes late.",
)
class Trail:
    def __init__(self) -> None:
        self._kept: deque[tuple[float, Image]] = deque()

    @property
    def kept(self) -> int:
        """How many frames it remembers."""
        return len(self._kept)

    def __call__(
        self,
        image: Image,
        context: Context,
        mode: str = Param.choice(
            "echo", {"echo": "Echo", "light": "Trails of light", "delay": "Delay"}
        ),
        copies: int = Param(3, 1, 6),
        gap: float = Param(0.15, 0.05, 0.5, step=0.05, unit="s"),
        strength: int = Param(60, 10, 90, unit="%"),
    ) -> Image:
        self._keep(image, context.time, copies * gap)
        if mode == "delay":
            return self._at(context.time - copies * gap)
        ghosts = [self._at(context.time - gap * (copy + 1)) for copy in range(copies)]
        share = strength / 100
        return _lit(image, ghosts, share) if mode == "light" else _blended(image, ghosts, share)

    def _keep(self, image: Image, now: float, longest: float) -> None:
        kept = self._kept
        if kept and (kept[-1][1].shape != image.shape or not 0 <= now - kept[-1][0] < 2):
            kept.clear()
        if not kept or now - kept[-1][0] >= _STEP_S * 0.9:
            kept.append((now, image.copy()))
        # one older than the longest stays, for it is the picture of that time
        while len(kept) > 1 and now - kept[1][0] >= longest:
            kept.popleft()

    def _at(self, time: float) -> Image:
        """The newest kept frame that is not newer; the oldest when there is none."""
        older = [image for at, image in self._kept if at <= time + 1e-6]
        return older[-1] if older else self._kept[0][1]


def _blended(image: Image, ghosts: list[Image], share: float) -> Image:
    """The mean of all, each ghost weaker than the one before it by `share`."""
    weights = [share**age for age in range(len(ghosts) + 1)]
    total = sum(weights)
    mean: Plane = cv2.convertScaleAbs(image, alpha=weights[0] / total)
    for weight, ghost in zip(weights[1:], ghosts, strict=True):
        mean = cv2.addWeighted(mean, 1.0, ghost, weight / total, 0)
    return np.asarray(mean, np.uint8)


def _lit(image: Image, ghosts: list[Image], share: float) -> Image:
    """The lightest of all, with its colour; a ghost's light wanes with its age."""
    result, into = blank(image)
    y, u, v = planes(image)
    np.copyto(into.y, y)
    np.copyto(into.u, u)
    np.copyto(into.v, v)
    for age, ghost in enumerate(ghosts, 1):
        past = planes(ghost)
        faded = cv2.convertScaleAbs(past.y, alpha=share ** (age / 2))
        lighter = cv2.compare(faded, into.y, cv2.CMP_GT)
        half = cv2.resize(lighter, u.shape[::-1], interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(past.u, half, into.u)
        cv2.copyTo(past.v, half, into.v)
        cv2.max(into.y, faded, dst=into.y)
    return result
