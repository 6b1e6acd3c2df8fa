"""What an ONNX file says about itself, without loading it.

Only the shapes of its inputs and outputs and its notes are read (field numbers are those of
onnx.proto3): enough to tell what a model is for, and fast enough to ask a whole directory.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Shape = tuple[int, ...]
"""Of a tensor; 0 where it is open."""

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_GRAPH, _NOTES = 7, 14
_INITIALIZER, _INPUT, _OUTPUT = 5, 11, 12
_TENSOR_NAME: Final = 8


class NotOnnx(ValueError):
    """A file is something else, or ends too early."""


@dataclass(frozen=True, slots=True)
class Onnx:
    """What a file says.

    Attributes:
        inputs: shapes of what it wants, in order; weights are not among them.
        notes: whatever its maker wrote in it, such as labels.
    """

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    notes: dict[str, str] = field(default_factory=dict)


def read_onnx(path: Path) -> Onnx:
    """Raises NotOnnx; OSError: it cannot be read."""
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise NotOnnx("It is empty.") from None
    # It is closed with the last view of it, which an error's traceback may still hold.
    return _model(memoryview(mapped))


def _model(view: memoryview) -> Onnx:
    inputs: list[tuple[str, Shape]] = []
    outputs: list[tuple[str, Shape]] = []
    weights: set[str] = set()
    notes: dict[str, str] = {}
    for number, value in _fields(view):
        if number == _NOTES:
            texts = {key: _text(text) for key, text in _fields(_bytes(value))}
            notes[texts.get(1, "")] = texts.get(2, "")
        elif number == _GRAPH:
            for part, content in _fields(_bytes(value)):
                if part == _INPUT:
                    inputs.append(_named_shape(_bytes(content)))
                elif part == _OUTPUT:
                    outputs.append(_named_shape(_bytes(content)))
                elif part == _INITIALIZER:
                    weights.add(_text(_first(_bytes(content), _TENSOR_NAME)))
    if not outputs:
        raise NotOnnx("It has no graph with an output.")
    wanted = tuple(shape for name, shape in inputs if name not in weights)
    return Onnx(wanted, tuple(shape for _, shape in outputs), notes)


def _named_shape(value_info: memoryview) -> tuple[str, Shape]:
    tensor = _first(_bytes(_first(value_info, 2)), 1)
    dimensions = []
    for number, value in _fields(_bytes(_first(_bytes(tensor), 2))):
        if number == 1:
            size = _first(_bytes(value), 1)
            dimensions.append(size if isinstance(size, int) and size > 0 else 0)
    return _text(_first(value_info, 1)), tuple(dimensions)


def _first(view: memoryview, number: int) -> int | memoryview:
    """A field of a message; empty if it is not there."""
    return next((value for found, value in _fields(view) if found == number), memoryview(b""))


def _fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Numbers and values of a message's fields (Protocol Buffers encoding)."""
    at = 0
    while at < len(view):
        key, at = _varint(view, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(view, at)
            yield key >> 3, number
            continue
        if kind == _BYTES:
            length, at = _varint(view, at)
        elif kind in (_EIGHT, _FOUR):
            length = 8 if kind == _EIGHT else 4
        else:
            raise NotOnnx("It is no protobuf message.")
        if at + length > len(view):
            raise NotOnnx("It ends too early.")
        yield key >> 3, view[at : at + length]
        at += length


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(view):
            raise NotOnnx("It ends too early.")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise NotOnnx("It is no protobuf message.")


def _bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise NotOnnx("A field has another type.")
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_bytes(value)).decode("utf-8", "replace")
