"""What an effect costs as aiortc's documentation has it: `python -m bench.media_relay PORT`.

The peer that `python -m bench effects` measures in the same run: one publisher, whose picture is
decoded once and filtered once, and encoded for each of any number of subscribers.
"""

import asyncio
import sys
from unittest.mock import patch

import cv2
import numpy as np
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaBlackhole, MediaRelay
from av import VideoFrame

ADDRESS = "127.0.0.1"
LOW, HIGH = 100, 200


class Edges(MediaStreamTrack):
    """A track of which the edges are drawn."""

    kind = "video"

    def __init__(self, track: MediaStreamTrack) -> None:
        super().__init__()
        self._track = track

    async def recv(self) -> VideoFrame:
        frame = await self._track.recv()
        assert isinstance(frame, VideoFrame)
        edges = cv2.Canny(frame.to_ndarray(format="bgr24"), LOW, HIGH)
        image = np.asarray(cv2.cvtColor(edges, cv2.COLOR_GRAY2BGR), np.uint8)
        drawn = VideoFrame.from_ndarray(image, format="bgr24")
        # Left in BGR, the encoders of several subscribers would convert it in several threads,
        # which crashes.
        result = drawn.reformat(format="yuv420p")
        result.pts, result.time_base = frame.pts, frame.time_base
        return result


class Relay:
    """One room with one publisher."""

    def __init__(self) -> None:
        self._relay = MediaRelay()
        self._drain = MediaBlackhole()
        self._edges: Edges | None = None
        self._connections: list[RTCPeerConnection] = []
        self._waiting: dict[str, RTCPeerConnection] = {}

    def _connection(self) -> RTCPeerConnection:
        it = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connections.append(it)
        return it

    async def publish(self, request: web.Request) -> web.Response:
        """Answers an offer."""
        connection = self._connection()
        connection.on("track", self._begin)
        await connection.setRemoteDescription(
            RTCSessionDescription((await request.json())["sdp"], "offer")
        )
        await connection.setLocalDescription(await connection.createAnswer())
        await self._drain.start()
        return web.json_response({"sdp": connection.localDescription.sdp})

    def _begin(self, track: MediaStreamTrack) -> None:
        self._edges = Edges(track)
        self._drain.addTrack(self._relay.subscribe(self._edges))

    async def subscribe(self, request: web.Request) -> web.Response:
        """Makes an offer; the answer to it comes with the next request."""
        assert self._edges is not None
        connection = self._connection()
        connection.addTransceiver(self._relay.subscribe(self._edges), direction="sendonly")
        await connection.setLocalDescription(await connection.createOffer())
        self._waiting[request.match_info["name"]] = connection
        return web.json_response({"sdp": connection.localDescription.sdp})

    async def answer(self, request: web.Request) -> web.Response:
        connection = self._waiting.pop(request.match_info["name"])
        await connection.setRemoteDescription(
            RTCSessionDescription((await request.json())["sdp"], "answer")
        )
        return web.json_response({})


async def main(port: int) -> None:
    relay = Relay()
    app = web.Application()
    app.router.add_post("/publish", relay.publish)
    app.router.add_post("/subscribe/{name}", relay.subscribe)
    app.router.add_post("/answer/{name}", relay.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with patch("aioice.ice.get_host_addresses", lambda **_: [ADDRESS]):
        asyncio.run(main(int(sys.argv[1])))
