"""Joining, talking and what is relayed, over real sockets."""

from contextlib import AsyncExitStack, suppress

import aiohttp
import pytest
import socketio

from tests.support.client import Refused, SignallingClient
from tests.support.refusal import refusal
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, running_server

CAMERA = {"source": "camera", "muted": False}


async def test_joining_answers_with_everything_a_page_needs(
    room: NewRoom, ana: SignallingClient, bo: SignallingClient
) -> None:
    snapshot = bo.snapshot
    assert [p["name"] for p in snapshot["participants"]] == ["Ana", "Bo"]
    assert snapshot["room"] == {
        "id": room.id,
        "title": "Rehearsal",
        "capacity": 25,
        "media": "auto",
    }
    assert snapshot["participants"][0]["role"] == "host"
    assert snapshot["participants"][0]["route"] == "direct"
    assert snapshot["participants"][0]["route_reason"] is None
    assert snapshot["participants"][0]["tracks"] == [{**CAMERA, "kind": "video"}]
    assert snapshot["permissions"] == ["chat", "publish", "use-effects"]
    assert snapshot["ice_servers"] == []
    assert snapshot["seq"] == 2
    assert bo.token
    joined = await ana.fact("participant-joined")
    assert joined["participant"]["name"] == "Bo"
    assert joined["seq"] == 2


async def test_the_library_client_speaks_the_same_protocol(
    server: RunningServer, room: NewRoom
) -> None:
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(server.url, transports=["websocket"])
    answer = await client.call("join", {"room": room.id, "name": "Ana"})
    assert answer["ok"]["participants"][0]["name"] == "Ana"
    await client.disconnect()


async def test_every_member_gets_every_fact_in_order_and_without_a_gap(
    ana: SignallingClient, bo: SignallingClient
) -> None:
    await ana.request("set-track", {"source": "microphone", "muted": True})
    await bo.request("set-track", CAMERA)
    await ana.request("remove-track", {"source": "microphone"})
    await ana.request("update-room", {"title": "Opening night"})
    await bo.request("send-chat", {"client_id": "1", "text": "hello"})
    for client in (ana, bo):
        await client.fact("chat-sent")
        seqs = [data["seq"] for _, data in client.facts]
        assert seqs == list(range(client.snapshot["seq"] + 1, 8))
    assert (await bo.fact("room-updated"))["room"]["title"] == "Opening night"
    assert (await bo.fact("track-removed"))["source"] == "microphone"


async def test_signalling_is_relayed_with_the_senders_stamp(
    ana: SignallingClient, bo: SignallingClient
) -> None:
    offer = {"to": bo.id, "to_generation": 1, "type": "offer", "sdp": "v=0\r\n"}
    await ana.request("send-description", offer)
    assert await bo.fact("description-sent") == {
        "from": ana.id,
        "generation": 1,
        "type": "offer",
        "sdp": "v=0\r\n",
    }
    candidate = {
        "candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host",
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": "abcd",
    }
    await bo.request(
        "send-candidates", {"to": ana.id, "to_generation": 1, "candidates": [candidate]}
    )
    assert (await ana.fact("candidates-sent"))["candidates"] == [candidate]
    assert not ana.named("description-sent")


async def test_thirty_candidates_pass_for_each_description_and_not_one_more(
    ana: SignallingClient, bo: SignallingClient
) -> None:
    offer = {"to": bo.id, "to_generation": 1, "type": "offer", "sdp": "v=0"}
    some = {"to": bo.id, "to_generation": 1, "candidates": [{"candidate": "c"}] * 15}
    one = {**some, "candidates": [{"candidate": "c"}]}
    await ana.request("send-description", offer)
    await ana.request("send-candidates", some)
    await ana.request("send-candidates", some)
    assert await refusal(ana, "send-candidates", one) == "too-many-candidates"
    await ana.request("send-description", offer)
    await ana.request("send-candidates", one)


async def test_a_target_must_be_here_and_of_the_generation_that_is_meant(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    offer = {"to": bo.id, "to_generation": 1, "type": "offer", "sdp": "v=0"}
    assert (
        await refusal(ana, "send-description", {**offer, "to": "nobody"}) == "no-such-participant"
    )
    assert await refusal(ana, "send-description", {**offer, "to": ana.id}) == "no-such-participant"
    assert await refusal(ana, "send-description", {**offer, "to_generation": 2}) == "stale-peer"
    await bo.drop()
    await ana.fact("participant-away")
    assert await refusal(ana, "send-description", offer) == "peer-away"


async def test_nothing_crosses_from_room_to_room(
    server: RunningServer, ana: SignallingClient
) -> None:
    other = await make_room(server.url)
    async with SignallingClient(server.url) as eve:
        await eve.join(other.id, "Eve")
        target = {"to": ana.id, "to_generation": 1}
        description = {**target, "type": "offer", "sdp": "v=0"}
        assert await refusal(eve, "send-description", description) == "no-such-participant"
        candidates = {**target, "candidates": [{"candidate": "c"}]}
        assert await refusal(eve, "send-candidates", candidates) == "no-such-participant"
        await eve.request("send-chat", {"client_id": "1", "text": "hello?"})
        await eve.fact("chat-sent")
    await ana.request("send-chat", {"client_id": "2", "text": "only ours"})
    await ana.fact("chat-sent")
    assert [name for name, _ in ana.facts] == ["chat-sent"]


async def test_a_guest_may_do_nothing_that_a_host_may(
    ana: SignallingClient, bo: SignallingClient
) -> None:
    assert await refusal(bo, "update-room", {"title": "Mine"}) == "not-permitted"


async def test_a_wrong_host_key_is_refused_and_the_right_one_counts_after_others_came(
    server: RunningServer, room: NewRoom
) -> None:
    async with SignallingClient(server.url) as guest, SignallingClient(server.url) as host:
        await guest.join(room.id, "Guest")
        assert guest.snapshot["permissions"] == ["chat", "publish", "use-effects"]
        wrong = {"room": room.id, "name": "Eve", "host_key": "guess"}
        assert await refusal(host, "join", wrong) == "not-permitted"
        await host.join(room.id, "Host", host_key=room.host_key)
        assert "manage-room" in host.snapshot["permissions"]


async def test_chat_is_stored_once_and_late_joiners_read_it(
    server: RunningServer, room: NewRoom, ana: SignallingClient
) -> None:
    first = await ana.request("send-chat", {"client_id": "1", "text": "hello"})
    again = await ana.request("send-chat", {"client_id": "1", "text": "hello"})
    assert first == again
    for n in range(2, 111):
        await ana.request("send-chat", {"client_id": str(n), "text": str(n)})
    async with SignallingClient(server.url) as late:
        await late.join(room.id, "Late")
        chat = late.snapshot["chat"]
        assert [message["client_id"] for message in chat] == [str(n) for n in range(11, 111)]
        assert late.snapshot["chat_more"]
        older = await late.request("fetch-chat", {"before": chat[0]["seq"]})
        assert [m["client_id"] for m in older["messages"]] == [str(n) for n in range(1, 11)]
        assert not older["more"]
    assert len(ana.named("chat-sent")) == 110


async def test_before_joining_and_after_leaving_a_request_needs_a_room(
    server: RunningServer, room: NewRoom, ana: SignallingClient
) -> None:
    requests = {
        "leave": {},
        "page-closing": {},
        "set-track": CAMERA,
        "remove-track": {"source": "camera"},
        "send-description": {"to": ana.id, "to_generation": 1, "type": "offer", "sdp": "v=0"},
        "send-candidates": {"to": ana.id, "to_generation": 1, "candidates": [{"candidate": "c"}]},
        "send-chat": {"client_id": "1", "text": "hello"},
        "fetch-chat": {},
        "update-room": {"title": "Mine"},
    }
    async with SignallingClient(server.url) as client:
        for name, data in requests.items():
            assert await refusal(client, name, data) == "not-joined"
        await client.join(room.id, "Cy")
        assert await refusal(client, "join", {"room": room.id, "name": "Cy"}) == "already-joined"
        await client.request("leave")
        for name, data in requests.items():
            assert await refusal(client, name, data) == "not-joined"
        await client.join(room.id, "Cy")
    assert not ana.named("description-sent")


async def test_an_unknown_room_is_refused(server: RunningServer) -> None:
    async with SignallingClient(server.url) as client:
        for room_id in ("nothere", "A" * 22):
            code = await refusal(client, "join", {"room": room_id, "name": "Ana"})
            assert code == "room-not-found"


async def test_nothing_reaches_a_newcomer_before_the_answer(
    server: RunningServer, room: NewRoom, ana: SignallingClient
) -> None:
    async with SignallingClient(server.url) as late:
        joining = await late.start("join", {"room": room.id, "name": "Late"})
        joining.add_done_callback(lambda _: order.append("answer"))
        order: list[str] = []
        joined = await ana.fact("participant-joined")
        request = {"to": joined["participant"]["id"], "to_generation": 1}
        for n in range(20):
            with suppress(Refused):
                sdp = {"type": "offer", "sdp": f"v={n}"}
                await ana.request("send-description", {**request, **sdp})
        await late.fact("description-sent")
        assert (await joining)["ok"]["kind"] == "snapshot"
        assert order == ["answer"]


async def test_the_caps_take_n_and_refuse_one_more() -> None:
    async with running_server(room_capacity=2, max_participants=3, max_connections=4) as server:
        rooms = [await make_room(server.url), await make_room(server.url)]
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(SignallingClient(server.url)) for _ in range(4)
            ]
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await SignallingClient(server.url).connect()
            assert refused.value.status == 503
            await clients[0].join(rooms[0].id, "1")
            await clients[1].join(rooms[0].id, "2")
            full = {"room": rooms[0].id, "name": "3"}
            assert await refusal(clients[2], "join", full) == "room-full"
            await clients[2].join(rooms[1].id, "3")
            busy = {"room": rooms[1].id, "name": "4"}
            assert await refusal(clients[3], "join", busy) == "server-full"


async def test_metrics_count_people_joins_messages_and_refusals(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    await ana.request("send-chat", {"client_id": "1", "text": "hello"})
    await refusal(bo, "update-room", {"title": "Mine"})
    text = server.metrics.render().decode()
    for line in (
        "greenroom_participants 2.0",
        "greenroom_connections 2.0",
        "greenroom_joins_total 2.0",
        'greenroom_messages_total{name="send-chat"} 1.0',
        'greenroom_rejected_total{code="not-permitted"} 1.0',
    ):
        assert line in text
