"""A call through the server whose effects a test works by hand."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from rooms.participant import Kind
from server.config import Config
from server.media.forwarder import Forwarder
from tests.support.catalogue import MadeUpCatalogue
from tests.support.effect_streams import MADE, HandEngine, HandStream
from tests.support.media_packets import Rtp
from tests.support.media_room import Attendee
from tests.support.media_streams import Flow
from tests.support.plane import running_signalling
from tests.support.room import make_room
from tests.support.waiting import passed, until

FULL = (640, 360)
MOMENT_S = 0.4
"""Longer than a frame takes from its camera to whoever watches."""


@dataclass
class Rehearsal:
    """Ana, who is the host and publishes, and Bo, who watches, in a room that is forwarded."""

    url: str
    room: str
    engine: HandEngine
    forwarder: Forwarder
    ana: Attendee
    bo: Attendee
    stack: AsyncExitStack

    async def newcomer(self, name: str = "Cy") -> Attendee:
        """Somebody who only watches."""
        attendee = await Attendee.enter(self.url, self.room, name, sources=())
        await self.stack.enter_async_context(attendee)
        await attendee.subscribe()
        return attendee

    @property
    def picture(self) -> HandStream:
        (stream,) = self.engine.of(Kind.VIDEO)
        return stream

    async def opened(self, kind: Kind = Kind.VIDEO) -> HandStream:
        await until(lambda: bool(self.engine.of(kind)))
        return self.engine.of(kind)[-1]

    async def moment(self) -> None:
        """Let frames pass that are on their way."""
        await passed(self.bo.signalling.ended, MOMENT_S)


@asynccontextmanager
async def rehearsing() -> AsyncIterator[Rehearsal]:
    """Such a room, and nothing left of its effects behind it."""
    settings: dict[str, Any] = {"media_port": 0, "media_address": ("127.0.0.1",)}
    engine = HandEngine()
    forwarder = Forwarder(
        Config(**settings, overload_cpu=1.0, overload_lag_ms=10_000), effects=engine
    )
    await forwarder.start()
    try:
        async with (
            running_signalling(forwarder, MadeUpCatalogue(), direct_after_s=0, **settings) as url,
            AsyncExitStack() as stack,
        ):
            room = await make_room(url)
            ana = await Attendee.enter(url, room.id, "Ana", host_key=room.host_key)
            await stack.enter_async_context(ana)
            await ana.signalling.request("update-room", {"media": "forwarded"})
            bo = await Attendee.enter(url, room.id, "Bo", sources=())
            await stack.enter_async_context(bo)
            yield Rehearsal(url, room.id, engine, forwarder, ana, bo, stack)
    finally:
        await forwarder.close()
    assert all(stream.closed for stream in engine.streams)


async def bare(rehearsal: Rehearsal) -> Flow:
    """Ana's camera as Bo gets it while there is no effect."""
    await rehearsal.ana.publish()
    await rehearsal.bo.subscribe()
    flow = await rehearsal.bo.sees(rehearsal.ana)
    assert flow.size == FULL
    return flow


def is_made(packet: Rtp) -> bool:
    """Whether it came out of a worker."""
    return packet.payload.endswith(MADE) or MADE in packet.payload


def newest(flow: Flow) -> Rtp:
    return flow.recent[-1]


async def comes(flow: Flow, *, made: bool, within_s: float = 5.0) -> None:
    """Wait for a packet that a worker has made, or for a bare one."""
    await until(lambda: is_made(newest(flow)) is made, within_s)


def streams_of(attendee: Attendee, other: Attendee) -> set[str]:
    """What the server says that it sends of somebody."""
    carried: list[list[dict[str, str]]] = [
        data["streams"]
        for name, data in attendee.signalling.facts
        if name in ("subscription-offered", "streams-changed")
    ]
    return {s["source"] for s in (carried or [[]])[-1] if s["participant_id"] == other.id}
