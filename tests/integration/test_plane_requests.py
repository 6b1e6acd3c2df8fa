"""Requests about media through the server: what reaches the media plane, and every refusal."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from rooms.errors import Busy, InvalidSdp, NoSuchSession, RoomError, TooManyStreams
from rooms.messages import LayersWantedFact, SubscriptionOfferedFact
from rooms.participant import Source
from rooms.permissions import ROLES, Permission, Role
from rooms.shapes import StreamShape
from rooms.topology import Route
from server.signalling import media_handlers
from tests.support.client import Refused, SignallingClient
from tests.support.plane import ANSWER, RecordingPlane, running_signalling
from tests.support.refusal import refusal
from tests.support.room import NewRoom, make_room

CAMERA = {"source": "camera", "muted": False}
REQUESTS: dict[str, dict[str, Any]] = {
    "publish": {"session": "s", "sdp": "v=0", "tracks": [{"mid": "0", "source": "camera"}]},
    "unpublish": {"session": "s"},
    "subscribe": {"session": "s", "codecs": ["VP8", "H264"]},
    "answer-subscription": {"session": "s", "number": 3, "sdp": "v=0"},
    "unsubscribe": {"session": "s"},
    "set-view": {"tiles": [{"participant_id": "p", "width": 640, "height": 360}]},
    "path-taken": {"participant_id": "p", "route": "forwarded"},
    "report-unreachable": {"participant_id": "p"},
}
NEGOTIATIONS = [name for name in REQUESTS if "session" in REQUESTS[name]]


@pytest.fixture
def plane() -> RecordingPlane:
    return RecordingPlane()


@pytest.fixture
async def url(plane: RecordingPlane) -> AsyncIterator[str]:
    async with running_signalling(plane) as it:
        yield it


@pytest.fixture
async def room(url: str) -> NewRoom:
    return await make_room(url)


@pytest.fixture
async def ana(url: str, room: NewRoom) -> AsyncIterator[SignallingClient]:
    async with SignallingClient(url) as it:
        await it.join(room.id, "Ana", host_key=room.host_key, tracks=[CAMERA])
        yield it


@pytest.fixture
async def bo(url: str, room: NewRoom, ana: SignallingClient) -> AsyncIterator[SignallingClient]:
    async with SignallingClient(url) as it:
        await it.join(room.id, "Bo")
        yield it


async def test_a_publisher_gets_the_answer_of_the_media_plane(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient
) -> None:
    tracks = [{"mid": "0", "source": "microphone"}, {"mid": "a", "source": "camera"}]
    answer = await ana.request("publish", {"session": "s1", "sdp": "v=0 offer", "tracks": tracks})
    assert answer == {"sdp": ANSWER}
    await ana.request("unpublish", {"session": "s1"})
    assert plane.calls == [
        (
            "publish",
            room.id,
            ana.id,
            "s1",
            "v=0 offer",
            {"0": Source.MICROPHONE, "a": Source.CAMERA},
        ),
        ("unpublish", room.id, ana.id, "s1"),
    ]


async def test_a_subscriber_says_what_it_decodes_answers_offers_and_says_what_it_shows(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    await bo.request("subscribe", {"session": "s1", "codecs": ["VP8", "H264"]})
    await plane.say(
        room.id,
        bo.id,
        SubscriptionOfferedFact(
            session="s1",
            number=1,
            sdp="v=0 offer",
            streams=[StreamShape(mid="0", participant_id=ana.id, source="camera")],
        ),
    )
    offer = await bo.fact("subscription-offered")
    assert offer == {
        "session": "s1",
        "number": 1,
        "sdp": "v=0 offer",
        "streams": [{"mid": "0", "participant_id": ana.id, "source": "camera"}],
    }
    await bo.request("answer-subscription", {"session": "s1", "number": 1, "sdp": "v=0"})
    tile = {"participant_id": ana.id, "width": 640, "height": 360}
    await bo.request("set-view", {"tiles": [tile]})
    await bo.request("set-view", {"tiles": []})
    await bo.request("unsubscribe", {"session": "s1"})
    assert plane.calls == [
        ("subscribe", room.id, bo.id, "s1", ["VP8", "H264"]),
        ("answer", room.id, bo.id, "s1", 1, "v=0"),
        ("set_view", room.id, bo.id, {ana.id: (640, 360)}),
        ("set_view", room.id, bo.id, {}),
        ("unsubscribe", room.id, bo.id, "s1"),
    ]


async def test_who_takes_a_path_is_told_to_the_media_plane_and_to_that_publisher_alone(
    url: str, plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    async with SignallingClient(url) as cy:
        await cy.join(room.id, "Cy")
        await bo.request("path-taken", {"participant_id": ana.id, "route": "forwarded"})
        await bo.request("path-taken", {"participant_id": ana.id, "route": "direct"})
        fact = await ana.fact("path-taken", lambda data: data["route"] == "direct")
        assert fact == {"participant_id": bo.id, "route": "direct"}
        assert [data["route"] for data in ana.named("path-taken")] == ["forwarded", "direct"]
        assert plane.calls == [
            ("path_taken", room.id, bo.id, ana.id, Route.FORWARDED),
            ("path_taken", room.id, bo.id, ana.id, Route.DIRECT),
        ]
        await ana.request("send-chat", {"client_id": "1", "text": "last"})
        for other in (bo, cy):
            await other.fact("chat-sent")
            assert not other.named("path-taken")


async def test_a_path_to_somebody_who_is_reconnecting_is_taken_without_a_word_to_them(
    plane: RecordingPlane, ana: SignallingClient, bo: SignallingClient
) -> None:
    await bo.drop()
    await ana.fact("participant-away")
    await ana.request("path-taken", {"participant_id": bo.id, "route": "forwarded"})
    assert [name for name, *_ in plane.calls] == ["path_taken"]


@pytest.mark.parametrize("name", ["path-taken", "report-unreachable"])
async def test_the_other_has_to_be_in_the_room_and_somebody_else(
    url: str, plane: RecordingPlane, ana: SignallingClient, name: str
) -> None:
    elsewhere = await make_room(url)
    async with SignallingClient(url) as eve:
        await eve.join(elsewhere.id, "Eve")
        for who in (eve.id, "nobody", ana.id):
            request = {**REQUESTS[name], "participant_id": who}
            assert await refusal(ana, name, request) == "no-such-participant"
    assert plane.calls == []


@pytest.mark.parametrize("name", REQUESTS)
async def test_media_needs_a_room(url: str, plane: RecordingPlane, name: str) -> None:
    async with SignallingClient(url) as client:
        assert await refusal(client, name, REQUESTS[name]) == "not-joined"
    assert plane.calls == []


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (InvalidSdp(), {"code": "invalid-sdp"}),
        (TooManyStreams(), {"code": "too-many-streams"}),
        (NoSuchSession(), {"code": "no-such-session"}),
        (Busy(retry_after_s=2.0), {"code": "busy", "retry_after_s": 2.0}),
        (RuntimeError("canary"), {"code": "internal"}),
    ],
)
@pytest.mark.parametrize("name", NEGOTIATIONS)
async def test_what_the_media_plane_refuses_is_refused_with_its_code(
    plane: RecordingPlane, ana: SignallingClient, name: str, error: Exception, answer: object
) -> None:
    plane.refusal = error
    with pytest.raises(Refused) as refused:
        await ana.request(name, REQUESTS[name])
    message = refused.value.error["message"]
    assert {key: value for key, value in refused.value.error.items() if key != "message"} == answer
    assert message == (error.message if isinstance(error, RoomError) else message)
    assert "canary" not in message
    plane.refusal = None
    await ana.request(name, REQUESTS[name])


async def test_a_media_plane_that_hangs_holds_up_nobody_else_and_not_for_long(
    plane: RecordingPlane,
    ana: SignallingClient,
    bo: SignallingClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plane.answering.clear()
    monkeypatch.setattr(media_handlers, "MEDIA_WITHIN_S", 0.3)
    publishing = await ana.start("publish", REQUESTS["publish"])
    await bo.request("send-chat", {"client_id": "1", "text": "meanwhile"})
    assert not publishing.done()
    answer = await publishing
    assert answer["error"]["code"] == "busy"
    assert answer["error"]["retry_after_s"] > 0
    await ana.request("send-chat", {"client_id": "2", "text": "afterwards"})


async def test_who_may_not_publish_may_not_publish_to_the_server_either(
    plane: RecordingPlane, bo: SignallingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROLES, Role.SPEAKER, frozenset({Permission.CHAT}))
    assert await refusal(bo, "publish", REQUESTS["publish"]) == "not-permitted"
    assert plane.calls == []
    await bo.request("subscribe", REQUESTS["subscribe"])


async def test_a_server_without_forwarding_says_so_and_refuses_what_needs_it() -> None:
    async with running_signalling(None) as url:
        room = await make_room(url)
        async with SignallingClient(url) as ana, SignallingClient(url) as bo:
            await ana.join(room.id, "Ana", host_key=room.host_key)
            await bo.join(room.id, "Bo")
            assert ana.snapshot["forwarding"] is False
            for name, data in REQUESTS.items():
                about = {"participant_id": bo.id} if "participant_id" in data else {}
                assert await refusal(ana, name, {**data, **about}) == "media-unavailable"
            forwarded = {"title": "Opening night", "media": "forwarded"}
            assert await refusal(ana, "update-room", forwarded) == "media-unavailable"
            answer = await ana.request("update-room", {"media": "mesh"})
            assert answer["room"]["media"] == "mesh"
            assert answer["room"]["title"] != "Opening night"
            async with SignallingClient(url) as back:
                assert (await back.resume(ana.token, ana.seq))["forwarding"] is False


async def test_forwarding_that_is_switched_off_uses_no_media_plane() -> None:
    plane = RecordingPlane()
    async with running_signalling(plane, forwarding=False) as url:
        room = await make_room(url)
        async with SignallingClient(url) as ana:
            await ana.join(room.id, "Ana")
            assert ana.snapshot["forwarding"] is False
            assert await refusal(ana, "publish", REQUESTS["publish"]) == "media-unavailable"
    assert plane.calls == plane.applied == []


async def test_an_overloaded_server_takes_nobody_new_and_leaves_everybody_else_alone(
    url: str, plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    plane.busy = True
    async with SignallingClient(url) as cy:
        with pytest.raises(Refused) as refused:
            await cy.join(room.id, "Cy")
        assert refused.value.code == "busy"
        assert refused.value.error["retry_after_s"] > 0
        await bo.drop()
        await ana.fact("participant-away")
        async with SignallingClient(url) as back:
            assert (await back.resume(bo.token, bo.seq))["forwarding"] is True
            await back.request("publish", REQUESTS["publish"])
        plane.busy = False
        await cy.join(room.id, "Cy")


# Facts of the media plane


async def test_facts_reach_one_page_in_order_whatever_their_size(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    for number in range(1, 9):
        await plane.say(
            room.id,
            bo.id,
            SubscriptionOfferedFact(session="s", number=number, sdp="v" * 100_000, streams=[]),
        )
    await bo.fact("subscription-offered", lambda data: data["number"] == 8)
    assert [data["number"] for data in bo.named("subscription-offered")] == list(range(1, 9))
    assert not ana.named("subscription-offered")


async def test_a_fact_for_a_page_that_is_away_or_unknown_is_dropped(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    fact = LayersWantedFact(session="s", rids=["q"])
    await bo.drop()
    await ana.fact("participant-away")
    await plane.say(room.id, bo.id, fact)
    await plane.say(room.id, "nobody", fact)
    await plane.say("nowhere", ana.id, fact)
    await plane.say(room.id, ana.id, fact)
    assert await ana.fact("layers-wanted") == {"session": "s", "rids": ["q"]}


async def test_a_page_that_does_not_read_its_offers_is_cut_off_and_others_notice_nothing(
    plane: RecordingPlane, room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    await bo.stop_reading()
    for number in range(200):
        offer = SubscriptionOfferedFact(session="s", number=number, sdp="v" * 100_000, streams=[])
        await plane.say(room.id, bo.id, offer)
    assert (await ana.fact("participant-away"))["participant_id"] == bo.id


async def test_an_answer_as_large_as_a_full_room_needs_is_taken(
    plane: RecordingPlane, ana: SignallingClient
) -> None:
    section = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" + "a=rtpmap:96 VP8/90000\r\n" * 60
    sdp = section * 128
    assert len(sdp) > 150_000
    await ana.request("answer-subscription", {"session": "s", "number": 1, "sdp": sdp})
    assert plane.calls[0][-1] == sdp
    one_more = {"session": "s", "number": 1, "sdp": sdp + section}
    assert await refusal(ana, "answer-subscription", one_more) == "too-large"
