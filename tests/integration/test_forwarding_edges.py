"""What happens to forwarded media when requests come twice, late or in an unlucky order."""

from collections.abc import AsyncIterator

import pytest

from tests.support.media_room import Attendee, Call, calling
from tests.support.media_subscription import Subscription
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
