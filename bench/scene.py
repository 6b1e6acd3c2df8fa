"""A picture as hard on codecs as a real one: shapes of all sizes that move, and noise."""

import cv2
import numpy as np

from tests.support.media_pictures import Image, Vp8

NOISE = 3
SPEED = 3
"""Pixels a frame."""


class Scene:
    """A camera of this size; frames are I420, (3 * height / 2, width)."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._random = np.random.default_rng(1)
        self._luma = self._texture(width, height)
        self._chroma = [self._texture(width // 2, height // 2) for _ in range(2)]
        self._noise = [
            self._random.integers(-NOISE, NOISE + 1, (height, width), np.int16) for _ in range(8)
        ]

    def frame(self, number: int) -> Image:
        shift = SPEED * number
        luma = np.roll(self._luma, shift, axis=1).astype(np.int16)
        luma = (luma + self._noise[number % len(self._noise)]).clip(16, 235).astype(np.uint8)
        chroma = [np.roll(plane, shift // 2, axis=1) for plane in self._chroma]
        flat = np.concatenate([luma.reshape(-1), *(plane.reshape(-1) for plane in chroma)])
        return flat.reshape(-1, self.width)

    def _texture(self, width: int, height: int) -> Image:
        """Soft spots, and smaller squares with edges, without a seam where the picture ends."""
        sum_of_all = np.zeros((height, width), np.float32)
        for squares, by in ((4, cv2.INTER_LINEAR), (16, cv2.INTER_LINEAR), (32, cv2.INTER_NEAREST)):
            grid = self._random.normal(0, 60 / np.sqrt(squares / 4), (squares, squares))
            grid = np.pad(grid, ((0, 0), (0, 1)), mode="wrap").astype(np.float32)
            size = (width + width // squares, height)
            sum_of_all += cv2.resize(grid, size, interpolation=by)[:, :width]
        return (128 + sum_of_all).clip(16, 240).astype(np.uint8)


class SceneCamera:
    """The same as a publication wants it: encoded by VP8, one frame after the other."""

    def __init__(self, width: int, height: int, bitrate_bps: int) -> None:
        self._scene = Scene(width, height)
        self._codec = Vp8(width, height, bitrate_bps)
        self._count = 0

    def __call__(self, keyframe: bool) -> bytes:
        self._count += 1
        return self._codec.encode(self._scene.frame(self._count), keyframe=keyframe)
