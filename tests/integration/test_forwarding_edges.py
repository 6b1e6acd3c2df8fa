"""What happens to forwarded media when requests come twice, late or in an unlucky order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from tests.support.client import Refused, SignallingClient
from tests.support.media_publication import LAYERS, Publication
from tests.support.media_room import BOTH, Attendee, Call, calling, forwarded_room
from tests.support.media_subscription import Subscription
from tests.support.room import make_room
from tests.support.server import RunningServer, running_server
from tests.support.waiting import passed, until

MEDIA = {"media_port": 0, "media_address": ("127.0.0.1",), "messages_per_s": 1000}


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server(**MEDIA, direct_after_s=0) as it:
        yield it


@pytest.fixture
async def call(server: RunningServer) -> AsyncIterator[Call]:
    async with calling(server.url) as it:
        yield it


def of(attendee: Attendee) -> Subscription:
    assert attendee.subscription is not None
    return attendee.subscription


async def subscribe(attendee: Attendee, session: str) -> None:
    request = {"session": session, "codecs": list(of(attendee).codecs)}
    await attendee.signalling.request("subscribe", request)


async def test_a_session_that_works_goes_on_when_its_page_says_it_again(call: Call) -> None:
    """As pages do whose signalling was gone for a while: what they missed is told again."""
    bo = call.bo.signalling
    offers, told = len(bo.named("subscription-offered")), len(bo.named("streams-changed"))
    async with call.undisturbed(for_s=2.0):
        await subscribe(call.bo, of(call.bo).session)
    await until(lambda: len(bo.named("streams-changed")) > told)
    assert len(bo.named("subscription-offered")) == offers
    newest = bo.named("streams-changed")[-1]["streams"]
    assert {stream["participant_id"] for stream in newest} == {call.ana.id}


async def test_an_offer_that_the_page_may_have_missed_is_made_again(
    server: RunningServer, call: Call
) -> None:
    async with await Attendee.enter(server.url, call.room.id, "Late", sources=()) as late:
        late.subscription = Subscription()
        await subscribe(late, "s")
        offered = await late.signalling.fact("subscription-offered")
        await subscribe(late, "s")
        await until(lambda: len(late.signalling.named("subscription-offered")) > 1)
        assert late.signalling.named("subscription-offered")[-1] == offered
        await passed(late.signalling.ended, 0.2)
        assert len(late.signalling.named("subscription-offered")) == 2


async def test_a_path_that_was_taken_too_late_is_not_let_go_of(call: Call) -> None:
    """The host has changed their mind again while the page's word was on its way."""
    flow = await call.bo.sees(call.ana)
    for media in ("mesh", "forwarded"):
        await call.ana.signalling.request("update-room", {"media": media})
    taken = {"participant_id": call.ana.id, "route": "direct"}
    await call.bo.signalling.request("path-taken", taken)
    frames = flow.frames
    await until(lambda: flow.frames > frames + 20)
    assert call.bo.flow(call.ana.id) is flow


async def test_who_was_taken_directly_and_comes_back_forwarded_is_seen() -> None:
    """The new page and the new route are one change of the room."""
    settings = {**MEDIA, "mesh_limit": 1, "direct_after_s": 0}
    async with running_server(**settings) as server, AsyncExitStack() as stack:
        room = await make_room(server.url)
        people = [await Attendee.enter(server.url, room.id, name) for name in ("Ana", "Bo")]
        ana, bo = [await stack.enter_async_context(one) for one in people]
        await ana.publish()
        await bo.subscribe()
        await bo.sees(ana)
        for source in BOTH:
            await ana.signalling.request("remove-track", {"source": source})
        await bo.signalling.request("path-taken", {"participant_id": ana.id, "route": "direct"})
        await until(lambda: bo.flow(ana.id) is None)
        async with SignallingClient(server.url) as page:
            again = Attendee(page)
            tracks = [{"source": source, "muted": False} for source in BOTH]
            before = ana.signalling
            await page.resume(before.token, before.seq, fresh=True, tracks=tracks)
            await again.publish()
            await bo.sees(ana)
            await again.close()


async def test_who_comes_when_the_server_is_full_is_told_so() -> None:
    async with (
        running_server(**MEDIA, max_media_peers=4) as server,
        calling(server.url) as call,
        await Attendee.enter(server.url, call.room.id, "Late", sources=()) as late,
        call.undisturbed(),
    ):
        with pytest.raises(Refused) as refusal:
            await late.subscribe()
        assert refusal.value.code == "too-many-streams"


async def test_what_does_not_fit_when_it_is_needed_is_told_as_lost() -> None:
    """It was asked for while there was nothing to send to it. That is no mistake to be logged."""
    async with running_server(**MEDIA, max_media_peers=1) as server, AsyncExitStack() as stack:
        logs = stack.enter_context(capture_logs())
        room, ana = await forwarded_room(server.url)
        bo = await Attendee.enter(server.url, room.id, "Bo", sources=())
        for one in (ana, bo):
            await stack.enter_async_context(one)
        subscription = await bo.subscribe()
        await ana.publish()
        lost = await bo.signalling.fact("subscription-lost")
        assert lost == {"session": subscription.session}
        assert "subscription-failed" not in [entry["event"] for entry in logs]


async def test_who_waits_for_an_m_line_gets_it_when_one_has_rested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection has so many m-lines, and those that somebody has left rest for a while."""
    monkeypatch.setattr("server.media.subscriber.GROWTH", (1,))
    monkeypatch.setattr("server.media.subscriber.REST_S", 1.0)
    async with running_server(**MEDIA) as server, AsyncExitStack() as stack:
        room, ana = await forwarded_room(server.url)
        bo = await Attendee.enter(server.url, room.id, "Bo", sources=())
        cy = await Attendee.enter(server.url, room.id, "Cy")
        for one in (ana, bo, cy):
            await stack.enter_async_context(one)
        await bo.subscribe()
        publication = await ana.publish()
        await bo.sees(ana)
        await cy.publish()
        await ana.signalling.request("unpublish", {"session": publication.session})
        await bo.sees(cy)
        assert len(bo.signalling.named("subscription-offered")) == 1


async def test_a_newer_subscription_is_there_before_the_older_one_goes(
    server: RunningServer, call: Call
) -> None:
    """A page that changes its network makes a new one, and shows what comes on the older."""
    older = of(call.bo)
    flow = await call.bo.sees(call.ana)
    async with call.undisturbed(for_s=1.0):
        await subscribe(call.bo, "never-answered")
    frames = flow.frames
    await call.bo.subscribe()
    assert await call.bo.sees(call.ana) is not flow
    assert flow.frames > frames
    assert server.forwarder is not None
    forwarder = server.forwarder
    await until(lambda: forwarder.connections == 4, 10.0)
    await older.close()


async def test_the_older_subscription_ends_with_its_page(call: Call, server: RunningServer) -> None:
    older = of(call.bo)
    await subscribe(call.bo, "never-answered")
    await call.bo.signalling.request("leave")
    assert server.forwarder is not None
    forwarder = server.forwarder
    await until(lambda: forwarder.connections == 2)
    await older.close()


async def test_who_has_lost_its_connection_takes_nobodys_place() -> None:
    async with running_server(**MEDIA, max_room_publishers=1) as server, AsyncExitStack() as stack:
        room, ana = await forwarded_room(server.url)
        bo = await Attendee.enter(server.url, room.id, "Bo")
        for one in (ana, bo):
            await stack.enter_async_context(one)
        publication = await ana.publish()
        await publication.close()
        await ana.signalling.fact("publish-lost")
        await bo.publish()


async def test_who_is_still_connecting_learns_of_another_codec_too() -> None:
    settings = {**MEDIA, "video_codecs": ("H264", "VP8")}
    async with running_server(**settings) as server, AsyncExitStack() as stack:
        room, ana = await forwarded_room(server.url)
        bo = await Attendee.enter(server.url, room.id, "Bo", sources=())
        for one in (ana, bo):
            await stack.enter_async_context(one)
        await bo.subscribe(Subscription(codecs=("VP8", "H264")))
        ana.publication = Publication()
        await ana.offer(ana.publication)
        cy = await stack.enter_async_context(
            await Attendee.enter(server.url, room.id, "Cy", sources=())
        )
        await cy.subscribe()
        again = await ana.signalling.fact("publish-again")
        assert again == {"session": ana.publication.session}


async def test_an_offer_made_again_is_told_again_which_layers_rest(
    server: RunningServer, call: Call
) -> None:
    """Its page has missed some words of the server, and sends all of them."""
    ana = call.ana.signalling
    publication = Publication(layers=tuple(LAYERS))
    request = {
        "session": publication.session,
        "sdp": await publication.offer(),
        "tracks": publication.tracks,
    }
    await publication.accept((await ana.request("publish", request))["sdp"])
    tile = {"participant_id": call.ana.id, "width": 300, "height": 170}
    await call.bo.signalling.request("set-view", {"tiles": [tile]})
    try:
        await until(lambda: wanted(call.ana) == ["q"], 10.0)
        told = len(ana.named("layers-wanted"))
        await ana.request("publish", request)
        await until(lambda: len(ana.named("layers-wanted")) > told, 10.0)
        assert wanted(call.ana) == ["q"]
    finally:
        await publication.close()


def wanted(attendee: Attendee) -> list[str]:
    """The layers that are wanted, as the page was told last."""
    told = attendee.signalling.named("layers-wanted")
    return list(told[-1]["rids"]) if told else []


async def test_one_who_decodes_something_else_each_time_disturbs_the_others_rarely(
    server: RunningServer, call: Call
) -> None:
    for one in (call.ana, call.bo):
        before = of(one)
        await one.subscribe(Subscription(codecs=("VP8", "H264")))
        await before.close()
    ana = call.ana.signalling
    async with await Attendee.enter(server.url, call.room.id, "Eve", sources=()) as eve:
        eve.subscription = Subscription()
        for n in range(20):
            codecs = [("VP8", "H264")[n % 2]]
            await eve.signalling.request("subscribe", {"session": f"s{n}", "codecs": codecs})
        await until(lambda: bool(ana.named("publish-again")))
        await passed(eve.signalling.ended, 0.3)
        assert len(ana.named("publish-again")) == 1
        await eve.signalling.request("leave")
        await until(lambda: len(ana.named("publish-again")) == 2, 10.0)
