"""The catalogue's side: lists, pictures of filters, pictures for effects, and rooms without any."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rooms.effects import NO_EFFECTS
from rooms.errors import Busy, InvalidPicture, RoomError, TooManyEffects
from rooms.topology import Route
from server.signalling import effect_handlers
from tests.support.catalogue import EDGES, MadeUpCatalogue
from tests.support.client import Refused, SignallingClient
from tests.support.effects import OFF, chain, effect, use
from tests.support.plane import RecordingPlane, running_signalling
from tests.support.refusal import refusal
from tests.support.room import NewRoom, make_room
from tests.support.waiting import until

JPEG = b"\xff\xd8\xff a small picture"
IMAGE = base64.b64encode(JPEG).decode()
TRY = {"image": IMAGE, "filters": ["edges"]}
NEEDS_EFFECTS: dict[str, dict[str, Any]] = {
    "set-effects": chain(effect(1)),
    "try-filters": TRY,
    "add-picture": {"data": IMAGE},
}


@pytest.fixture
async def url(plane: RecordingPlane, catalogue: MadeUpCatalogue) -> AsyncIterator[str]:
    async with running_signalling(plane, catalogue) as it:
        yield it


# Lists and pictures


async def test_the_list_has_every_filter_with_its_parameters(
    catalogue: MadeUpCatalogue, bo: SignallingClient
) -> None:
    filters = (await bo.request("list-filters"))["filters"]
    assert [shape["name"] for shape in filters] == list(catalogue.known)
    by_name = {shape["name"]: shape for shape in filters}
    edges = by_name["edges"]
    assert {key: value for key, value in edges.items() if key != "params"} == {
        "name": "edges",
        "title": "Edges",
        "kind": "video",
        "category": "look",
        "description": "Draws the edges only.",
        "private": False,
        "origin": "built-in",
        "file": None,
        "broken": False,
        "error": None,
    }
    assert [param["name"] for param in edges["params"]] == [p.name for p in EDGES.params]
    assert edges["params"][1] == {
        "name": "size",
        "title": "Size",
        "kind": "number",
        "default": 3,
        "low": 1.0,
        "high": 9.0,
        "step": 2.0,
        "whole": True,
        "unit": "px",
        "choices": [],
    }
    assert edges["params"][5]["choices"][1] == {"value": "cold", "title": "Cold"}
    assert by_name["background-blur"]["private"] is True
    assert (by_name["halftone.dots"]["origin"], by_name["halftone.dots"]["file"]) == (
        "file",
        "halftone.py",
    )
    assert by_name["wrong.wrong"]["broken"] is True


async def test_what_is_wrong_with_a_file_is_for_hosts(
    ana: SignallingClient, bo: SignallingClient
) -> None:
    for one, told in ((ana, {"message": "SyntaxError: invalid", "line": 3}), (bo, None)):
        filters = (await one.request("list-filters"))["filters"]
        assert [shape["error"] for shape in filters if shape["broken"]] == [told]


async def test_filters_are_tried_on_a_picture_once_each_and_only_those_that_can_be(
    catalogue: MadeUpCatalogue, bo: SignallingClient
) -> None:
    names = ["edges", "echo", "edges", "no-such-filter", "wrong.wrong", "background-blur"]
    answer = await bo.request("try-filters", {"image": IMAGE, "filters": names})
    pictures = {name: base64.b64decode(text) for name, text in answer["pictures"].items()}
    assert pictures == {"edges": b"edges", "background-blur": b"background-blur"}
    assert catalogue.tried == [(bo.id, JPEG, ["edges", "background-blur"])]
    answer = await bo.request("try-filters", {"image": IMAGE, "filters": ["echo", "__init__"]})
    assert answer == {"pictures": {}}
    assert len(catalogue.tried) == 1


@pytest.mark.parametrize("image", ["not base64!", "A", "AA=A", "£", "\u202e"])
@pytest.mark.parametrize("name", ["try-filters", "add-picture"])
async def test_what_is_not_base64_is_no_picture(
    catalogue: MadeUpCatalogue, bo: SignallingClient, name: str, image: str
) -> None:
    data = {"data": image} if name == "add-picture" else {**TRY, "image": image}
    assert await refusal(bo, name, data) == "invalid-picture"
    assert not catalogue.tried
    assert not catalogue.pictures


async def test_trying_takes_its_time_and_everything_else_goes_on(
    plane: RecordingPlane, catalogue: MadeUpCatalogue, bo: SignallingClient
) -> None:
    catalogue.trying.clear()
    trying = await bo.start("try-filters", TRY)
    await until(lambda: bool(catalogue.tried))
    for low in range(20):
        await use(bo, effect(1, low=low))
    with pytest.raises(Refused) as refused:
        await bo.request("try-filters", TRY)
    assert refused.value.code == "busy"
    assert refused.value.error["retry_after_s"] > 0
    assert not trying.done()
    catalogue.trying.set()
    async with asyncio.timeout(5):
        assert set((await trying)["ok"]["pictures"]) == {"edges"}
    await bo.request("try-filters", TRY)
    assert len(catalogue.tried) == 2


async def test_what_takes_too_long_is_given_up(
    catalogue: MadeUpCatalogue, bo: SignallingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effect_handlers, "TRY_WITHIN_S", 0.05)
    catalogue.trying.clear()
    assert await refusal(bo, "try-filters", TRY) == "busy"
    catalogue.trying.set()
    await bo.request("try-filters", TRY)


async def test_who_goes_away_while_trying_leaves_nothing_behind(
    catalogue: MadeUpCatalogue, ana: SignallingClient, bo: SignallingClient
) -> None:
    catalogue.trying.clear()
    _ = await bo.start("try-filters", TRY)
    await until(lambda: bool(catalogue.tried))
    await bo.drop()
    await ana.fact("participant-away")
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "client-aside"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Busy(retry_after_s=2.0), "busy"),
        (InvalidPicture(), "invalid-picture"),
        (TooManyEffects(), "too-many-effects"),
        (RuntimeError("canary"), "internal"),
    ],
)
@pytest.mark.parametrize("name", ["try-filters", "add-picture"])
async def test_what_the_catalogue_refuses_is_refused_with_its_code(
    catalogue: MadeUpCatalogue, bo: SignallingClient, name: str, error: Exception, code: str
) -> None:
    catalogue.refusal = error
    with pytest.raises(Refused) as refused:
        await bo.request(name, NEEDS_EFFECTS[name])
    assert refused.value.code == code
    assert "canary" not in refused.value.error["message"]
    assert isinstance(error, RoomError) or code == "internal"
    catalogue.refusal = None
    await bo.request(name, NEEDS_EFFECTS[name])


async def test_a_picture_is_kept_for_its_owner_and_can_be_used(
    catalogue: MadeUpCatalogue, bo: SignallingClient
) -> None:
    picture = (await bo.request("add-picture", {"data": IMAGE}))["picture"]
    assert catalogue.pictures == [(bo.id, JPEG)]
    (edges,) = (await use(bo, effect(1, picture=picture)))["video"]
    assert edges["params"]["picture"] == picture
    await bo.request("add-picture", {"data": IMAGE})
    assert picture in catalogue.used
    await use(bo)
    await bo.request("add-picture", {"data": IMAGE})
    assert picture not in catalogue.used


async def test_pictures_are_kept_while_their_owner_is_away_and_not_once_they_have_left(
    url: str, catalogue: MadeUpCatalogue, ana: SignallingClient, bo: SignallingClient
) -> None:
    await bo.drop()
    await ana.fact("participant-away")
    assert catalogue.forgotten == []
    async with SignallingClient(url) as back:
        await back.resume(bo.token, bo.seq)
        await back.request("leave")
    assert catalogue.forgotten == [bo.id]


# Private rooms


async def test_a_room_that_becomes_private_ends_effects_and_each_owner_learns_of_it(
    url: str, plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    async with SignallingClient(url) as cy:
        await cy.join(room.id, "Cy")
        await use(ana, effect(1), shown=False)
        await use(bo, effect(1), audio=[effect(2, "echo")])
        await ana.request("set-gain", {"participant_id": cy.id, "gain_db": 3})
        answer = await ana.request("update-room", {"media": "private"})
        assert answer["room"]["media"] == "private"
        for owner in (ana, bo):
            assert (await owner.fact("effects-set"))["effects"] == OFF
        await cy.fact("effects-changed", lambda data: data["effects"] == [])
        await cy.fact("gain-changed", lambda data: data["room_gain_db"] == 0)
        await cy.request("fetch-chat", {"limit": 1})
        assert not cy.named("effects-set")
    for person in plane.rooms[room.id].participants.values():
        assert (person.effects, person.gains_db) == (NO_EFFECTS, (0.0, 0.0))
        assert person.route is Route.DIRECT


async def test_nothing_goes_through_the_server_in_a_private_room(
    plane: RecordingPlane, catalogue: MadeUpCatalogue, ana: SignallingClient, bo: SignallingClient
) -> None:
    await ana.request("update-room", {"media": "private"})
    track = {"mid": "0", "source": "camera"}
    for name, data in (
        *NEEDS_EFFECTS.items(),
        ("set-effects", chain(effect(1), shown=False)),
        ("set-gain", {"participant_id": bo.id, "gain_db": 3}),
        ("publish", {"session": "s", "sdp": "v=0", "tracks": [track]}),
        ("subscribe", {"session": "s", "codecs": ["VP8"]}),
    ):
        assert await refusal(bo, name, data) == "private-room"
    host = {"participant_id": bo.id, "gain_db": 3}
    assert await refusal(ana, "set-gain", host) == "private-room"
    assert plane.calls == []
    assert not catalogue.tried
    assert not catalogue.pictures
    await bo.request("set-effects", OFF)
    await bo.request("set-gain", {"participant_id": bo.id, "gain_db": 0})
    await bo.request("raise-hand", {"raised": True})
    await bo.request("list-filters")
    await ana.request("update-room", {"media": "auto"})
    await use(bo, effect(1))


async def test_only_the_host_makes_a_room_private(bo: SignallingClient) -> None:
    assert await refusal(bo, "update-room", {"media": "private"}) == "not-permitted"


# Servers without effects


@pytest.mark.parametrize("without", ["catalogue", "media", "setting"])
async def test_a_server_without_effects_says_so(without: str) -> None:
    plane = None if without == "media" else RecordingPlane()
    catalogue = None if without == "catalogue" else MadeUpCatalogue()
    settings = {"effects": without != "setting"}
    async with running_signalling(plane, catalogue, **settings) as url:
        room = await make_room(url)
        async with SignallingClient(url) as ana:
            await ana.join(room.id, "Ana", host_key=room.host_key)
            for name, data in NEEDS_EFFECTS.items():
                assert await refusal(ana, name, data) == "media-unavailable"
            assert await refusal(ana, "list-filters") == "media-unavailable"
            louder = {"participant_id": ana.id, "gain_db": 3}
            assert await refusal(ana, "set-gain", louder) == "media-unavailable"
            assert await ana.request("set-effects", OFF) == {"effects": OFF}
            await ana.request("set-gain", {"participant_id": ana.id, "gain_db": 0})
            await ana.request("raise-hand", {"raised": True})
            await ana.request("update-room", {"media": "private"})


async def test_effects_survive_a_restart_but_not_one_of_a_server_without(tmp_path: Path) -> None:
    kept: dict[str, Any] = {"store": "sqlite", "data_dir": tmp_path}
    catalogue = MadeUpCatalogue()
    async with running_signalling(RecordingPlane(), catalogue, **kept) as url:
        room = await make_room(url)
        async with SignallingClient(url) as ana:
            await ana.join(room.id, "Ana", host_key=room.host_key)
            await use(ana, effect(1, "halftone.dots"), effect(2, low=1))
            effects = await use(ana, effect(1, "halftone.dots"), effect(2, low=7))
            await ana.request("set-gain", {"participant_id": ana.id, "gain_db": -3})
    token = ana.token
    after = RecordingPlane()
    del catalogue.known["halftone.dots"]
    async with (
        running_signalling(after, catalogue, **kept) as url,
        SignallingClient(url) as ana,
    ):
        snapshot = await ana.resume(token, 0)
        assert snapshot["effects"] == effects
        (me,) = after.rooms[room.id].participants.values()
        assert (me.gain_db, me.route) == (-3.0, Route.FORWARDED)
    token = ana.token
    async with (
        running_signalling(RecordingPlane(), None, **kept) as url,
        SignallingClient(url) as ana,
    ):
        snapshot = await ana.resume(token, 0)
        assert snapshot["effects"] == OFF
        assert snapshot["participants"][0]["gain_db"] == 0
