"""What forwarding costs when it is done with aiortc's objects: `python -m bench.object_relay PORT`.

The peer that `python -m bench forward` measures in the same run: one publisher, any number of
subscribers, each packet parsed into an RtpPacket, and written and sent once for each of them.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

from aiohttp import web
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.clock import current_ntp_time
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap, RtpPacket

ADDRESS = "127.0.0.1"
KINDS = ("audio", "video")

Send = Callable[[RtpPacket], Awaitable[None]]


class Relay:
    """One room with one publisher."""

    def __init__(self) -> None:
        self._senders: dict[str, list[Send]] = {kind: [] for kind in KINDS}
        self._connections: list[RTCPeerConnection] = []
        self._waiting: dict[str, RTCPeerConnection] = {}

    def _connection(self) -> RTCPeerConnection:
        it = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._connections.append(it)
        return it

    async def publish(self, request: web.Request) -> web.Response:
        """Answers an offer."""
        connection = self._connection()
        await connection.setRemoteDescription(
            RTCSessionDescription((await request.json())["sdp"], "offer")
        )
        for transceiver in connection.getTransceivers():
            self._relay(transceiver)
        await connection.setLocalDescription(await connection.createAnswer())
        return web.json_response({"sdp": connection.localDescription.sdp})

    def _relay(self, transceiver: RTCRtpTransceiver) -> None:
        senders = self._senders[transceiver.kind]

        async def relay(packet: RtpPacket, arrival_time_ms: int) -> None:
            for send in senders:
                await send(packet)

        receiver: Any = transceiver.receiver
        receiver._handle_rtp_packet = relay

    async def subscribe(self, request: web.Request) -> web.Response:
        """Makes an offer; the answer to it comes with the next request."""
        connection = self._connection()
        for kind in KINDS:
            self._send_from(connection.addTransceiver(kind, "sendonly"))
        await connection.setLocalDescription(await connection.createOffer())
        self._waiting[request.match_info["name"]] = connection
        return web.json_response({"sdp": connection.localDescription.sdp})

    def _send_from(self, transceiver: RTCRtpTransceiver) -> None:
        """Take the place of the sender's own tasks, which wait for a track to encode."""
        sender: Any = transceiver.sender
        extensions = HeaderExtensionsMap()

        async def begin(parameters: Any) -> None:
            extensions.configure(parameters)
            payload_type = parameters.codecs[0].payloadType

            async def send(packet: RtpPacket) -> None:
                copy = RtpPacket(
                    payload_type=payload_type,
                    marker=packet.marker,
                    sequence_number=packet.sequence_number,
                    timestamp=packet.timestamp,
                    ssrc=sender._ssrc,
                    payload=packet.payload,
                )
                sent_at = (current_ntp_time() >> 14) & 0x00FFFFFF
                copy.extensions = HeaderExtensions(abs_send_time=sent_at)
                await sender.transport._send_rtp(copy.serialize(extensions))

            self._senders[transceiver.kind].append(send)

        sender.send = begin

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
