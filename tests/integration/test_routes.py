"""How routes follow from what happens in a room, as its pages and the media plane are told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rooms.events import RouteChanged
from tests.support.client import SignallingClient
from tests.support.plane import RecordingPlane, running_signalling
from tests.support.room import NewRoom, make_room
from tests.support.waiting import until

CAMERA = {"source": "camera", "muted": False}
WAIT_S = 0.3
"""How long the servers of these tests wait before media goes direct again."""

Change = tuple[str, str, str | None]


@pytest.fixture
def plane() -> RecordingPlane:
    return RecordingPlane()


@pytest.fixture
async def url(plane: RecordingPlane) -> AsyncIterator[str]:
    settings: dict[str, Any] = {"mesh_limit": 2, "direct_after_s": WAIT_S, "reload_grace_s": 1}
    async with running_signalling(plane, **settings) as it:
        yield it


@pytest.fixture
async def room(url: str) -> NewRoom:
    return await make_room(url)


@pytest.fixture
async def people(url: str, room: NewRoom) -> AsyncIterator[list[SignallingClient]]:
    """Ana, the host, and Bo, both with a camera; Cy without one."""
    async with (
        SignallingClient(url) as ana,
        SignallingClient(url) as bo,
        SignallingClient(url) as cy,
    ):
        await ana.join(room.id, "Ana", host_key=room.host_key, tracks=[CAMERA])
        await bo.join(room.id, "Bo", tracks=[CAMERA])
        await cy.join(room.id, "Cy")
        yield [ana, bo, cy]


def changes(client: SignallingClient) -> list[Change]:
    facts = client.named("route-changed")
    return [(data["participant_id"], data["route"], data["reason"]) for data in facts]


async def told(people: list[SignallingClient], *expected: Change) -> None:
    """Everybody is told exactly this, without a gap, and forgets it again."""
    for client in people:
        await until(lambda client=client: len(changes(client)) >= len(expected))  # type: ignore[misc]
        assert changes(client) == list(expected)
        seqs = [data["seq"] for _, data in client.facts if "seq" in data]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        client.facts.clear()


def all_of(people: list[SignallingClient], route: str, reason: str | None) -> list[Change]:
    return [(client.id, route, reason) for client in people]


def applied(plane: RecordingPlane) -> list[int]:
    return [event.seq for _, events in plane.applied for event in events]


async def test_a_newcomer_who_makes_it_a_crowd_sees_everyone_forwarded(
    url: str, plane: RecordingPlane, room: NewRoom, people: list[SignallingClient]
) -> None:
    async with SignallingClient(url) as di:
        await di.join(room.id, "Di", tracks=[CAMERA])
        everybody = [*people, di]
        for shape in di.snapshot["participants"]:
            assert (shape["route"], shape["route_reason"]) == ("forwarded", "crowd")
        await told(people, *all_of(everybody, "forwarded", "crowd"))
        await di.request("leave")
        await told(people, *all_of(people, "direct", None))
    assert applied(plane) == list(range(1, applied(plane)[-1] + 1))
    assert all(seq == events[-1].seq for seq, events in plane.applied if events)


async def test_a_track_more_or_less_moves_everyone(people: list[SignallingClient]) -> None:
    await people[2].request("set-track", CAMERA)
    await told(people, *all_of(people, "forwarded", "crowd"))
    await people[2].request("remove-track", {"source": "camera"})
    await told(people, *all_of(people, "direct", None))


async def test_tracks_that_somebody_comes_back_with_move_everyone(
    url: str, people: list[SignallingClient]
) -> None:
    ana, bo, cy = people
    async with SignallingClient(url) as again, SignallingClient(url) as once_more:
        await again.resume(cy.token, cy.seq, tracks=[CAMERA])
        await told([ana, bo], *all_of(people, "forwarded", "crowd"))
        answer = await once_more.resume(again.token, 0, fresh=True, tracks=[])
        assert {shape["route"] for shape in answer["participants"]} == {"forwarded"}
        await told([ana, bo], *all_of(people, "direct", None))


@pytest.mark.parametrize("politely", [True, False])
async def test_a_publisher_who_is_gone_for_good_makes_it_no_crowd_any_more(
    people: list[SignallingClient], politely: bool
) -> None:
    ana, bo, cy = people
    await cy.request("set-track", CAMERA)
    await told(people, *all_of(people, "forwarded", "crowd"))
    if politely:
        await cy.request("leave")
    else:
        await cy.request("page-closing")
        await cy.drop()
        await ana.fact("participant-away")
        assert changes(ana) == []
    left = await ana.fact("participant-left")
    assert left["reason"] == ("left" if politely else "timed-out")
    await told([ana, bo], *all_of([ana, bo], "direct", None))


async def test_the_host_says_how_media_travels(people: list[SignallingClient]) -> None:
    ana, bo, _ = people
    answer = await ana.request("update-room", {"media": "forwarded"})
    assert answer["room"]["media"] == "forwarded"
    assert (await bo.fact("room-updated"))["room"] == answer["room"]
    await told(people, *all_of(people, "forwarded", "host"))
    await ana.request("update-room", {"title": "Opening night"})
    assert (await bo.fact("room-updated"))["room"]["media"] == "forwarded"
    await ana.request("update-room", {"media": "mesh"})
    await told(people, *all_of(people, "direct", None))


async def test_a_pair_that_cannot_connect_is_forwarded_until_one_loads_the_page_anew(
    url: str, people: list[SignallingClient]
) -> None:
    ana, bo, cy = people
    await cy.request("report-unreachable", {"participant_id": ana.id})
    await told(people, *all_of([ana, cy], "forwarded", "unreachable"))
    await ana.request("report-unreachable", {"participant_id": cy.id})
    async with SignallingClient(url) as same, SignallingClient(url) as anew:
        await same.resume(cy.token, cy.seq)
        await ana.request("send-chat", {"client_id": "1", "text": "still so"})
        await same.fact("chat-sent")
        assert changes(ana) == []
        await anew.resume(same.token, same.seq, fresh=True)
        await told([ana, bo], *all_of([ana, cy], "direct", None))


async def test_the_media_plane_gets_a_change_with_the_routes_that_follow_from_it(
    plane: RecordingPlane, people: list[SignallingClient]
) -> None:
    await people[0].request("update-room", {"media": "forwarded"})
    (events,) = [
        events for _, events in plane.applied if events and isinstance(events[-1], RouteChanged)
    ]
    assert [type(event).__name__ for event in events] == ["RoomUpdated", *["RouteChanged"] * 3]
    await told(people, *all_of(people, "forwarded", "host"))
    assert applied(plane) == list(range(1, applied(plane)[-1] + 1))


async def test_who_was_away_learns_of_routes_with_what_they_missed(
    url: str, people: list[SignallingClient]
) -> None:
    ana, _, cy = people
    token, seq = cy.token, cy.seq
    await cy.drop()
    await ana.fact("participant-away")
    await ana.request("update-room", {"media": "forwarded"})
    async with SignallingClient(url) as back:
        answer = await back.resume(token, seq)
        assert (answer["kind"], answer["forwarding"]) == ("missed", True)
        missed = [(f["name"], f["data"].get("route")) for f in answer["facts"]]
        assert missed.count(("route-changed", "forwarded")) == 3


async def test_a_restarted_server_goes_on_with_routes_and_what_they_follow_from(
    tmp_path: Path,
) -> None:
    kept: dict[str, Any] = {"store": "sqlite", "data_dir": tmp_path, "direct_after_s": WAIT_S}
    async with running_signalling(RecordingPlane(), **kept) as url:
        room = await make_room(url)
        async with SignallingClient(url) as ana, SignallingClient(url) as bo:
            await ana.join(room.id, "Ana", host_key=room.host_key, tracks=[CAMERA])
            await bo.join(room.id, "Bo", tracks=[CAMERA])
            await ana.request("update-room", {"media": "mesh"})
            await ana.request("update-room", {"media": "auto"})
            await ana.request("report-unreachable", {"participant_id": bo.id})
            await told([ana, bo], *all_of([ana, bo], "forwarded", "unreachable"))
    tokens = (ana.token, bo.token)
    for mesh_limit, reason in ((4, "unreachable"), (1, "crowd")):
        async with (
            running_signalling(RecordingPlane(), mesh_limit=mesh_limit, **kept) as url,
            SignallingClient(url) as ana,
            SignallingClient(url) as bo,
        ):
            for client, token in zip((ana, bo), tokens, strict=True):
                answer = await client.resume(token, 0)
                assert {p["route_reason"] for p in answer["participants"]} == {reason}
            tokens = (ana.token, bo.token)
    async with running_signalling(None, **kept) as url, SignallingClient(url) as ana:
        answer = await ana.resume(tokens[0], 0)
        assert {p["route"] for p in answer["participants"]} == {"direct"}
