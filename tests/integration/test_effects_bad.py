"""Bad filters in a call: the call and the effects of others keep their frame rate."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.bad_filter import BAD_FILTER, KINDS
from tests.support.effects import effect, use
from tests.support.media_pictures import Eye, TestCard, colour
from tests.support.media_publication import CAMERA, Publication
from tests.support.media_room import Attendee, forwarded_room
from tests.support.server import ServerProcess
from tests.support.waiting import passed, until

GREY, COLOURFUL = 3.0, 20.0
FOR_S = 4.0
KEPT_SHARE = 0.9
IN_FLIGHT = 3
BACK_WITHIN_S = 2.0
OFF_WITHIN_S = 20.0


@dataclass
class Stage:
    """Ana has the bad filter, Mia a good one, Cy none; Bo watches all three."""

    ana: Attendee
    mia: Attendee
    cy: Attendee
    bo: Attendee

    def counts(self) -> list[tuple[int, int]]:
        """Of Mia and Cy: the frames that they have sent, and those that came to Bo."""
        found = []
        for one in (self.mia, self.cy):
            flow = self.bo.flow(one.id)
            assert flow is not None
            assert one.publication is not None
            found.append((one.publication.camera.frames, flow.frames))
        return found


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    (tmp_path / "bad.py").write_text(BAD_FILTER)
    server = ServerProcess(
        tmp_path,
        store="memory",
        media_address="127.0.0.1",
        messages_per_s=1000,
        effects=True,
        filters=tmp_path / "bad.py",
    )
    await server.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)
        room, ana = await forwarded_room(server.url, name="Ana")
        await stack.enter_async_context(ana)
        people = [ana]
        for name in ("Mia", "Cy", "Bo"):
            one = await Attendee.enter(server.url, room.id, name)
            people.append(await stack.enter_async_context(one))
        for one in people[:3]:
            await one.publish(Publication(encode={CAMERA: TestCard(320, 180)}))
        bo = people[3]
        await bo.subscribe()
        await use(ana.signalling, effect(1, "bad.bad"))
        await use(people[1].signalling, effect(1, "grayscale"))
        for one, least, most in ((ana, 0, GREY), (people[1], 0, GREY), (people[2], COLOURFUL, 128)):
            await looks(Eye(await bo.sees(one)), least, most)
        yield Stage(*people)


async def looks(eye: Eye, least: float, most: float) -> None:
    """Wait until a picture is so colourful."""
    await until(lambda: eye.look().size > 6 and least <= colour(eye.look()) <= most, 10.0)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bad_filter_takes_no_frames_from_others(stage: Stage, kind: str) -> None:
    flow = stage.bo.flow(stage.ana.id)
    assert flow is not None
    before = stage.counts()
    await use(stage.ana.signalling, effect(1, "bad.bad", kind=kind))
    longest = 0.0
    clock = asyncio.get_running_loop().time
    ends, frames, came = clock() + FOR_S, flow.frames, clock()
    while clock() < ends:
        await passed(stage.bo.signalling.ended, 0.02)
        if flow.frames > frames:
            frames, came = flow.frames, clock()
        longest = max(longest, clock() - came)
    for (sent, got), (sent_before, got_before) in zip(stage.counts(), before, strict=True):
        assert got - got_before >= KEPT_SHARE * (sent - sent_before) - IN_FLIGHT
    assert longest <= BACK_WITHIN_S, "the stream itself goes on"
    troubles = stage.ana.signalling.named
    await until(lambda: any(fact["off"] for fact in troubles("effect-trouble")), OFF_WITHIN_S)
    assert {fact["filter"] for fact in troubles("effect-trouble")} == {"bad.bad"}
