"""Both ends of one transport: the server's peer connection alone, and a stock aiortc client."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self
from unittest.mock import patch

from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from server.config import Config
from server.media.connection import MediaConnection
from server.media.counters import Counters
from server.media.datagrams import SLOT_BYTES
from server.media.link import Link
from server.media.sdp import Section
from server.media.seam import CData, protect, unprotect, unprotect_rtcp
from server.media.udp import MediaSockets
from tests.support.media_packets import Rtp
from tests.support.media_wire import Address
from tests.support.waiting import until

HERE = "127.0.0.1"
OPUS_SILENCE = b"\xf8\xff\xfe"
LINK_WITHIN_S = 10.0
CODECS = ["VP8"]


@asynccontextmanager
async def media_sockets(
    address: str = HERE, *, batched: bool = True
) -> AsyncIterator[MediaSockets]:
    """The sockets of a server on one loopback address."""
    settings: dict[str, Any] = {"media_port": 0, "media_address": address}
    sockets = MediaSockets(Config(**settings), Counters(), batched=batched)
    await sockets.start()
    try:
        yield sockets
    finally:
        await sockets.close()


class ServerEnd:
    """A peer connection of the server, what it received, decrypted, and what became of it.

    Attributes:
        ended: the reason, once it came to an end by itself.
        moves: how often the peer has changed its address.
    """

    def __init__(self, sockets: MediaSockets, **settings: Any) -> None:
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.ended: list[str] = []
        self.moves = 0
        self.connection = MediaConnection(
            sockets, on_link=self._linked, on_closed=self.ended.append, **settings
        )
        self._up = asyncio.Event()

    @property
    def link(self) -> Link:
        assert self.connection.link is not None
        return self.connection.link

    async def linked(self) -> Link:
        async with asyncio.timeout(LINK_WITHIN_S):
            await self._up.wait()
        return self.link

    def send(self, packet: bytes) -> None:
        """Encrypt in the ring and send, as the packet code does."""
        link, ring = self.link, self.link.ring
        at = ring.used * SLOT_BYTES
        ring.buffer[at : at + ring.name_bytes + len(packet)] = link.name + packet
        link.size[0] = len(packet)
        assert protect(link.tx, ring.packets[ring.used], link.size) == 0
        ring.lengths[2 * ring.used + 1] = link.size[0]
        ring.used += 1
        ring.flush()

    async def close(self) -> None:
        await self.connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _linked(self, link: Link) -> None:
        link.receive = self._receive
        link.on_moved = self._moved
        self._up.set()

    def _moved(self) -> None:
        self.moves += 1

    def _receive(
        self, buffer: bytearray, pointer: CData, length: int, now: float, send_time: int
    ) -> bool:
        size = self.link.size
        size[0] = length
        is_rtcp = 192 <= buffer[1] < 224
        if (unprotect_rtcp if is_rtcp else unprotect)(self.link.rx, pointer, size):
            return False
        (self.rtcp if is_rtcp else self.rtp).append(bytes(buffer[: size[0]]))
        return True


class Client:
    """A stock aiortc peer connection on one loopback address."""

    def __init__(self, address: str = HERE) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._address = address

    def send(self, track: MediaStreamTrack) -> None:
        self.connection.addTransceiver(track, direction="sendonly")

    async def offer(self) -> str:
        await self._apply(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def answer(self, offer: str) -> str:
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self._apply(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def _apply(self, description: RTCSessionDescription) -> None:
        with patch("aioice.ice.get_host_addresses", lambda **_: [self._address]):
            await self.connection.setLocalDescription(description)

    @property
    def dtls(self) -> Any:
        """Where aiortc has no public door."""
        return self.connection.getTransceivers()[0].sender.transport

    async def connected(self) -> None:
        await until(lambda: self.dtls.state == "connected", LINK_WITHIN_S)

    @property
    def srtp_profile(self) -> str:
        profile: bytes = self.dtls._ssl.get_selected_srtp_profile()
        return profile.decode()

    async def close(self) -> None:
        await self.connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def publish(end: ServerEnd, client: Client) -> list[Section]:
    """Let the client offer what it sends, once or again."""
    answer, sections = await end.connection.answer(await client.offer(), CODECS)
    await client.accept(answer)
    return sections


async def subscribe(end: ServerEnd, client: Client, pairs: int = 1) -> list[Section]:
    """Offer so many pairs of sound and picture to the client, at first or more of them."""
    offer, _ = await end.connection.offer(pairs, CODECS)
    return await end.connection.accept(await client.answer(offer))


async def sound(end: ServerEnd, ssrc: int, *, seconds: float = 60.0) -> None:
    """Send silence in packets of 20 ms, numbered without gaps."""
    for n in range(round(seconds / 0.02)):
        end.send(bytes(Rtp(111, False, n, n * 960, ssrc, OPUS_SILENCE)))
        await asyncio.sleep(0.02)


def heard(client: Client) -> MediaStreamTrack:
    return client.connection.getTransceivers()[0].receiver.track


class Nat(asyncio.DatagramProtocol):
    """A router between a client and the server that gives the client another port when told to.

    Attributes:
        address: what the client takes for the server.
    """

    def __init__(self, server: Address) -> None:
        self._server = server
        self._client: Address | None = None
        self._inside: asyncio.DatagramTransport
        self._outside: list[asyncio.DatagramTransport] = []
        self._used = 0

    @classmethod
    @asynccontextmanager
    async def before(cls, server: Address, *, ports: int = 2) -> AsyncIterator[Self]:
        loop = asyncio.get_running_loop()
        it = cls(server)
        it._inside, _ = await loop.create_datagram_endpoint(lambda: it, local_addr=(HERE, 0))
        for _ in range(ports):
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Outside(it._back), local_addr=(HERE, 0)
            )
            it._outside.append(transport)
        try:
            yield it
        finally:
            for each in (it._inside, *it._outside):
                each.abort()

    @property
    def address(self) -> Address:
        host, port = self._inside.get_extra_info("sockname")
        return host, port

    @property
    def outer(self) -> Address:
        """Where the server sees the client."""
        host, port = self._outside[self._used].get_extra_info("sockname")
        return host, port

    def use(self, number: int) -> None:
        """From now on the client has this port; the others lead nowhere."""
        self._used = number

    def describe(self, sdp: str) -> str:
        """A description in which the server is where this is."""
        return sdp.replace(f" {self._server[1]} typ", f" {self.address[1]} typ")

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._client = addr
        self._outside[self._used].sendto(data, self._server)

    def _back(self, transport: asyncio.BaseTransport, data: bytes) -> None:
        if transport is self._outside[self._used] and self._client is not None:
            self._inside.sendto(data, self._client)


class _Outside(asyncio.DatagramProtocol):
    def __init__(self, back: Callable[[asyncio.BaseTransport, bytes], None]) -> None:
        self._back = back
        self._transport: asyncio.BaseTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._back(self._transport, data)


def server_address(sockets: MediaSockets) -> Address:
    """Where clients find the server."""
    first = sockets.sockets[0]
    return first.addresses[0], first.port


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
