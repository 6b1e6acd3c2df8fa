"""Moving pictures and sound made by arithmetic: the same everywhere, for tests and measuring."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from rooms.filters.formats import SAMPLE_RATE, Image, Samples

FRAMES_PER_S = 30
PACKET_SAMPLES = 960
"""20 ms, as Opus packets have."""


def moving_picture(width: int, height: int, number: int) -> Image:
    """I420 of a still wall with grain, before which a head and a bright disc move.

    Args:
        width: even, as is `height`.
        height: in pixels.
        number: of the frame; thirty are a second.
    """
    picture = _wall(width, height).copy()
    time = number / FRAMES_PER_S
    middle = int(width * (0.5 + 0.08 * math.sin(2 * time))), int(height * 0.45)
    shoulders = middle[0], int(height * 1.05)
    cv2.ellipse(picture, shoulders, (height // 2, height // 3), 0, 0, 360, (120, 70, 40), -1)
    cv2.ellipse(picture, middle, (height // 6, height // 4), 0, 0, 360, (140, 170, 215), -1)
    for side in (-1, 1):
        eye = middle[0] + side * height // 15, middle[1] - height // 20
        cv2.circle(picture, eye, max(2, height // 60), (40, 30, 20), -1)
    disc = (
        int(width * (0.5 + 0.4 * math.cos(time))),
        int(height * (0.5 + 0.35 * math.sin(3 * time))),
    )
    cv2.circle(picture, disc, height // 14, (60, 220, 250), -1)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)


def moving_sound(channels: int, number: int) -> Samples:
    """The 20 ms packet `number` of a voice-like tone with pauses: int16 (channels, 960)."""
    at = (np.arange(PACKET_SAMPLES) + number * PACKET_SAMPLES) / SAMPLE_RATE
    tone = sum(np.sin(2 * np.pi * 140 * part * at) / part for part in range(1, 9))
    loudness = np.clip(np.sin(2 * np.pi * 1.5 * at), 0.02, 1.0)
    mono = (tone * loudness * 5000).astype(np.int16)
    return np.repeat(mono[np.newaxis], channels, axis=0)


@lru_cache(maxsize=4)
def _wall(width: int, height: int) -> Image:
    across = np.linspace(60, 200, width)
    down = np.linspace(1.0, 0.6, height)[:, np.newaxis]
    grain = np.random.default_rng(4).normal(0.0, 3.0, (height, width))
    light = across * down + grain
    books = 25 * (np.arange(width) // max(1, width // 24) % 3 - 1)
    wall = np.stack((light + books, light, light - books), axis=2)
    return np.clip(wall, 0, 255).astype(np.uint8)
