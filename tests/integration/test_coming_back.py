"""Leaving, being lost and coming back, over real sockets."""

import asyncio
import time

from tests.support.client import SignallingClient
from tests.support.refusal import refusal
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, running_server
from tests.support.waiting import passed, until

CAMERA = {"source": "camera", "muted": False}


async def test_a_lost_client_comes_back_as_itself_and_gets_what_it_missed(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    seen = bo.seq
    await bo.drop()
    away = await ana.fact("participant-away")
    assert away["participant_id"] == bo.id
    await ana.request("send-chat", {"client_id": "1", "text": "meanwhile"})
    async with SignallingClient(server.url) as back:
        answer = await back.resume(bo.token, seen)
        assert answer["kind"] == "missed"
        assert [fact["name"] for fact in answer["facts"]] == [
            "participant-away",
            "chat-sent",
            "participant-returned",
        ]
        returned = await ana.fact("participant-returned")
        assert returned["participant"]["id"] == bo.id
        assert returned["participant"]["generation"] == 1
        assert not ana.named("participant-left")


async def test_a_fresh_page_gets_a_snapshot_and_a_new_generation(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    await bo.drop()
    async with SignallingClient(server.url) as back:
        answer = await back.resume(bo.token, bo.seq, fresh=True, tracks=[CAMERA])
        assert answer["kind"] == "snapshot"
        assert answer["self"] == bo.id
        returned = await ana.fact("participant-returned")
        assert returned["participant"]["generation"] == 2
        assert returned["participant"]["tracks"][0]["source"] == "camera"


async def test_one_who_missed_too_much_gets_a_snapshot(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    await bo.drop()
    for n in range(300):
        await ana.request("set-track", {"source": "camera", "muted": n % 2 == 0})
    async with SignallingClient(server.url) as back:
        answer = await back.resume(bo.token, bo.seq)
        assert answer["kind"] == "snapshot"
        assert answer["seq"] > 300


async def test_coming_back_on_a_second_socket_ends_the_first(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    async with SignallingClient(server.url) as second:
        await second.resume(bo.token, bo.seq)
        ended = await bo.fact("session-ended")
        assert ended["code"] == "superseded"
        await asyncio.wait_for(bo.ended.wait(), 5)
        await second.request("send-chat", {"client_id": "1", "text": "still me"})
        await ana.fact("chat-sent")
        assert not ana.named("participant-away")
        assert not ana.named("participant-left")


async def test_a_replayed_a_foreign_and_a_broken_token_are_refused(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    first = bo.token
    await bo.drop()
    async with SignallingClient(server.url) as back:
        await back.resume(first, 0)
        second = back.token
        await back.drop()
        async with SignallingClient(server.url) as again:
            await again.resume(second, 0)
            async with SignallingClient(server.url) as thief:
                request = {"since": 0, "fresh": False}
                for token in (first, "e30.e30.e30", ana.snapshot["token"][:-4] + "AAAA"):
                    code = await refusal(thief, "resume", {"token": token, **request})
                    assert code == "token-invalid"
            async with running_server() as elsewhere, SignallingClient(elsewhere.url) as lost:
                assert (
                    await refusal(lost, "resume", {"token": again.token, **request})
                    == "token-invalid"
                )


async def test_who_left_cannot_resume(
    server: RunningServer, ana: SignallingClient, bo: SignallingClient
) -> None:
    await bo.request("leave")
    left = await ana.fact("participant-left")
    assert left == {"seq": 3, "participant_id": bo.id, "reason": "left"}
    request = {"token": bo.token, "since": 0, "fresh": False}
    assert await refusal(bo, "resume", request) == "token-invalid"


async def test_a_lost_participant_leaves_when_the_grace_is_over() -> None:
    async with running_server(resume_grace_s=1.0) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana, SignallingClient(server.url) as bo:
            await ana.join(room.id, "Ana")
            await bo.join(room.id, "Bo")
            await bo.drop()
            await ana.fact("participant-away")
            left = await ana.fact("participant-left")
            assert left["reason"] == "timed-out"
            assert left["participant_id"] == bo.id


async def test_a_closing_page_is_kept_only_for_a_reload() -> None:
    async with running_server(reload_grace_s=1.0, resume_grace_s=600.0) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana, SignallingClient(server.url) as bo:
            await ana.join(room.id, "Ana")
            await bo.join(room.id, "Bo")
            await bo.request("page-closing")
            await bo.close()
            assert (await ana.fact("participant-left"))["reason"] == "timed-out"


async def test_a_page_that_goes_on_after_page_closing_keeps_the_long_grace() -> None:
    async with running_server(reload_grace_s=1.0, resume_grace_s=600.0) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana, SignallingClient(server.url) as bo:
            await ana.join(room.id, "Ana")
            await bo.join(room.id, "Bo")
            await bo.request("page-closing")
            await bo.request("send-chat", {"client_id": "1", "text": "still here"})
            await bo.drop()
            await ana.fact("participant-away")
            await passed(asyncio.Event(), 2.0)
            assert not ana.named("participant-left")


async def test_a_leave_whose_answer_is_not_waited_for_is_carried_out(
    server: RunningServer, room: NewRoom, ana: SignallingClient
) -> None:
    people = [SignallingClient(server.url) for _ in range(20)]
    for n, one in enumerate(people):
        await one.connect()
        await one.join(room.id, f"p{n}")

    async def go(one: SignallingClient) -> None:
        _ = await one.start("leave")
        await one.close()

    await asyncio.gather(*(go(one) for one in people))
    await until(lambda: len(ana.named("participant-left")) == len(people))
    assert {data["reason"] for data in ana.named("participant-left")} == {"left"}


async def test_one_who_left_and_does_not_join_again_is_sent_away() -> None:
    async with running_server(join_timeout_s=0.3) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana:
            await ana.join(room.id, "Ana")
            await passed(ana.ended, 1.0)
            assert not ana.ended.is_set()
            await ana.request("leave")
            assert (await ana.fact("session-ended"))["code"] == "not-joined-in-time"


async def test_a_silent_peer_is_noticed_within_the_ping_times() -> None:
    async with running_server(
        ping_interval_s=0.3, ping_timeout_s=0.3, resume_grace_s=1.0
    ) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana, SignallingClient(server.url) as bo:
            await ana.join(room.id, "Ana")
            await bo.join(room.id, "Bo")
            await bo.stop_reading()  # it answers no ping any more, and its TCP stays open
            await ana.fact("participant-away")
            await ana.fact("participant-left")


async def test_token_and_turn_credentials_are_renewed_before_they_expire() -> None:
    turn = {"turn_urls": ("turn:turn.example.org",), "turn_secret": "shared"}
    async with running_server(resume_grace_s=6.0, **turn) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana:
            await ana.join(room.id, "Ana")
            renewed = await ana.fact("token-renewed")
            (turn_server,) = renewed["ice_servers"]
            expires, _, whose = turn_server["username"].partition(":")
            assert whose == ana.id
            assert 0 < int(expires) - time.time() <= 600
            await ana.drop()
            async with SignallingClient(server.url) as back:
                await back.resume(renewed["token"], ana.seq)


async def test_one_who_connects_and_does_not_join_is_sent_away() -> None:
    async with running_server(join_timeout_s=0.2) as server, SignallingClient(server.url) as idle:
        assert (await idle.fact("session-ended"))["code"] == "not-joined-in-time"
        await asyncio.wait_for(idle.ended.wait(), 5)
