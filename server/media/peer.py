"""One peer connection as the sockets see it: its checks, its datagrams, its present address."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from server.media import stun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server.media.link import Link, Receive
    from server.media.seam import Endpoint, IceConnection, StunProtocol
    from server.media.udp import MediaSocket, MediaSockets

Address = tuple[str, int]
MAX_CHECKS_PER_S: Final = 100
"""Checks that aioice is given; each makes it some objects."""
FOLLOW_SHARE: Final = 3
"""A peer that is silent for this part of what ends it, and heard elsewhere, has moved there."""


class Peer:
    """Stands between a peer connection and the sockets that it shares with all others.

    Args:
        sockets: where it sends and receives.
        on_silent: it has a link, and nothing was heard of it for `silent_after_s`.
    """

    def __init__(
        self, sockets: MediaSockets, *, on_silent: Callable[[], None], silent_after_s: float
    ) -> None:
        self.ufrag = b""
        self.password = b""
        self.link: Link | None = None
        self._sockets = sockets
        self._on_silent = on_silent
        self._silent_after_s = silent_after_s
        self._ice: IceConnection | None = None
        self._protocols: dict[MediaSocket, StunProtocol] = {}
        self._admitted: dict[tuple[MediaSocket, Address], float] = {}  # checked when
        self._way: tuple[MediaSocket, Address] | None = None
        self._checks = 0

    def open(self, ice: IceConnection) -> None:
        """From now on checks with its user fragment are its."""
        self._ice = ice
        self.ufrag = ice.local_username.encode()
        self.password = ice.local_password.encode()
        self._sockets.add(self)

    def close(self) -> None:
        self._sockets.remove(self)
        for sock, address in self._admitted:
            sock.forget(address, self)
        self._admitted.clear()
        self._protocols.clear()
        self.link = None

    @property
    def way(self) -> tuple[MediaSocket, Address] | None:
        """Socket and address that were nominated; None before."""
        return self._way

    # What ICE asks for and finds out

    def endpoints(self) -> Sequence[tuple[Endpoint, Sequence[str]]]:
        return [(_Endpoint(self, sock), sock.addresses) for sock in self._sockets.sockets]

    def on_checked(self, endpoint_host: str, remote: Address) -> None:
        sock = self._socket(endpoint_host)
        if sock is not None and (sock, remote) not in self._admitted:
            self._admitted[sock, remote] = time.monotonic()
            sock.admit(remote, self, self._receive)

    def on_forgotten(self, endpoint_host: str, remote: Address) -> None:
        sock = self._socket(endpoint_host)
        if sock is None or (sock, remote) == self._way:
            return
        if self._admitted.pop((sock, remote), None) is not None:
            sock.forget(remote, self)

    def on_nominated(self, endpoint_host: str, remote: Address) -> None:
        sock = self._socket(endpoint_host)
        if sock is None or (sock, remote) == self._way:
            return
        self._way = sock, remote
        if self.link is not None:
            self.link.move(sock.ring, sock.name(remote))

    def connected(self, link: Link) -> None:
        """Give SRTP from every address that is the peer's straight to the link.

        Which of them the peer sends from is its choice; it may change between two packets.
        """
        self.link = link
        for sock, remote in self._admitted:
            sock.admit(remote, self, link.receive)

    @property
    def _receive(self) -> Receive | None:
        return self.link.receive if self.link is not None else None

    # What the sockets bring

    def take_dtls(self, data: bytes) -> None:
        if self._ice is not None:
            self._ice.data_received(data, 1)

    def take_response(self, sock: MediaSocket, data: bytes, address: Address) -> bool:
        """Handle a response to one of our checks; False when aioice cannot make sense of it."""
        return self._give(sock, data, address)

    def check(
        self, sock: MediaSocket, data: bytes, request: stun.Request, address: Address
    ) -> bool:
        """Handle an authentic check; False when it is refused.

        Most are of the pair that is in use, to say that the peer is still there (RFC 7675): they
        are answered here, without aioice.
        """
        ice, known = self._ice, (sock, address)
        if ice is None:
            return False
        if known == self._way and self.link is not None and request.user == ice.username:
            answer = stun.response(request.transaction, address, self.password)
            sock.ring.put(sock.name(address), answer)
        else:
            self._checks += 1
            if self._checks > MAX_CHECKS_PER_S or not self._give(sock, data, address):
                return False
        if known in self._admitted:
            self._admitted[known] = time.monotonic()
        return True

    def _give(self, sock: MediaSocket, data: bytes, address: Address) -> bool:
        """Let aioice take a message."""
        protocol = self._protocols.get(sock)
        if protocol is None:
            return False
        try:
            protocol.datagram_received(data, address)
        except Exception:
            # Whatever it stumbles over is in the message: attributes of impossible sizes, or none.
            return False
        return True

    def sweep(self, now: float) -> None:
        """Find out whether it is still there."""
        self._checks = 0
        if self.link is None or self._way is None:
            return
        latest = max(self._admitted, key=self._heard_at)
        self.link.heard_at = max(self.link.heard_at, self._heard_at(latest))
        if now - self.link.heard_at > self._silent_after_s:
            self._on_silent()
        elif now - self._heard_at(self._way) > self._silent_after_s / FOLLOW_SHARE:
            # Back at an address where it was before, which aioice does not nominate twice.
            self.on_nominated(latest[0].host, latest[1])

    def _heard_at(self, way: tuple[MediaSocket, Address]) -> float:
        sock, address = way
        return max(self._admitted[way], sock.heard_at(address))

    # What aioice sends

    def opened(self, sock: MediaSocket, protocol: StunProtocol) -> None:
        self._protocols[sock] = protocol

    def send(self, sock: MediaSocket, data: bytes, address: Address) -> None:
        name = sock.name(address)
        if data[:2] == stun.BINDING_REQUEST:
            self._sockets.ask(data[8:20], name, self)
        sock.ring.put(name, data)

    def _socket(self, endpoint_host: str) -> MediaSocket | None:
        return next((s for s in self._sockets.sockets if s.host == endpoint_host), None)


class _Endpoint(asyncio.DatagramTransport):
    """What aioice gets for a socket."""

    def __init__(self, peer: Peer, sock: MediaSocket) -> None:
        super().__init__({"host": sock.host})
        self.host = sock.host
        self.port = sock.port
        self._peer = peer
        self._sock = sock
        self._protocol: Any = None

    def open(self, protocol: StunProtocol) -> asyncio.DatagramTransport:
        self._protocol = protocol
        self._peer.opened(self._sock, protocol)
        return self

    def sendto(self, data: Any, addr: Any = None) -> None:
        if not self.is_closing():
            self._peer.send(self._sock, bytes(data), addr)

    def is_closing(self) -> bool:
        return self._protocol is None

    def close(self) -> None:
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            asyncio.get_running_loop().call_soon(protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()
