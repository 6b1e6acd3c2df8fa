"""docs/protocol.md and the models say the same, in both directions."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from rooms import effect_shapes, messages, shapes
from rooms.errors import RoomError
from rooms.messages import FACTS
from rooms.requests import REQUESTS
from rooms.sdp import BETWEEN_BROWSERS, MAX_CANDIDATES, SUBSCRIPTION
from rooms.topology import MediaPolicy, Reason, Route
from server.signalling.client import ENDINGS

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")

SHAPES: dict[str, type[BaseModel]] = {
    "Participant": shapes.ParticipantShape,
    "Track": shapes.TrackShape,
    "RoomInfo": shapes.RoomInfo,
    "ChatMessage": shapes.ChatMessageShape,
    "Candidate": shapes.Candidate,
    "ShownEffect": shapes.ShownEffect,
    "EffectRequest": effect_shapes.EffectRequest,
    "Effects": effect_shapes.EffectsShape,
    "Effect": effect_shapes.EffectShape,
    "Filter": effect_shapes.FilterShape,
    "Param": effect_shapes.ParamShape,
    "Cost": effect_shapes.CostShape,
    "PublishedTrack": shapes.PublishedTrack,
    "Stream": shapes.StreamShape,
    "Tile": shapes.Tile,
    "Snapshot": messages.Snapshot,
    "Missed": messages.Missed,
}


def chapter(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, f"docs/protocol.md has no chapter {title!r}"
    return found.group(1)


def section(title: str, heading: str) -> str:
    pattern = rf"^### {re.escape(heading)}\n(.*?)(?=^##|\Z)"
    found = re.search(pattern, chapter(title), re.M | re.S)
    assert found, f"docs/protocol.md has no heading {heading!r} in {title!r}"
    return found.group(1)


def headings(title: str) -> set[str]:
    return set(re.findall(r"^### (.+)$", chapter(title), re.M))


def wire_names(model: type[BaseModel]) -> list[str]:
    return [f.serialization_alias or f.alias or name for name, f in model.model_fields.items()]


def table_fields(text: str) -> list[str]:
    return re.findall(r"^\| `([a-z_]+)` \|", text, re.M)


def braced_fields(text: str) -> list[str]:
    found = re.search(r"`\{([^}]*)\}`", text)
    assert found
    return [part.split(":")[0].strip() for part in found.group(1).split(",") if part]


@pytest.mark.parametrize("event", REQUESTS)
def test_every_request_is_documented_with_its_fields(event: str) -> None:
    assert table_fields(section("Requests", event)) == list(REQUESTS[event].model_fields)


@pytest.mark.parametrize("event", FACTS)
def test_every_fact_is_documented_with_its_fields(event: str) -> None:
    title = "Room facts" if "seq" in FACTS[event].model_fields else "Direct facts"
    assert braced_fields(section(title, event)) == wire_names(FACTS[event])


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_documented_with_its_fields(shape: str) -> None:
    assert braced_fields(section("Shapes", shape)) == wire_names(SHAPES[shape])


def test_nothing_is_documented_that_does_not_exist() -> None:
    assert headings("Requests") == set(REQUESTS)
    assert headings("Room facts") | headings("Direct facts") == set(FACTS)
    assert headings("Shapes") == set(SHAPES) | {"IceServer"}


def test_room_facts_carry_a_sequence_number_and_direct_facts_do_not() -> None:
    for event in headings("Room facts"):
        assert "seq" in FACTS[event].model_fields
    for event in headings("Direct facts"):
        assert "seq" not in FACTS[event].model_fields


def codes(error: type[RoomError]) -> set[str]:
    """The codes of the tree in rooms.errors; what HTTP adds is on a page of its own."""
    ours = error.__module__ == RoomError.__module__ and error is not RoomError
    below = (codes(child) for child in error.__subclasses__())
    return ({error.code} if ours else set()).union(*below)


def first_column(title: str) -> list[str]:
    return re.findall(r"^\| `([a-z-]+)` \|", chapter(title), re.M)


def test_every_error_code_is_documented_and_no_other() -> None:
    assert set(first_column("Error codes")) == codes(RoomError)


def test_every_reason_to_forward_is_documented_in_the_order_in_which_it_counts() -> None:
    assert first_column("Routes") == [reason.value for reason in Reason]
    assert get_args(shapes.ReasonName) == tuple(Reason)
    assert get_args(shapes.RouteName) == tuple(Route)
    assert get_args(shapes.MediaPolicyName) == tuple(MediaPolicy)


def test_the_limits_of_descriptions_are_documented() -> None:
    for event, limits in (
        ("send-description", BETWEEN_BROWSERS),
        ("publish", BETWEEN_BROWSERS),
        ("answer-subscription", SUBSCRIPTION),
    ):
        bounds = f"{limits.size:,} bytes, {limits.sections} m-lines, {MAX_CANDIDATES} candidates"
        assert bounds in section("Requests", event)


def test_every_way_a_session_ends_is_documented() -> None:
    assert set(re.findall(r"`([a-z-]+)`", section("Direct facts", "session-ended"))) - {
        "code"
    } == set(ENDINGS)
