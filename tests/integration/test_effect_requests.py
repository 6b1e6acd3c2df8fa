"""Requests about effects, gains and hands: what comes of them, and every refusal."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from rooms.effects import NO_EFFECTS
from rooms.ids import ParticipantId, RoomId
from rooms.participant import Participant
from rooms.permissions import ROLES, Permission, Role
from rooms.topology import Reason, Route
from tests.support.catalogue import EDGES, MadeUpCatalogue
from tests.support.client import SignallingClient
from tests.support.effects import OFF, chain, effect, use
from tests.support.plane import RecordingPlane, running_signalling
from tests.support.refusal import refusal
from tests.support.room import NewRoom, make_room

DEFAULTS = {param.name: param.default for param in EDGES.params}


@pytest.fixture
async def url(plane: RecordingPlane, catalogue: MadeUpCatalogue) -> AsyncIterator[str]:
    async with running_signalling(plane, catalogue) as it:
        yield it


def planes_view(plane: RecordingPlane, room: NewRoom, client: SignallingClient) -> Participant:
    """The participant as the media plane was told last."""
    return next(p for p in plane.rooms[room.id].participants.values() if p.id == client.id)


async def nothing_told(client: SignallingClient, *names: str) -> None:
    """Whatever was told before this, none of it has one of these names."""
    await client.request("fetch-chat", {"limit": 1})
    assert [name for name, _ in client.facts if name in names] == []


# Effects


async def test_what_is_shown_is_answered_whole_told_to_all_and_followed_by_the_media_plane(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    effects = await use(bo, effect(1, low=80), audio=[effect(2, "echo")])
    assert effects == {
        "video": [
            {"id": "e1", "filter": "edges", "title": "Edges", "params": DEFAULTS | {"low": 80.0}}
        ],
        "audio": [{"id": "e2", "filter": "echo", "title": "Echo", "params": {}}],
        "shown": True,
    }
    for client in (ana, bo):
        fact = await client.fact("effects-changed")
        assert (fact["participant_id"], fact["effects"]) == (
            bo.id,
            [
                {"filter": "edges", "title": "Edges", "kind": "video"},
                {"filter": "echo", "title": "Echo", "kind": "audio"},
            ],
        )
        route = await client.fact("route-changed")
        assert (route["route"], route["reason"]) == ("forwarded", "effect")
    seen = planes_view(plane, room, bo)
    assert (seen.route, seen.route_reason) == (Route.FORWARDED, Reason.EFFECT)
    assert dict(seen.effects.video[0].params) == DEFAULTS | {"low": 80.0}


async def test_a_preview_is_for_its_owner_and_the_media_plane_alone(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    assert (await use(bo, effect(1, "background-blur"), shown=False))["shown"] is False
    seen = planes_view(plane, room, bo)
    assert seen.effects.private
    assert not seen.effects.shown
    assert seen.route is Route.DIRECT
    await nothing_told(ana, "effects-changed", "route-changed", "effects-set")


async def test_a_slider_moves_the_media_plane_at_once_and_tells_nobody(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    await use(bo, effect(1, low=0))
    await ana.fact("route-changed")
    ana.facts.clear()
    for low in range(1, 21):
        await use(bo, effect(1, low=low))
        assert dict(planes_view(plane, room, bo).effects.video[0].params)["low"] == low
    await nothing_told(ana, "effects-changed", "route-changed", "effects-set")
    assert ana.facts == []


async def test_chains_are_replaced_whole_and_switched_off_whole(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    await use(bo, effect(1), effect(2, "background-blur"), audio=[effect(3, "echo")])
    effects = await use(bo, effect(2, "background-blur"), effect(1))
    assert [e["id"] for e in effects["video"]] == ["e2", "e1"]
    assert effects["audio"] == []
    assert (await bo.request("set-effects", OFF))["effects"] == OFF
    assert planes_view(plane, room, bo).effects == NO_EFFECTS
    assert [len(fact["effects"]) for fact in ana.named("effects-changed")] == [3, 2, 0]


HUGE = 10**90
BAD: list[tuple[str, dict[str, Any]]] = [
    ("unknown-filter", chain(effect(1, "no-such-filter"))),
    ("unknown-filter", chain(effect(1, "__class__"))),
    ("unknown-filter", chain(effect(1, "../../etc/passwd"))),
    ("unknown-filter", chain(effect(1, "edges\x00"))),
    ("unknown-filter", chain(effect(1, "wrong.wrong"))),
    ("invalid-effect", chain(effect(1, __class__=1))),
    ("invalid-effect", chain(effect(1, __init__="x"))),
    ("invalid-effect", chain(effect(1, low="100"))),
    ("invalid-effect", chain(effect(1, low=True))),
    ("invalid-effect", chain(effect(1, low=-1))),
    ("invalid-effect", chain(effect(1, low=1e308))),
    ("invalid-effect", chain(effect(1, low=HUGE))),
    ("invalid-effect", chain(effect(1, size=3.5))),
    ("invalid-effect", chain(effect(1, keep=1))),
    ("invalid-effect", chain(effect(1, tint="red"))),
    ("invalid-effect", chain(effect(1, map="mild"))),
    ("invalid-effect", chain(effect(1, words="a\nb"))),
    ("invalid-effect", chain(effect(1, picture="../secret"))),
    ("invalid-effect", chain(effect(1), effect(1, "background-blur"))),
    ("invalid-effect", chain(effect(1), audio=[effect(1, "echo")])),
    ("invalid-effect", chain(effect(1, "echo"))),
    ("invalid-effect", chain(audio=[effect(1, "edges")])),
    ("too-many-effects", chain(*(effect(n) for n in range(9)))),
    ("too-many-effects", chain(audio=[effect(n, "echo") for n in range(9)])),
    ("invalid-message", chain(effect(1, low=float("nan")))),
    ("invalid-message", chain(effect(1, low=float("inf")))),
    ("invalid-message", chain(effect(1, low=float("-inf")))),
    ("invalid-message", chain(effect(1, low=[1, 2]))),
    ("invalid-message", chain(effect(1, low={"a": 1}))),
    ("invalid-message", chain(effect(1, low=None))),
    ("invalid-message", chain(effect(1, words="x" * 201))),
    ("invalid-message", chain({**effect(1), "params": {f"p{n}": n for n in range(10_000)}})),
    ("invalid-message", chain({**effect(1), "id": "e 1"})),
    ("invalid-message", chain(*(effect(n) for n in range(65)))),
    ("invalid-message", {"video": [effect(1)], "audio": []}),
    ("invalid-message", {**OFF, "participant_id": "somebody"}),
]


@pytest.mark.parametrize(("code", "request_"), BAD)
async def test_what_cannot_be_used_is_refused_and_changes_nothing(
    plane: RecordingPlane,
    room: NewRoom,
    ana: SignallingClient,
    bo: SignallingClient,
    code: str,
    request_: dict[str, Any],
) -> None:
    before = await use(bo, effect(7, low=5))
    told = len(plane.applied)
    assert await refusal(bo, "set-effects", request_) == code
    assert len(plane.applied) == told
    assert await use(bo, effect(7, low=5)) == before
    assert len(ana.named("effects-changed")) == 1


async def test_who_may_not_use_effects_is_refused(
    ana: SignallingClient, bo: SignallingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROLES, Role.SPEAKER, frozenset({Permission.PUBLISH}))
    for name, data in (
        ("set-effects", chain(effect(1))),
        ("try-filters", {"image": "/9j/", "filters": ["edges"]}),
        ("add-picture", {"data": "/9j/"}),
        ("set-gain", {"participant_id": bo.id, "gain_db": 3}),
    ):
        assert await refusal(bo, name, data) == "not-permitted"
    await bo.request("list-filters")


async def test_an_effect_whose_filter_is_gone_does_not_stand_in_the_way(
    catalogue: MadeUpCatalogue, bo: SignallingClient
) -> None:
    (dots, edges) = (await use(bo, effect(1, "halftone.dots"), effect(2)))["video"]
    catalogue.lose("halftone.dots")
    kept = {"id": "e1", "filter": "halftone.dots", "params": dots["params"]}
    effects = await use(bo, effect(2, low=9), kept)
    assert effects["video"] == [{**edges, "params": DEFAULTS | {"low": 9.0}}, dots]
    for other in ({**kept, "id": "e3"}, {**kept, "params": {"size": 1}}):
        assert await refusal(bo, "set-effects", chain(other)) == "unknown-filter"
    await use(bo, effect(2))
    assert await refusal(bo, "set-effects", chain(kept)) == "unknown-filter"


async def test_an_effect_whose_filter_takes_less_now_stays_as_it_is(
    catalogue: MadeUpCatalogue, bo: SignallingClient
) -> None:
    (before,) = (await use(bo, effect(1, low=900)))["video"]
    low = EDGES.params[0]
    narrower = (replace(low, high=500.0), *EDGES.params[1:])
    catalogue.put(replace(EDGES, params=narrower))
    same = {"id": "e1", "filter": "edges", "params": before["params"]}
    assert (await use(bo, same, effect(2)))["video"][0] == before
    assert await refusal(bo, "set-effects", chain(effect(1, low=901))) == "invalid-effect"


async def test_effects_come_back_with_the_page_and_with_what_was_missed(
    url: str, ana: SignallingClient, bo: SignallingClient
) -> None:
    assert bo.snapshot["effects"] == OFF
    effects = await use(bo, effect(1, low=80))
    token, seq = bo.token, bo.seq
    await bo.drop()
    await ana.fact("participant-away")
    async with SignallingClient(url) as back:
        missed = await back.resume(token, seq)
        assert missed["kind"] == "missed"
        assert missed["effects"] == effects
        await back.drop()
        async with SignallingClient(url) as anew:
            snapshot = await anew.resume(back.token, back.seq, fresh=True)
            assert snapshot["effects"] == effects
            (me,) = [p for p in snapshot["participants"] if p["id"] == bo.id]
            assert [e["filter"] for e in me["effects"]] == ["edges"]
            assert (me["route"], me["route_reason"]) == ("forwarded", "effect")


# What the media plane and the catalogue say


async def test_an_effect_that_the_media_plane_drops_is_gone_and_its_owner_learns_of_it(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    await use(bo, effect(1), effect(2, "background-blur"))
    assert plane.drop_effect is not None
    person = planes_view(plane, room, bo)
    await plane.drop_effect(RoomId(room.id), person.id, "e1")
    fact = await bo.fact("effects-set")
    assert [e["id"] for e in fact["effects"]["video"]] == ["e2"]
    await ana.fact("effects-changed", lambda data: len(data["effects"]) == 1)
    assert not ana.named("effects-set")
    again = await use(bo, effect(1), effect(2, "background-blur"))
    assert len(again["video"]) == 2


async def test_dropping_what_is_gone_does_nothing(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    await use(bo, effect(1))
    assert plane.drop_effect is not None
    here, person = RoomId(room.id), planes_view(plane, room, bo)
    told = len(plane.applied)
    await plane.drop_effect(here, ParticipantId("nobody"), "e1")
    await plane.drop_effect(RoomId("nowhere"), person.id, "e1")
    await plane.drop_effect(here, person.id, "e9")
    assert len(plane.applied) == told
    await nothing_told(ana, "effects-set")


async def test_everybody_is_told_when_the_filters_change(
    url: str, catalogue: MadeUpCatalogue, ana: SignallingClient
) -> None:
    elsewhere = await make_room(url)
    async with SignallingClient(url) as eve:
        await eve.join(elsewhere.id, "Eve")
        for number in range(1, 4):
            catalogue.say_that_it_changed()
            for client in (ana, eve):
                assert await client.fact("filters-changed") == {}
                assert len(client.named("filters-changed")) == 1, number
                client.facts.clear()


async def test_an_effect_hides_something_as_soon_as_its_filter_does(
    plane: RecordingPlane,
    catalogue: MadeUpCatalogue,
    room: NewRoom,
    ana: SignallingClient,
    bo: SignallingClient,
) -> None:
    effects = await use(bo, effect(1, "halftone.dots"))
    assert not planes_view(plane, room, bo).effects.private
    before = catalogue.find("halftone.dots")
    catalogue.put(replace(before, title="Hiding dots", private=True))
    fact = await bo.fact("effects-set")
    assert fact["effects"]["video"] == [{**effects["video"][0], "title": "Hiding dots"}]
    assert planes_view(plane, room, bo).effects.private
    await ana.fact("effects-changed", lambda data: data["effects"][0]["title"] == "Hiding dots")
    await nothing_told(ana, "effects-set")


# Gains and hands


async def test_a_gain_of_ones_own_and_the_rooms_are_told_and_add_up(
    url: str, plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    assert await bo.request("set-gain", {"participant_id": bo.id, "gain_db": 6}) == {}
    fact = await ana.fact("gain-changed")
    assert {**fact, "seq": 0} == {
        "seq": 0,
        "participant_id": bo.id,
        "gain_db": 6.0,
        "room_gain_db": 0.0,
    }
    route = await ana.fact("route-changed")
    assert (route["route"], route["reason"]) == ("forwarded", "gain")
    await ana.request("set-gain", {"participant_id": bo.id, "gain_db": -2.5})
    fact = await bo.fact("gain-changed", lambda data: data["room_gain_db"] != 0)
    assert (fact["gain_db"], fact["room_gain_db"]) == (6.0, -2.5)
    assert planes_view(plane, room, bo).gains_db == (6.0, -2.5)
    async with SignallingClient(url) as cy:
        await cy.join(room.id, "Cy")
        (shape,) = [p for p in cy.snapshot["participants"] if p["id"] == bo.id]
        assert (shape["gain_db"], shape["room_gain_db"]) == (6.0, -2.5)


async def test_only_who_may_changes_how_loud_others_are(
    plane: RecordingPlane, ana: SignallingClient, bo: SignallingClient
) -> None:
    assert "set-gain" in ana.snapshot["permissions"]
    assert "set-gain" not in bo.snapshot["permissions"]
    told = len(plane.applied)
    for who in (ana.id, "nobody"):
        request = {"participant_id": who, "gain_db": 3}
        assert await refusal(bo, "set-gain", request) == "not-permitted"
    nobody = {"participant_id": "nobody", "gain_db": 3}
    assert await refusal(ana, "set-gain", nobody) == "no-such-participant"
    for gain_db in (20.5, -21, 1e308):
        request = {"participant_id": bo.id, "gain_db": gain_db}
        assert await refusal(ana, "set-gain", request) == "invalid-effect"
    assert len(plane.applied) == told


async def test_a_hand_is_raised_for_everybody_to_see(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    assert await bo.request("raise-hand", {"raised": True}) == {}
    fact = await ana.fact("hand-changed")
    assert (fact["participant_id"], fact["raised"]) == (bo.id, True)
    assert planes_view(plane, room, bo).hand_raised
    await bo.request("raise-hand", {"raised": True})
    await bo.request("raise-hand", {"raised": False})
    await ana.fact("hand-changed", lambda data: not data["raised"])
    assert len(ana.named("hand-changed")) == 2


# Requests need a room


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("set-effects", OFF),
        ("list-filters", {}),
        ("try-filters", {"image": "/9j/", "filters": ["edges"]}),
        ("add-picture", {"data": "/9j/"}),
        ("set-gain", {"participant_id": "p", "gain_db": 3}),
        ("raise-hand", {"raised": True}),
    ],
)
async def test_effects_need_a_room(url: str, name: str, data: dict[str, Any]) -> None:
    async with SignallingClient(url) as client:
        assert await refusal(client, name, data) == "not-joined"
