"""What a filter may know beside the picture, and what it may tell the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rooms.emitted import checked_event

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
        """Tell the room something; of what comes too fast the newest waits for its turn.

        At most five events a second get out of all the effects of one picture or sound.

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
