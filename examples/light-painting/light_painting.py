"""Paint with a lamp: what is bright stays in the picture and fades slowly, as a long exposure."""

import cv2
import numpy as np

from rooms.filters import Context, Image, Param, video_filter


@video_filter("Light painting", policy="all", category="time", description="Take a torch.")
class Lamp:
    """With policy "all" it sees every frame, so fast lines have no gaps."""

    def __init__(self) -> None:
        self.canvas: Image | None = None
        self.last = 0.0
        self.owed = 0.0

    def start(self, context: Context) -> None:
        self.last = context.time

    def __call__(
        self,
        image: Image,
        context: Context,
        bright: int = Param(200, 60, 250, title="From brightness"),
        fade: float = Param(4, 0.2, 30, step=0.2, unit="s"),
        dim: int = Param(40, 0, 100, unit="%", title="Dim the room"),
    ) -> Image:
        if self.canvas is None or self.canvas.shape != image.shape:
            self.canvas = np.zeros_like(image)  # the first frame, or the camera was turned
        # whole steps are taken from the paint; what is less than a step waits for the next frame
        self.owed += 255 * max(context.time - self.last, 0.0) / fade
        self.last = context.time
        steps = min(int(self.owed), 255)
        self.owed -= int(self.owed)
        _, lamp = cv2.threshold(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), bright, 255, 0)
        painted = cv2.bitwise_and(image, image, mask=lamp)
        faded = cv2.subtract(self.canvas, (steps, steps, steps, 0))
        self.canvas = cv2.max(faded, painted)
        return cv2.max(cv2.convertScaleAbs(image, alpha=1 - dim / 100), self.canvas)
