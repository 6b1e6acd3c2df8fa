"""What a filter may know beside the picture, and what it may tell the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, SupportsFloat

from rooms.errors import InvalidEffect

MAX_BOXES: Final = 32
MAX_LABEL: Final = 40
MAX_CAPTION: Final = 200

Sink = Callable[[str, dict[str, Any]], None]
"""Takes the kind and the checked data of an event."""


@dataclass(frozen=True, slots=True)
class Context:
    """The moment of one frame; all of it can be made by hand, for tests.

    Attributes:
        time: of the frame in seconds, on the clock of the stream: it starts anywhere.
        age: seconds since the frame came to the server.
        name: of the participant, as the room shows it.
        speaking: whether they are heard just now.
        hand_raised: whether they ask to speak.
        sink: where events go; None: nowhere.
    """

    time: float = 0.0
    age: float = 0.0
    name: str = ""
    speaking: bool = False
    hand_raised: bool = False
    sink: Sink | None = field(default=None, repr=False, compare=False)

    def emit(self, kind: str, data: Mapping[str, object]) -> None:
        """Tell the room something. At most five a second get out; the newest waits for its turn.

        Args:
            kind: "detections" with `{"boxes": [...]}`, at most 32 of `{label, score, x, y, width,
                height}`, the numbers as parts (0 to 1) of the picture's sides; or "caption" with
                `{"text": "..."}`, at most 200 characters.
            data: as the kind wants it, nothing else.

        Raises:
            InvalidEffect: it has another form.
        """
        checked = checked_event(kind, data)
        if self.sink is not None:
            self.sink(kind, checked)


def checked_event(kind: str, data: Mapping[str, object]) -> dict[str, Any]:
    """A copy of the data, of plain types.

    Raises:
        InvalidEffect: it has not the form that this kind has.
    """
    if kind == "detections" and data.keys() == {"boxes"}:
        boxes = data["boxes"]
        if not isinstance(boxes, Sequence) or len(boxes) > MAX_BOXES:
            raise InvalidEffect(f"Boxes are a list of at most {MAX_BOXES}.")
        return {"boxes": [_box(box) for box in boxes]}
    if kind == "caption" and data.keys() == {"text"}:
        return {"text": _text("A caption", data["text"], MAX_CAPTION)}
    raise InvalidEffect('A filter may emit "detections" with boxes or "caption" with a text.')


def _box(box: object) -> dict[str, Any]:
    parts = ("score", "x", "y", "width", "height")
    if not isinstance(box, Mapping) or box.keys() != {"label", *parts}:
        raise InvalidEffect("A box has label, score, x, y, width and height.")
    return {
        "label": _text("A label", box["label"], MAX_LABEL),
        **{part: _share(part, box[part]) for part in parts},
    }


def _text(what: str, text: object, most: int) -> str:
    if not isinstance(text, str) or len(text) > most or not text.isprintable():
        raise InvalidEffect(f"{what} is one line of at most {most} characters.")
    return text


def _share(part: str, value: object) -> float:
    """A number from 0 to 1; numpy's are made Python's, for JSON."""
    try:
        share = float(value) if isinstance(value, SupportsFloat) else -1.0
    except (TypeError, ValueError):  # an array of several
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise InvalidEffect(f"A box's {part} is a number from 0 to 1.")
    return share
