"""The nets that ship with the rooms. They read pictures; they know nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2

FOLDER: Final = Path(__file__).parent


def shipped(name: str) -> cv2.dnn.Net:
    """One of the nets in this folder, for one thread.

    The newer of OpenCV's two engines keeps only the last output of a net with several.
    """
    net = cv2.dnn.readNetFromTFLite(str(FOLDER / f"{name}.tflite"), cv2.dnn.ENGINE_CLASSIC)
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    return net
