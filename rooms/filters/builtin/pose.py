"""A figure that moves as the person does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from rooms.filters import Colour, Context, Image, Param, video_filter
from rooms.filters.models.poses import PoseTracker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rooms.filters.models.poses import Points, Pose

STYLES: Final = {
    "pictogram": "Pictogram",
    "stick": "Stick figure",
    "over": "Stick figure on the picture",
}
QUALITY: Final = {"best": "Best", "fast": "Fast"}
VISIBLE: Final = 0.5
NOSE, EAR, SHOULDER, ELBOW, WRIST, FINGER = 0, 7, 11, 13, 15, 19
HIP, KNEE, ANKLE, TOE = 23, 25, 27, 31
"""Points of the pose; those with two have the left one here and the right one after it."""
ARM: Final = (SHOULDER, ELBOW, WRIST, FINGER)
LEG: Final = (HIP, KNEE, ANKLE, TOE)
FAR: Final = 8000
_SHIFT: Final = 4


@video_filter(
    "Pose",
    name="pose",
    private=True,
    category="look",
    description="A figure instead of you, that moves as you do. It follows one person.",
)
class PoseFigure:
    def start(self, context: Context) -> None:
        self._tracker = PoseTracker()

    def __call__(
        self,
        image: Image,
        style: str = Param.choice("pictogram", STYLES),
        colour: Colour = Param.colour("#f4f1e8"),
        backdrop: Colour = Param.colour("#24506e"),
        width: int = Param(100, 50, 200, step=10, unit="%", title="Line width"),
        quality: str = Param.choice("fast", QUALITY),
    ) -> Image:
        pose = self._tracker.track(image, every_second=quality == "fast")
        drawn = image.copy() if style == "over" else np.full_like(image, backdrop)
        if pose is not None:
            figure = _pictogram if style == "pictogram" else _stick_figure
            figure(drawn, pose, colour, width / 100)
        return drawn


def _pictogram(image: Image, pose: Pose, colour: Colour, width: float) -> None:
    points = pose.points
    span = _span(pose)
    thick = 0.34 * span * width
    shoulders, hips = points[SHOULDER : SHOULDER + 2], points[HIP : HIP + 2]
    # Arms begin and end beside the body, not in it.
    body = np.concatenate((shoulders, hips[::-1]))
    middle = body.mean(axis=0)
    inner = middle + (body - middle) * (0.8, 0.92)
    cv2.fillPoly(image, [_fixed(inner)], colour, cv2.LINE_AA, _SHIFT)
    _line(image, np.concatenate((inner, inner[:1])), colour, thick)
    for limb, part in ((ARM[:3], 0.8), (LEG[:3], 0.95)):
        for side in (0, 1):
            shown = _shown(pose, limb, side)
            _line(image, points[shown], colour, thick * part)
    _dot(image, *_head_of(pose, span * 0.42), colour)


def _stick_figure(image: Image, pose: Pose, colour: Colour, width: float) -> None:
    points = pose.points
    span = _span(pose)
    thick = max(2.0, 0.055 * span * width)
    neck = points[SHOULDER : SHOULDER + 2].mean(axis=0)
    hips = points[HIP : HIP + 2].mean(axis=0)
    _line(image, np.stack((neck, hips)), colour, thick)
    for start, limb in ((neck, ARM), (hips, LEG)):
        for side in (0, 1):
            shown = _shown(pose, limb, side)
            _line(image, np.concatenate((start[None], points[shown])), colour, thick)
            for joint in points[shown]:
                _dot(image, joint, thick * 1.1, colour)
    head, radius = _head_of(pose, span * 0.4)
    chin = np.array((head[0], head[1] + radius))
    _line(image, np.stack((neck, chin)), colour, thick)
    _circle(image, head, radius, colour, round(thick))


def _shown(pose: Pose, limb: tuple[int, ...], side: int) -> list[int]:
    """Points of a limb as far as it is seen. An upper arm that is half seen is better guessed."""
    points = [index + side for index in limb]
    count = 2 if limb[0] == SHOULDER else 1
    while count < len(points) and pose.seen[points[count]] > VISIBLE:
        count += 1
    return points[:count]


def _head_of(pose: Pose, least: float) -> tuple[Points, float]:
    """Middle and radius: of the face, not the hair."""
    ears = pose.points[EAR : EAR + 2]
    middle: Points = (ears.mean(axis=0) + pose.points[NOSE]) / 2
    return middle, max(least, float(np.hypot(*(ears[0] - ears[1]))) * 0.62)


def _span(pose: Pose) -> float:
    """Between the shoulders; turned aside they come together, the body stays as long."""
    across = pose.points[SHOULDER] - pose.points[SHOULDER + 1]
    neck, hips = (pose.points[row : row + 2].mean(axis=0) for row in (SHOULDER, HIP))
    return max(float(np.hypot(*across)), float(np.hypot(*(neck - hips))) * 0.45, 8.0)


def _line(image: Image, points: Points, colour: Colour, width: float) -> None:
    thick = max(1, min(255, round(width)))
    cv2.polylines(image, [_fixed(points)], False, colour, thick, cv2.LINE_AA, _SHIFT)


def _dot(image: Image, middle: Points, radius: float, colour: Colour) -> None:
    _circle(image, middle, radius, colour, cv2.FILLED)


def _circle(image: Image, middle: Points, radius: float, colour: Colour, width: int) -> None:
    x, y = _fixed(middle)
    spread = round(radius * (1 << _SHIFT))
    cv2.circle(image, (int(x), int(y)), spread, colour, width, cv2.LINE_AA, _SHIFT)


def _fixed(points: Points) -> NDArray[np.int32]:
    """As OpenCV draws between pixels; far outside of a picture is far enough."""
    return np.asarray(np.rint(np.clip(points, -FAR, FAR) * (1 << _SHIFT)), np.int32)
