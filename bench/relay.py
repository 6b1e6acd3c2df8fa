"""A peer that benchmarks are compared with, made of aiortc: one room, one publisher, over HTTP.

Offers and answers travel as JSON objects with the field `sdp`.
"""

import asyncio
from abc import ABC, abstractmethod
from unittest.mock import patch

from aiohttp import web
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)

ADDRESS = "127.0.0.1"


class Relay(ABC):
    """Any number of subscribers get what one publisher sends."""

    def __init__(self) -> None:
        self._connections: list[RTCPeerConnection] = []
        self._waiting: dict[str, RTCPeerConnection] = {}

    @abstractmethod
    async def take(self, connection: RTCPeerConnection) -> None:
        """Take the publisher's media, which will come on the transceivers of this connection."""

    @abstractmethod
    def give(self, connection: RTCPeerConnection) -> None:
        """Give a subscriber's new connection the transceivers that send the publisher's media."""

    async def publish(self, request: web.Request) -> web.Response:
        """Answers an offer."""
        connection = self._connection()
        await connection.setRemoteDescription(
            RTCSessionDescription((await request.json())["sdp"], "offer")
        )
        await self.take(connection)
        await connection.setLocalDescription(await connection.createAnswer())
        return web.json_response({"sdp": connection.localDescription.sdp})

    async def subscribe(self, request: web.Request) -> web.Response:
        """Makes an offer; the answer to it comes with the next request."""
        connection = self._connection()
        self.give(connection)
        await connection.setLocalDescription(await connection.createOffer())
        self._waiting[request.match_info["name"]] = connection
        return web.json_response({"sdp": connection.localDescription.sdp})

    async def answer(self, request: web.Request) -> web.Response:
        connection = self._waiting.pop(request.match_info["name"])
        await connection.setRemoteDescription(
            RTCSessionDescription((await request.json())["sdp"], "answer")
        )
        return web.json_response({})

    def _connection(self) -> RTCPeerConnection:
        it = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._connections.append(it)
        return it


def run(relay: type[Relay], port: int) -> None:
    """Serve a room until the process is ended; `ready` is printed when it can be used."""
    with patch("aioice.ice.get_host_addresses", lambda **_: [ADDRESS]):
        asyncio.run(_serve(relay, port))


async def _serve(make: type[Relay], port: int) -> None:
    relay = make()
    app = web.Application()
    app.router.add_post("/publish", relay.publish)
    app.router.add_post("/subscribe/{name}", relay.subscribe)
    app.router.add_post("/answer/{name}", relay.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()
