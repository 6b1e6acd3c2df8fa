"""The models that the operator of the server has put into a directory."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rooms.filters.models.onnx_file import NotOnnx, Onnx, Shape, read_onnx
from rooms.filters.params import MAX_CHOICES

if TYPE_CHECKING:
    from pathlib import Path

MAX_SIDE: Final = 1280
COLOURS: Final = 3


class Task(StrEnum):
    """What a model makes of a picture.

    Attributes:
        DETECTION: boxes: one table of numbers.
        STYLE: another picture.
    """

    DETECTION = "detection"
    STYLE = "style"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a filter can offer.

    Attributes:
        name: of its file, without the ending.
        size: width and height of the picture that it wants, 0 where any will do.
        last: whether the colours come last in its input, (1, h, w, 3); else (1, 3, h, w).
        labels: of what it finds, by number; may be empty.
    """

    name: str
    path: Path
    task: Task
    size: tuple[int, int]
    last: bool = False
    labels: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        words = self.name.replace("_", " ").replace("-", " ").strip()
        return words[:1].upper() + words[1:]


def models_for(task: Task, directory: Path) -> dict[str, Model]:
    """The models of a directory that can do this, by name.

    What is no ONNX file, or a model for something else, is passed over.
    """
    found: dict[str, Model] = {}
    for path in sorted(directory.glob("*.onnx")):
        try:
            model = _model(path, read_onnx(path))
        except (NotOnnx, OSError):
            continue
        if model is not None and model.task is task and len(found) < MAX_CHOICES:
            found[model.name] = model
    return found


def _model(path: Path, onnx: Onnx) -> Model | None:
    if len(onnx.inputs) != 1 or len(onnx.inputs[0]) != 4:
        return None
    shape = onnx.inputs[0]
    last = shape[3] == COLOURS and shape[1] != COLOURS
    height, width = shape[1:3] if last else shape[2:4]
    colours = shape[3] if last else shape[1]
    if colours != COLOURS or max(width, height) > MAX_SIDE:
        return None
    task = _task(onnx.outputs)
    if task is None or (last and task is Task.DETECTION):
        return None
    return Model(path.stem, path, task, (width, height), last, _labels(path, onnx))


def _task(outputs: tuple[Shape, ...]) -> Task | None:
    if len(outputs) != 1:
        return None
    match len(outputs[0]):
        case 4:
            return Task.STYLE
        case 2 | 3:
            return Task.DETECTION
        case _:
            return None


def _labels(path: Path, onnx: Onnx) -> tuple[str, ...]:
    """One a line in a text file of the same name, or as a Python literal in the file's notes."""
    beside = path.with_suffix(".txt")
    if beside.is_file():
        lines = beside.read_text(encoding="utf-8", errors="replace").splitlines()
        return tuple(_printable(line) for line in lines)
    try:
        names = ast.literal_eval(onnx.notes.get("names", "()"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    if isinstance(names, dict):
        names = [names.get(index, "") for index in range(len(names))]
    if not isinstance(names, (list, tuple)):
        return ()
    return tuple(_printable(str(name)) for name in names)


def _printable(label: str) -> str:
    return "".join(letter for letter in label if letter.isprintable()).strip()[:40]
