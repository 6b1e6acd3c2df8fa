"""What filters tell the room: of which form it is, and slowed down to what the room can bear."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, Generic, SupportsFloat, TypeVar

from rooms.errors import InvalidEffect
from rooms.texts import is_printable

INTERVAL_S: Final = 0.2
"""Between two events that leave one outbox."""
MAX_BOXES: Final = 32
MAX_LABEL: Final = 40
MAX_CAPTION: Final = 200

Key = TypeVar("Key", bound=Hashable)
Event = TypeVar("Event")


class Outbox(Generic[Key, Event]):
    """Keeps the newest event of each key until it is its turn."""

    __slots__ = ("_next_at", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[Key, Event] = {}
        self._next_at = float("-inf")

    def put(self, key: Key, event: Event) -> None:
        self._waiting[key] = event  # a key keeps its place in the row, so none starves

    def take(self, now: float) -> tuple[Key, Event] | None:
        """The event that may go out now, if any. `now` is on any clock of seconds."""
        if not self._waiting or now < self._next_at:
            return None
        self._next_at = now + INTERVAL_S
        key = next(iter(self._waiting))
        return key, self._waiting.pop(key)


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
    if not isinstance(text, str) or len(text) > most or not is_printable(text):
        raise InvalidEffect(f"{what} is one line of at most {most} characters.")
    return text


def _share(part: str, value: object) -> float:
    """A number from 0 to 1; numpy's are made Python's, for JSON."""
    try:
        share = float(value) if isinstance(value, SupportsFloat) else -1.0
    except (TypeError, ValueError, OverflowError):  # an array of several, or a huge whole number
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise InvalidEffect(f"A box's {part} is a number from 0 to 1.")
    return share
