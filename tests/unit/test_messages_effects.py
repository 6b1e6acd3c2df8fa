"""What the wire lets in about effects, filters and gains."""

import json
from typing import Any

import pytest

from rooms.errors import InvalidMessage
from rooms.requests import MAX_PICTURE_CHARACTERS, SetEffects, parse_request
from server.signalling.socket import MAX_FRAME_BYTES

EFFECT: dict[str, Any] = {"id": "e1", "filter": "edges", "params": {}}


def chain_request(*effects: object) -> dict[str, Any]:
    return {"video": list(effects), "audio": [], "shown": False}


@pytest.mark.parametrize("value", [True, 0, -7, 2**53, 1.5, -1e308, "", "x" * 200, "陈"])
def test_a_parameter_is_a_switch_a_number_or_a_text(value: object) -> None:
    request = parse_request("set-effects", chain_request({**EFFECT, "params": {"low": value}}))
    assert isinstance(request, SetEffects)
    read = request.video[0].params["low"]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], [1], {"low": 1}, "x" * 201, "\ud800", -(10**400)),
        *(float("nan"), float("inf"), float("-inf")),
    ],
)
def test_nothing_else_is_a_parameter(value: object) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("set-effects", chain_request({**EFFECT, "params": {"low": value}}))


@pytest.mark.parametrize(
    "effect",
    [
        {**EFFECT, "id": ""},
        {**EFFECT, "id": "e 1"},
        {**EFFECT, "filter": ""},
        {**EFFECT, "filter": "x" * 65},
        {**EFFECT, "title": "Mine"},
        {**EFFECT, "private": False},
        {**EFFECT, "params": {"x" * 65: 1}},
        {**EFFECT, "params": {"": 1}},
        {**EFFECT, "params": {f"p{n}": n for n in range(65)}},
        {**EFFECT, "params": [["low", 1]]},
        {"id": "e1", "filter": "edges"},
        "edges",
        None,
    ],
)
def test_an_effect_has_its_form(effect: object) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("set-effects", chain_request(effect))


def test_parameters_without_number_are_refused_with_little_said() -> None:
    many = {f"p{n}": n for n in range(10_000)}
    with pytest.raises(InvalidMessage) as refused:
        parse_request("set-effects", chain_request({**EFFECT, "params": many}))
    assert len(refused.value.message) < 300


def test_a_chain_that_is_too_long_is_left_to_the_room_and_an_endless_one_is_not() -> None:
    parse_request("set-effects", chain_request(*[EFFECT] * 64))
    for chain in ("video", "audio"):
        with pytest.raises(InvalidMessage):
            parse_request("set-effects", {**chain_request(), chain: [EFFECT] * 65})


@pytest.mark.parametrize("gain_db", [float("nan"), float("inf"), "3", None, True, 10**400])
def test_a_gain_is_a_number(gain_db: object) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("set-gain", {"participant_id": "p", "gain_db": gain_db})


def test_pictures_have_limits() -> None:
    parse_request("try-filters", {"image": "x" * 24_000, "filters": ["x"] * 6})
    parse_request("add-picture", {"data": "x" * 196_608})
    for name, data in (
        ("try-filters", {"image": "x" * 24_001, "filters": ["x"]}),
        ("try-filters", {"image": "x", "filters": ["x"] * 7}),
        ("try-filters", {"image": "x", "filters": []}),
        ("try-filters", {"image": "", "filters": ["x"]}),
        ("add-picture", {"data": "x" * 196_609}),
        ("add-picture", {"data": ""}),
    ):
        with pytest.raises(InvalidMessage):
            parse_request(name, data)


def test_the_largest_picture_fits_into_one_frame() -> None:
    picture = {"data": "x" * MAX_PICTURE_CHARACTERS}
    assert len(json.dumps(["add-picture", picture])) + 64 < MAX_FRAME_BYTES
