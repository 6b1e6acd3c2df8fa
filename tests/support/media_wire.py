"""One transport of a test's media client: real ICE, DTLS and SRTP, and any bytes a test wants.

ICE and DTLS are aiortc's, so that the server meets an implementation that is not its own. Nothing
here reads or writes media: packets go out as they are given, and come in decrypted.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceCandidate,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_WITHIN_S = 15.0
LOOPBACK = ("127.0.0.1", "::1")
_CERTIFICATES: list[RTCCertificate] = []

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a session description says about one end of a transport.

    Attributes:
        fingerprint: algorithm and digest of the certificate.
        setup: `actpass`, `active` or `passive` (RFC 8842).
        candidates: host candidates, component 1, UDP.
    """

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    setup: str
    candidates: tuple[Address, ...] = ()


class NotConnected(Exception):
    """ICE or DTLS did not succeed."""


class Wire:
    """ICE on one loopback address, DTLS and the SRTP keys that came of it.

    Attributes:
        on_rtp, on_rtcp: what to do with each decrypted packet.
        drop: which RTP packets are lost on the way to us, still encrypted.
    """

    def __init__(self, address: str = LOOPBACK[0]) -> None:
        if not _CERTIFICATES:  # making a key takes longer than everything else here
            _CERTIFICATES.append(RTCCertificate.generateCertificate())
        self._address = address
        self._gatherer = RTCIceGatherer(iceServers=[])
        self._ice = RTCIceTransport(self._gatherer)
        self._dtls = RTCDtlsTransport(self._ice, _CERTIFICATES)
        self._reads = cast("Any", self._dtls)  # where it has no public door
        self._reads._handle_rtp_data = self._rtp
        self._reads._handle_rtcp_data = self._rtcp
        self._connection = cast("Any", self._gatherer._connection)
        cast("Any", self._ice)._recv = self._receive
        self.nominates = True
        self.on_rtp: Callable[[bytes], None] = _ignored
        self.on_rtcp: Callable[[bytes], None] = _ignored
        self.drop: Callable[[bytes], bool] | None = None

    async def open(self) -> Endpoint:
        """Take a port and say how this end is reached."""
        with patch("aioice.ice.get_host_addresses", lambda **_: [self._address]):
            await self._gatherer.gather()
        ice = self._gatherer.getLocalParameters()
        assert ice.usernameFragment is not None
        assert ice.password is not None
        fingerprints = {f.algorithm: f.value for f in self._dtls.getLocalParameters().fingerprints}
        return Endpoint(
            ufrag=ice.usernameFragment,
            password=ice.password,
            fingerprint=("sha-256", fingerprints["sha-256"]),
            setup="actpass",
        )

    async def connect(self, remote: Endpoint, *, controlling: bool) -> None:
        """Connect with what the server said of itself.

        Raises:
            NotConnected: it did not work, or not in time.
        """
        await self.reach(remote, controlling=controlling)
        algorithm, value = remote.fingerprint
        fingerprint = RTCDtlsFingerprint(algorithm=algorithm, value=value)
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await self._dtls.start(RTCDtlsParameters(fingerprints=[fingerprint]))
        if not self.connected:
            raise NotConnected(f"DTLS {self._dtls.state}")

    async def reach(self, remote: Endpoint, *, controlling: bool) -> None:
        """ICE alone: find the way, and shake no hands.

        Raises:
            NotConnected: it did not work, or not in time.
        """
        self._connection.ice_controlling = controlling
        build = self._connection.build_request
        self._connection.build_request = lambda pair, nominate: build(
            pair, nominate=nominate and self.nominates
        )
        for host, port in remote.candidates:
            if (":" in host) == (":" in self._address):
                await self._ice.addRemoteCandidate(_candidate(host, port))
        await self._ice.addRemoteCandidate(None)
        self._reads._set_role("server" if remote.setup == "active" else "client")
        parameters = RTCIceParameters(usernameFragment=remote.ufrag, password=remote.password)
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await self._ice.start(parameters)
        if self._ice.state != "completed":
            raise NotConnected(f"ICE {self._ice.state}")

    @property
    def connected(self) -> bool:
        return self._dtls.state == "connected"

    @property
    def address(self) -> Address:
        """Where this end receives."""
        candidate = self._connection.local_candidates[0]
        return candidate.host, candidate.port

    @property
    def server(self) -> Address:
        """Where this end sends to."""
        address: Address = self._connection._nominated[1].remote_addr
        return address

    @property
    def srtp_profile(self) -> str:
        profile: bytes = self._reads._ssl.get_selected_srtp_profile()
        return profile.decode()

    def send_rtp(self, packet: bytes) -> None:
        """Encrypt and send; a packet that SRTP refuses is an error of the test's."""
        self.send(self.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        self.send(self._reads._tx_srtp.protect_rtcp(packet))

    def protect(self, packet: bytes) -> bytes:
        protected: bytes = self._reads._tx_srtp.protect(packet)
        return protected

    async def send_data(self, data: bytes) -> None:
        """Send a DTLS record, as data channels are sent over."""
        await self._reads._send_data(data)

    def send(self, datagram: bytes) -> None:
        """Send as it is, from our address to the server's."""
        pair = self._connection._nominated.get(1)
        if pair is not None:
            pair.protocol.transport.sendto(datagram, pair.remote_addr)

    async def close(self) -> None:
        """Say goodbye (DTLS close_notify) and let everything go."""
        await self._dtls.stop()
        await self._ice.stop()

    async def vanish(self) -> None:
        """Be gone as a lost network is: nothing more is sent, and nobody is at the address."""
        for protocol in self._connection._protocols:
            protocol.transport.abort()
        await self._ice.stop()
        if self._reads._task is not None:
            self._reads._task.cancel()

    async def _receive(self) -> bytes:
        """What aiortc's DTLS reads from. Losses are here: SRTP must not see what is lost."""
        while True:
            data: bytes = await self._connection.recv()
            if self.drop is None or not is_rtp(data) or not self.drop(data):
                return data

    async def _rtp(self, data: bytes, *, arrival_time_ms: int) -> None:
        self.on_rtp(data)

    async def _rtcp(self, data: bytes) -> None:
        self.on_rtcp(data)


async def end(task: asyncio.Task[None] | None) -> None:
    """Cancel it and wait until it is over, whatever came of it."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


def is_rtp(datagram: bytes) -> bool:
    """RFC 7983 and RFC 5761: SRTP, and not SRTCP."""
    return len(datagram) > 1 and 127 < datagram[0] < 192 and not 192 <= datagram[1] <= 223


def datagrams(to: Address) -> socket.socket:
    """A socket of somebody else, who sends to that address."""
    family = socket.AF_INET6 if ":" in to[0] else socket.AF_INET
    it = socket.socket(family, socket.SOCK_DGRAM)
    it.connect(to)
    it.setblocking(False)
    return it


def _candidate(host: str, port: int) -> RTCIceCandidate:
    return RTCIceCandidate(
        component=1,
        foundation="1",
        ip=host,
        port=port,
        priority=2130706431,
        protocol="udp",
        type="host",
    )


def _ignored(packet: bytes) -> None:
    """Nobody is interested."""
