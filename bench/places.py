"""Where media is forwarded: Greenroom, and the peer that it is compared with.

Each runs in a process of its own and is used by the same client (tests/support/media_*.py).
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Protocol

import aiohttp

from bench.signalling import server_process
from tests.support.media_publication import Publication
from tests.support.media_room import Attendee, forwarded_room
from tests.support.media_subscription import Subscription
from tests.support.server import free_port

ADDRESS = "127.0.0.1"
FILTER = "edges"
SETTINGS = {
    "store": "memory",
    "media_port": 0,
    "media_address": ADDRESS,
    "room_capacity": 64,
    "messages_per_s": 1000,
    # What is measured is the cost of media under load, not how load is refused.
    "overload_cpu": 1.0,
    "overload_lag_ms": 10_000,
}


class Place(Protocol):
    pid: int

    async def publish(self, publication: Publication) -> None:
        """Connect it; everybody who subscribes receives it."""

    async def subscribe(self) -> Subscription:
        """A further subscriber; packets may not have come yet."""


class Greenroom:
    """A room that is forwarded; its host publishes and each subscriber is a participant."""

    def __init__(self, url: str, pid: int, stack: AsyncExitStack) -> None:
        self.pid = pid
        self._url = url
        self._stack = stack

    async def open(self) -> None:
        self.room, self.host = await forwarded_room(self._url)
        await self._stack.enter_async_context(self.host)

    async def publish(self, publication: Publication) -> None:
        await self.host.publish(publication)

    async def apply(self, name: str) -> None:
        """Let the host have this filter."""
        chosen = {"id": "effect", "filter": name, "params": {}}
        request = {"video": [chosen], "audio": [], "shown": True}
        await self.host.signalling.request("set-effects", request)

    async def costs(self, count: int) -> list[dict[str, Any]]:
        """What the host is told of its effect's costs in so many seconds."""
        seen: list[dict[str, Any]] = []
        async with asyncio.timeout(10.0 + count):
            while len(seen) < count:
                seen = self.host.signalling.named("effect-cost")
                await asyncio.sleep(0.1)
        return [fact["video"] for fact in seen]

    async def subscribe(self) -> Subscription:
        return await (await self.enter()).subscribe()

    async def enter(self) -> Attendee:
        """A participant without tracks."""
        attendee = await Attendee.enter(self._url, self.room.id, "Subscriber", sources=())
        return await self._stack.enter_async_context(attendee)


class Relay:
    """bench/object_relay.py or bench/media_relay.py."""

    def __init__(self, url: str, pid: int, http: aiohttp.ClientSession) -> None:
        self.pid = pid
        self._url = url
        self._http = http
        self._open: list[Publication | Subscription] = []

    async def _ask(self, path: str, **body: str) -> dict[str, Any]:
        async with self._http.post(self._url + path, json=body) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer

    async def publish(self, publication: Publication) -> None:
        self._open.append(publication)
        answer = await self._ask("/publish", sdp=await publication.offer())
        await publication.accept(answer["sdp"])

    async def subscribe(self) -> Subscription:
        it = Subscription()
        self._open.append(it)
        offer = await self._ask(f"/subscribe/{it.session}")
        await self._ask(f"/answer/{it.session}", sdp=await it.answer(offer["sdp"]))
        return it

    async def close(self) -> None:
        for connection in self._open:
            await connection.close()


@asynccontextmanager
async def greenroom(*, effects: bool = False) -> AsyncIterator[Greenroom]:
    async with server_process(**SETTINGS, effects=effects) as server, AsyncExitStack() as stack:
        it = Greenroom(server.url, server.pid, stack)
        await it.open()
        yield it


@asynccontextmanager
async def filtering() -> AsyncIterator[Greenroom]:
    """The same, whose host has an effect."""
    async with greenroom(effects=True) as it:
        await it.apply(FILTER)
        yield it


@asynccontextmanager
async def _relay(module: str) -> AsyncIterator[Relay]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, str(port)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        await asyncio.wait_for(process.stdout.readline(), 20)
        async with aiohttp.ClientSession() as http:
            it = Relay(f"http://{ADDRESS}:{port}", process.pid, http)
            yield it
            await it.close()
    finally:
        process.kill()
        await process.wait()


objects = partial(_relay, "bench.object_relay")
media_relay = partial(_relay, "bench.media_relay")
