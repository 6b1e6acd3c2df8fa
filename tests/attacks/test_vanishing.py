"""Peers that are gone without a word, and servers that close in front of them."""

import asyncio
import time

import pytest

from tests.support.media_room import Attendee, Call
from tests.support.server import ServerProcess

NOTICED_WITHIN_S = 10.0


async def test_whoever_vanishes_is_noticed_within_ten_seconds(
    server: ServerProcess, call: Call
) -> None:
    """Nothing tells of it: no reset, no goodbye; pings are not answered, and no packet comes."""
    eve = await Attendee.enter(server.url, call.room.id, "Eve")
    await eve.publish()
    await eve.subscribe()
    await call.ana.sees(eve)
    await eve.sees(call.ana)
    async with call.undisturbed(for_s=2.0):
        began = time.monotonic()
        await eve.signalling.stop_reading()
        for connection in (eve.publication, eve.subscription):
            assert connection is not None
            await connection.vanish()
        await call.ana.signalling.fact(
            "participant-away", lambda data: data["participant_id"] == eve.id
        )
        assert time.monotonic() - began < NOTICED_WITHIN_S
    await eve.close()


@pytest.mark.parametrize("connection", ["publish", "subscribe"])
async def test_media_that_vanishes_is_told_to_the_page(
    server: ServerProcess, call: Call, connection: str
) -> None:
    """Signalling lives on; the page is to make a new connection."""
    async with await Attendee.enter(server.url, call.room.id, "Eve") as eve:
        publishing, subscribing = await eve.publish(), await eve.subscribe()
        await eve.sees(call.ana)
        gone = publishing if connection == "publish" else subscribing
        lost = "publish-lost" if connection == "publish" else "subscription-lost"
        async with call.undisturbed(), asyncio.timeout(NOTICED_WITHIN_S):
            await gone.vanish()
            await eve.signalling.fact(lost, lambda data: data["session"] == gone.session)
        if connection == "publish":
            await eve.publish()
            await call.ana.sees(eve)
        else:
            await eve.subscribe()
            await eve.sees(call.ana)
