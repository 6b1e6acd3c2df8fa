"""What somebody who uses effects may send to the decoder behind them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from bench.process import tree_usage
from tests.support.effects import effect, use
from tests.support.media_pictures import Eye, TestCard, Vp8, colour
from tests.support.media_publication import CAMERA, Publication
from tests.support.media_room import Attendee, Call
from tests.support.server import ServerProcess
from tests.support.waiting import LOOK_EVERY_S, passed, until

WIDTH, HEIGHT = 7680, 4320
MOST_MEMORY = 50 * 2**20
FOR_S = 3.0
GREY = 3.0


class Bomber:
    """A camera that can be made to send keyframes of 33 million pixels in a few kilobytes."""

    def __init__(self) -> None:
        self.armed = False
        self._card = TestCard()
        black = np.zeros((HEIGHT * 3 // 2, WIDTH), np.uint8)
        self._bomb = Vp8(WIDTH, HEIGHT).encode(black, keyframe=True)

    def __call__(self, keyframe: bool) -> bytes:
        return self._bomb if self.armed else self._card(keyframe)


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"effects": True}


@pytest.fixture
async def mia(server: ServerProcess, call: Call) -> AsyncIterator[Attendee]:
    """Uses an effect too, and means no harm."""
    async with await Attendee.enter(server.url, call.room.id, "Mia") as it:
        await shown_with(it, call, TestCard(), "grayscale")
        yield it


async def shown_with(one: Attendee, call: Call, camera: TestCard | Bomber, name: str) -> None:
    """Publish, and wait until the call sees the effect."""
    await one.publish(Publication(encode={CAMERA: camera}))
    await use(one.signalling, effect(1, name))
    eye = Eye(await call.bo.sees(one))
    await until(lambda: eye.look().size > 6 and colour(eye.look()) < GREY, 10.0)


async def test_a_picture_of_33_million_pixels_costs_no_memory_and_only_its_sender_notices(
    server: ServerProcess, call: Call, mia: Attendee
) -> None:
    async with await Attendee.enter(server.url, call.room.id, "Eve") as eve:
        bomber = await asyncio.to_thread(Bomber)
        await shown_with(eve, call, bomber, "edges")
        flow = call.bo.flow(mia.id)
        assert flow is not None
        assert mia.publication is not None
        before = tree_usage(server.pid).rss_bytes
        frames, sent, most = flow.frames, mia.publication.camera.frames, 0
        async with call.undisturbed(for_s=FOR_S):
            bomber.armed = True
            ended = asyncio.get_running_loop().time() + FOR_S
            while asyncio.get_running_loop().time() < ended:
                most = max(most, tree_usage(server.pid).rss_bytes)
                await passed(call.bo.signalling.ended, LOOK_EVERY_S)
        assert most - before < MOST_MEMORY
        assert flow.frames - frames >= 0.9 * (mia.publication.camera.frames - sent) - 3
