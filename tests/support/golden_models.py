"""Small ONNX models, made by hand, for the pictures of the filters that need one.

They have the shapes of the models that an operator would bring, and look at what they are shown;
but nothing was learned: the detector knows three things of the portrait by heart, the style is a
poster of four inks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from tests.support.onnx_models import node, save

if TYPE_CHECKING:
    from pathlib import Path

    from rooms.filters import Image
    from tests.support.onnx_models import Floats

_SIDE = 320
"""Of the detector's input, and in it of a cell."""
_CELL = 8
_CELLS = _SIDE // _CELL
_REACH = 13
"""Cells to each side of the one that a thing's centre is in."""
_THINGS: Final = {
    "person": (70, 16, 460, 360),
    "rocket": (470, 0, 610, 354),
    "flag": (0, 0, 128, 340),
}
"""Left, top, right and bottom in the portrait."""
_PERFECT = 0.97
_NEVER = -20.0

_INKS: Final = ((84, 46, 12), (56, 34, 196), (170, 160, 108), (190, 226, 246))
"""From dark to light, in BGR."""
_STEPS: Final = (78, 128, 176)
"""Of the luma, between them."""
_OUTLINE = 90.0
"""What a line takes of each colour."""


def save_golden_detector(path: Path, portrait: Image) -> None:
    """As YOLOv8: (1, 3, 320, 320) in; (1, 7, n) out, places and the scores of three kinds.

    Each cell is compared with the portrait around the centre of each thing: the correlation of what
    is there with what is in the portrait, and thus the score, is greatest where it lies.
    """
    seen = _cells(portrait)
    kinds = len(_THINGS)
    # Row `kind` of part `part` of the table: a thing has a part of its own, for boxes of its size.
    kernels = np.zeros((kinds, kinds, 3, 2 * _REACH + 1, 2 * _REACH + 1), np.float32)
    biases = np.full((kinds, kinds), _NEVER, np.float32)
    places = []
    for kind, box in enumerate(_THINGS.values()):
        kernels[kind, kind], biases[kind, kind] = _template(seen, box, portrait.shape[1])
        places.append(_places(box, portrait.shape[1]))
    save(
        path,
        [
            node(
                "AveragePool", ["image"], "cells", kernel_shape=(_CELL,) * 2, strides=(_CELL,) * 2
            ),
            node("Conv", ["cells", "kernels", "biases"], "sums", pads=(_REACH,) * 4),
            node("Sigmoid", ["sums"], "scores"),
            node("Reshape", ["scores", "shape"], "rows"),
            node("Concat", ["places", "rows"], "result", axis=1),
        ],
        {
            "kernels": kernels.reshape(-1, *kernels.shape[2:]),
            "biases": biases.reshape(-1),
            "shape": np.array((1, kinds, kinds * _CELLS**2), np.int64),
            "places": np.concatenate(places, axis=1)[None],
        },
        image=(1, 3, _SIDE, _SIDE),
        result=(1, 4 + kinds, kinds * _CELLS**2),
        notes={"names": str(dict(enumerate(_THINGS)))},
    )


def save_golden_style(path: Path) -> None:
    """As those of fast neural style: (1, 3, height, width) in and out, sides open, 0 to 255.

    The luma is smoothed; where it is over a step there is the next ink; lines are where it bends.
    """
    luma = np.array((0.299, 0.587, 0.114), np.float32).reshape(1, 3, 1, 1)
    line = np.outer(*2 * [cv2.getGaussianKernel(7, 1.3)[:, 0]])
    wide = np.outer(*2 * [cv2.getGaussianKernel(7, 2.2)[:, 0]])
    steepness, lines = 0.35, 0.5
    kernels = [line * steepness] * len(_STEPS) + [(wide - line) * lines]
    biases = [-step * steepness for step in _STEPS] + [-2.0]
    inks = np.array(_INKS, np.float32)[:, ::-1]
    mixed = np.concatenate((np.diff(inks, axis=0), np.full((1, 3), -_OUTLINE)))
    save(
        path,
        [
            node("Conv", ["image", "look", "least"], "sums", pads=(3, 3, 3, 3)),
            node("Sigmoid", ["sums"], "shares"),
            node("Conv", ["shares", "inks", "paper"], "result", kernel_shape=(1, 1)),
        ],
        {
            "look": np.stack(kernels)[:, None].astype(np.float32) * luma,
            "least": np.array(biases, np.float32),
            "inks": mixed.T.reshape(3, -1, 1, 1).astype(np.float32),
            "paper": inks[0],
        },
        image=(1, 3, 0, 0),
        result=(1, 3, 0, 0),
    )


def _cells(portrait: Image) -> Floats:
    """(3, rows, columns) of red, green, blue, 0 to 1, as the detector sees the portrait."""
    scale = _SIDE / portrait.shape[1] / _CELL
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small[..., ::-1].transpose(2, 0, 1) / 255, np.float32)


def _template(seen: Floats, box: tuple[int, int, int, int], width: int) -> tuple[Floats, float]:
    """Weights around a thing's cell and a bias, with which it has the score `_PERFECT`."""
    left, top, right, bottom = (round(side * _CELLS / width) for side in box)
    kernel = np.zeros((3, 2 * _REACH + 1, 2 * _REACH + 1), np.float32)
    thing = seen[:, top:bottom, left:right]
    own_row, own_column = _cell(box, width)
    row, column = _REACH + top - own_row, _REACH + left - own_column
    part = kernel[:, row : row + thing.shape[1], column : column + thing.shape[2]]
    part[:] = thing - thing.mean(axis=(1, 2), keepdims=True)
    power = float((part * part).sum())
    logit = float(np.log(_PERFECT / (1 - _PERFECT)))
    sharpness = 4 * logit
    return kernel * np.float32(sharpness / power), logit - sharpness


def _cell(box: tuple[int, int, int, int], width: int) -> tuple[int, int]:
    """Row and column of the cell that a thing's centre is in."""
    left, top, right, bottom = box
    return (top + bottom) * _CELLS // (2 * width), (left + right) * _CELLS // (2 * width)


def _places(box: tuple[int, int, int, int], width: int) -> Floats:
    """(4, cells): centre, width and height of the thing if its centre is in that cell."""
    scale = _SIDE / width
    left, top, right, bottom = (side * scale for side in box)
    own_row, own_column = _cell(box, width)
    rows, columns = np.mgrid[0:_CELLS, 0:_CELLS].reshape(2, -1).astype(np.float32)
    across = (left + right) / 2 + (columns - own_column) * _CELL
    down = (top + bottom) / 2 + (rows - own_row) * _CELL
    sides = [np.full_like(across, right - left), np.full_like(across, bottom - top)]
    return np.stack([across, down, *sides]).astype(np.float32)
