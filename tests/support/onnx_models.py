"""ONNX files, made by hand: just enough of onnx.proto3 for nets of a few nodes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

_FLOAT, _INT64 = 1, 7
_INT_ATTRIBUTE, _INTS_ATTRIBUTE = 2, 7


def save(
    path: Path,
    nodes: Sequence[bytes],
    weights: Mapping[str, npt.NDArray[np.float32 | np.int64]],
    *,
    image: Sequence[int],
    result: Sequence[int],
    notes: Mapping[str, str] | None = None,
) -> None:
    """Write a net from "image" to "result"; a side of 0 is open."""
    graph = b"".join(_message(1, node) for node in nodes)
    graph += _text(2, "net")
    graph += b"".join(_message(5, _tensor(name, values)) for name, values in weights.items())
    graph += _message(11, _value("image", image)) + _message(12, _value("result", result))
    model = _number(1, 8) + _message(7, graph) + _message(8, _number(2, 13))
    for key, text in (notes or {}).items():
        model += _message(14, _text(1, key) + _text(2, text))
    path.write_bytes(model)


def node(kind: str, inputs: Sequence[str], output: str, **ints: int | Sequence[int]) -> bytes:
    made = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, kind)
    for name, value in ints.items():
        if isinstance(value, int):
            attribute = _text(1, name) + _number(3, value) + _number(20, _INT_ATTRIBUTE)
        else:
            several = b"".join(_number(8, one) for one in value)
            attribute = _text(1, name) + several + _number(20, _INTS_ATTRIBUTE)
        made += _message(5, attribute)
    return made


def save_detector(
    path: Path, table: Floats, *, side: int = 64, notes: Mapping[str, str] | None = None
) -> None:
    """A net that always answers with `table` (rows, columns), times how red the picture is."""
    rows, columns = table.shape
    red = np.zeros((3, rows * columns), np.float32)
    red[0] = table.reshape(-1)
    save(
        path,
        [
            node("GlobalAveragePool", ["image"], "mean"),
            node("Flatten", ["mean"], "flat", axis=1),
            node("MatMul", ["flat", "red"], "list"),
            node("Reshape", ["list", "shape"], "result"),
        ],
        {"red": red, "shape": np.array((1, rows, columns), np.int64)},
        image=(1, 3, side, side),
        result=(1, rows, columns),
        notes=notes,
    )


def save_negative(path: Path, *, size: tuple[int, int] = (0, 0), top: float = 255.0) -> None:
    """A net that gives `top` minus each value; `size` is height and width."""
    save(
        path,
        [node("Conv", ["image", "minus", "top"], "result", kernel_shape=(1, 1))],
        {
            "minus": -np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1),
            "top": np.full(3, top, np.float32),
        },
        image=(1, 3, *size),
        result=(1, 3, *size),
    )


def _value(name: str, shape: Sequence[int]) -> bytes:
    sides = b"".join(_message(1, _number(1, side) if side else _text(2, "any")) for side in shape)
    return _text(1, name) + _message(2, _message(1, _number(1, _FLOAT) + _message(2, sides)))


def _tensor(name: str, values: npt.NDArray[np.float32 | np.int64]) -> bytes:
    kind = _INT64 if values.dtype == np.int64 else _FLOAT
    sides = b"".join(_number(1, side) for side in values.shape)
    return sides + _number(2, kind) + _text(8, name) + _message(9, values.tobytes())


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _varint(value: int) -> bytes:
    made = b""
    while value > 0x7F:
        made += struct.pack("B", value & 0x7F | 0x80)
        value >>= 7
    return made + struct.pack("B", value)
