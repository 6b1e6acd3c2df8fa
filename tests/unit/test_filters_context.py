"""What filters tell the room, how much of it and how often."""

from typing import Any

import numpy as np
import pytest

from rooms.emitted import Outbox
from rooms.errors import InvalidEffect
from rooms.filters import Context

BOX = {"label": "cat", "score": 0.5, "x": 0.1, "y": 0.2, "width": 0.3, "height": 1}


def emitted(kind: str, data: Any) -> list[tuple[str, dict[str, Any]]]:
    taken: list[tuple[str, dict[str, Any]]] = []
    Context(sink=lambda kind, data: taken.append((kind, data))).emit(kind, data)
    return taken


def test_detections_become_plain_numbers() -> None:
    [(kind, data)] = emitted("detections", {"boxes": ({**BOX, "score": np.float32(0.25)},)})
    assert kind == "detections"
    assert data == {"boxes": [{**BOX, "score": 0.25}]}
    assert type(data["boxes"][0]["score"]) is float
    assert type(data["boxes"][0]["height"]) is float


def test_the_most_boxes_and_letters_are_taken() -> None:
    assert emitted("detections", {"boxes": [BOX] * 32})
    assert emitted("caption", {"text": "x" * 200}) == [("caption", {"text": "x" * 200})]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("detections", {"boxes": [BOX] * 33}),
        ("detections", {"boxes": [{**BOX, "x": 1.01}]}),
        ("detections", {"boxes": [{**BOX, "x": float("nan")}]}),
        ("detections", {"boxes": [{**BOX, "x": "left"}]}),
        ("detections", {"boxes": [{**BOX, "x": None}]}),
        ("detections", {"boxes": [{**BOX, "x": 10**400}]}),
        ("detections", {"boxes": [{**BOX, "label": "x" * 41}]}),
        ("detections", {"boxes": [{**BOX, "label": b"cat"}]}),
        ("detections", {"boxes": [{**BOX, "more": 1}]}),
        ("detections", {"boxes": [{"label": "cat"}]}),
        ("detections", {"boxes": ["cat"]}),
        ("detections", {"boxes": 3}),
        ("detections", {}),
        ("caption", {"text": "x" * 201}),
        ("caption", {"text": "two\nlines"}),
        ("caption", {"text": "a", "size": 3}),
        ("caption", {"text": 7}),
        ("picture", {"data": "x"}),
    ],
)
def test_anything_else_is_refused(kind: str, data: dict[str, object]) -> None:
    with pytest.raises(InvalidEffect):
        Context().emit(kind, data)


def test_five_a_second_get_out_and_the_newest_wins() -> None:
    outbox: Outbox[str, dict[str, Any]] = Outbox()
    out = []
    for number in range(90):  # three seconds of a filter that speaks with every frame
        outbox.put("caption", {"text": str(number)})
        event = outbox.take(number / 30)
        if event is not None:
            out.append(event[1]["text"])
    assert out[0] == "0"
    assert 13 <= len(out) <= 15
    assert out[1] == "6"


def test_two_kinds_take_turns() -> None:
    outbox: Outbox[str, dict[str, Any]] = Outbox()
    out = []
    for number in range(30):
        outbox.put("caption", {"text": ""})
        outbox.put("detections", {"boxes": []})
        event = outbox.take(number / 30)
        if event is not None:
            out.append(event[0])
    assert out[:4] == ["caption", "detections", "caption", "detections"]


def test_what_waits_goes_out_later_though_nothing_new_came() -> None:
    outbox: Outbox[str, dict[str, Any]] = Outbox()
    outbox.put("caption", {"text": "one"})
    outbox.put("caption", {"text": "two"})
    assert outbox.take(0.0) == ("caption", {"text": "two"})
    assert outbox.take(0.1) is None
    outbox.put("caption", {"text": "three"})
    assert outbox.take(0.19) is None
    assert outbox.take(0.21) == ("caption", {"text": "three"})
    assert outbox.take(9.0) is None
