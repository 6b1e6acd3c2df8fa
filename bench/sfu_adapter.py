"""Greenroom as a server that sfu_bench measures: it joins, publishes and subscribes as pages do.

How to run it is in bench/README.md.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sfu_bench import (  # type: ignore[import-not-found]  # it is not part of this project
    Ours,
    Proc,
    host_ip,
    spawn,
)

from server.config import env_name
from tests.support.client import SignallingClient
from tests.support.media_wire import end
from tests.support.server import free_port

ROOT = Path(__file__).resolve().parents[1]
TRACKS = [{"mid": "0", "source": "microphone"}, {"mid": "1", "source": "camera"}]
CONNECT_WITHIN_S = 20.0
FILTERS = {"gray": "grayscale", "canny": "edges"}
"""What the other servers' effects are called here."""
SETTLE_S = 0.5
"""What the other adapters wait between the last publisher and the first subscriber."""

SETTINGS = {
    "host": "127.0.0.1",
    "store": "memory",
    "media_port": 0,
    "media_address": host_ip(),
    "room_capacity": 64,
    "messages_per_s": 1000,
    "message_burst": 1000,
    # What is measured is the cost of media under load, not how load is refused.
    "overload_cpu": 1.0,
    "overload_lag_ms": 10_000,
}


class Greenroom(Ours):  # type: ignore[misc]  # see above
    """A server process for each scenario, and one room whose host wants everything forwarded."""

    async def start(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(env_name(""))}
        settings = {env_name(name): str(value) for name, value in SETTINGS.items()}
        self.p = spawn(
            [sys.executable, "-m", "server", "serve", "--port", str(port)],
            self.args.log,
            cwd=ROOT,
            env={**clean, **settings},
        )
        self.proc = Proc(self.p.pid)
        self.publishers = 0
        self.clients: dict[int, SignallingClient] = {}
        self.answering: list[asyncio.Task[None]] = []
        await self.wait_http(f"{self.url}/healthz")
        async with self.http.post(f"{self.url}/api/rooms", json={}) as response:
            self.made = await response.json()

    async def join(self, p: Any) -> None:
        began = time.time()
        client = self.clients[p.idx] = SignallingClient(self.url)
        await client.connect()
        sources = [track["source"] for track in TRACKS] if p.publish else []
        await client.join(
            self.made["id"],
            f"Participant {p.idx}",
            host_key=None if p.idx else self.made["host_key"],
            tracks=[{"source": source, "muted": False} for source in sources],
        )
        if p.idx == 0:
            await client.request("update-room", {"media": "forwarded"})
        if p.publish:
            await self._publish(p, client)
        elif p.slots:
            await self._subscribe(p, began)

    async def _publish(self, p: Any, client: SignallingClient) -> None:
        peer = await self.gen.peer()
        peer.publish(p.video, p.track, p.start)
        request = {"session": f"p{p.idx}", "sdp": peer.offer(), "tracks": TRACKS}
        answer = await client.request("publish", request)
        await peer.accept_answer(answer["sdp"])
        self.publishers += 1
        if p.idx == 0 and self.args.effect in FILTERS:
            chosen = {"id": "effect", "filter": FILTERS[self.args.effect], "params": {}}
            await client.request("set-effects", {"video": [chosen], "audio": [], "shown": True})

    async def _subscribe(self, p: Any, began: float) -> None:
        client, session = self.clients[p.idx], f"s{p.idx}"
        peer = await self.gen.peer()
        p.subs.append((peer, began, self.publishers))
        await client.request("subscribe", {"session": session, "codecs": ["VP8"]})
        connected = asyncio.get_running_loop().create_future()
        self.answering.append(asyncio.create_task(self._answer(client, session, peer, connected)))
        await asyncio.wait_for(connected, CONNECT_WITHIN_S)

    async def _answer(
        self, client: SignallingClient, session: str, peer: Any, connected: asyncio.Future[None]
    ) -> None:
        """Answer every offer of a subscription; the first one makes the connection."""
        connect = peer._connect

        async def first(sections: Any, controlling: int) -> None:
            await connect(sections, controlling)
            connected.set_result(None)

        peer._connect = first
        number = -1
        while True:
            try:
                offer = await client.fact("subscription-offered", _after(session, number))
            except TimeoutError:
                continue
            sdp = await peer.answer(offer["sdp"])
            request = {"session": session, "number": offer["number"], "sdp": sdp}
            await client.request("answer-subscription", request)
            number = offer["number"]
            peer._connect = partial(_grow, peer)

    async def settle(self, ps: Any) -> None:
        await asyncio.sleep(SETTLE_S)
        for p in ps:
            if p.publish and p.slots:
                await self._subscribe(p, time.time())

    async def stop(self) -> None:
        for task in self.answering:
            await end(task)
        for client in self.clients.values():
            await client.close()
        await super().stop()


def _after(session: str, number: int) -> Callable[[dict[str, Any]], bool]:
    return lambda offer: offer["session"] == session and offer["number"] > number


async def _grow(peer: Any, sections: Any, controlling: int) -> None:
    """Tell the generator what further m-lines of a live connection carry."""
    for section in sections:
        if "send" in section["dir"]:
            for payload_type in section["pts"]:
                peer.gen.cmd(f"kind {peer.id} {payload_type} {section['kind'][0]}")
