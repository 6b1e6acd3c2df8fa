"""One UDP port for all media: datagrams find their peer, and packets leave together.

STUN goes by the user name it carries, and only when it proves to know the password. All else goes
by the address it comes from, once a check from and to that address has succeeded. What neither
fits is counted and gone.
"""

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import structlog

from server.addresses import is_loopback, own_addresses
from server.config import Config
from server.media import loop as event_loop
from server.media import stun
from server.media.counters import Counters
from server.media.datagrams import (
    NAME_BYTES,
    RECEIVED_AT_ONCE,
    Intake,
    Ring,
    key_of_name,
    pack_name,
    read_key,
    unpack_name,
)
from server.media.link import Receive
from server.media.peer import Peer

BUFFER_BYTES: Final = 4 << 20
SWEEP_S: Final = 1.0
MAX_ROUNDS: Final = 8
"""How often in a row one socket is drained before others get their turn."""
LOG_EVERY_S: Final = 10.0
"""A datagram that nothing foresaw is told once in a while, since whoever sent it can send more."""
MAX_TRANSACTIONS: Final = 4096
MAX_TOLD: Final = 8
IP_MTU_DISCOVER: Final = 10
IP_PMTUDISC_PROBE: Final = 3
"""As Linux has them; this Python's `socket` does not."""
ANY: Final = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}
LOOPBACK: Final = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}

log = structlog.get_logger()


class MediaSocket:
    """One of the sockets: IPv4 or IPv6, with its rings and its table of peers.

    Attributes:
        addresses: those that are told to browsers.
    """

    def __init__(
        self, sock: socket.socket, addresses: Sequence[str], owner: "MediaSockets", *, batched: bool
    ) -> None:
        self.sock = sock
        self.family = sock.family
        self.host = str(sock.getsockname()[0])
        self.port = int(sock.getsockname()[1])
        self.addresses = list(addresses)
        self.ring = Ring(sock, owner.counters, batched=batched)
        self._owner = owner
        self._intake = Intake(sock, batched=batched)
        self._receivers: dict[Any, Receive] = {}
        self._peers: dict[Any, Peer] = {}
        self._heard: dict[Any, float] = {}
        event_loop.serve(asyncio.get_running_loop(), sock.fileno(), self.drain)

    def name(self, address: tuple[str, int]) -> bytes:
        return pack_name(self.family, address)

    def admit(self, address: tuple[str, int], peer: Peer, receive: Receive | None) -> None:
        """Believe datagrams from an address to be a peer's; an ICE check has succeeded with it.

        Args:
            address: the peer's.
            peer: gets DTLS.
            receive: gets SRTP, straight from here; None while nobody decrypts it.
        """
        key = key_of_name(self.name(address))
        self._peers[key] = peer
        if receive is None:
            self._receivers.pop(key, None)
        else:
            self._receivers[key] = receive

    def forget(self, address: tuple[str, int], peer: Peer) -> None:
        key = key_of_name(self.name(address))
        if self._peers.get(key) is peer:
            del self._peers[key]
            self._receivers.pop(key, None)
            self._heard.pop(key, None)

    def heard_at(self, address: tuple[str, int]) -> float:
        """Monotonic seconds of the last authentic SRTP datagram from an address, or 0."""
        return self._heard.get(key_of_name(self.name(address)), 0.0)

    @property
    def known(self) -> int:
        """How many addresses are believed to be somebody's."""
        return len(self._peers)

    def drain(self) -> None:
        """Take what has arrived, and send what that led to. Never raises."""
        began = time.monotonic()
        owner = self._owner
        owner.hold()
        self._take(began)
        owner.flush()
        owner.counters.wakeups += 1
        owner.counters.forwarding_s += time.monotonic() - began

    def close(self) -> None:
        event_loop.unserve(asyncio.get_running_loop(), self.sock.fileno())
        self.ring.close()
        self.sock.close()

    def _take(self, now: float) -> None:
        owner, intake, receivers, heard = self._owner, self._intake, self._receivers, self._heard
        buffers, pointers, sizes = intake.buffers, intake.pointers, intake.sizes
        keys, names, step = intake.keys, intake.names, NAME_BYTES[self.family]
        v4 = self.family == socket.AF_INET
        sent_at = int(time.time() * 262_144) & 0xFFFFFF
        for _ in range(MAX_ROUNDS):
            count = intake.receive()
            for i in range(count):
                key = keys[i] if v4 else read_key(names, step * i)[0]
                receive = receivers.get(key)
                buffer = buffers[i]
                try:
                    if receive is not None and 127 < buffer[0] < 192:
                        if receive(buffer, pointers[i], sizes[i], now, sent_at):
                            heard[key] = now
                    else:
                        self._take_other(bytes(buffer[: sizes[i]]), key, intake.name(i))
                except Exception:
                    # The boundary of one datagram: those that came with it are served.
                    owner.failed(now)
            if count < RECEIVED_AT_ONCE:
                return

    def _take_other(self, data: bytes, key: Any, name: bytes) -> None:
        """STUN, DTLS, and what is nothing of ours."""
        counters = self._owner.counters
        if not data:
            counters.malformed += 1
        elif data[0] < 4:
            self._take_stun(data, name)
        elif 19 < data[0] < 64:
            peer = self._peers.get(key)
            if peer is None:
                counters.unrouted += 1
            else:
                peer.take_dtls(data)
        elif 127 < data[0] < 192:
            counters.unrouted += 1
        else:
            counters.malformed += 1

    def _take_stun(self, data: bytes, name: bytes) -> None:
        owner = self._owner
        if not stun.is_stun(data):
            owner.counters.malformed += 1
            return
        if data[0] & 1:  # a response to a check of ours
            peer = owner.asked(data[8:20], name)
            if peer is None:
                owner.counters.unrouted += 1
            elif not peer.take_response(self, data, unpack_name(name)):
                owner.counters.malformed += 1
            return
        request = stun.read_request(data)
        peer = owner.peers.get(request.ufrag) if request is not None else None
        if request is None or peer is None:
            owner.counters.unrouted += 1
        elif not stun.is_authentic(data, request, peer.password):
            owner.counters.unauthentic += 1
        elif not peer.check(self, data, request, unpack_name(name)):
            owner.counters.refused += 1


class MediaSockets:
    """The sockets of one server: IPv4, and IPv6 where the machine has it, on the same port.

    Args:
        config: says where to listen, and which addresses are told.
        counters: of the media plane.
        batched: whether to move many datagrams with one system call, where the system has such.

    Attributes:
        port: the UDP port, known after `start`.
        peers: who may be checked for, by the ICE user fragment that is ours.
    """

    def __init__(self, config: Config, counters: Counters, *, batched: bool = True) -> None:
        self.counters = counters
        self.port = 0
        self.sockets: list[MediaSocket] = []
        self.peers: dict[bytes, Peer] = {}
        self._config = config
        self._batched = batched
        self._asked: dict[bytes, tuple[Peer, bytes]] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._logged_at = float("-inf")

    async def start(self) -> None:
        """Raises OSError: the port or the address cannot be used."""
        port = self._config.media_port
        for family in (socket.AF_INET, socket.AF_INET6):
            told = _told(self._config, family)
            if not told:
                continue
            try:
                bound = _open(told, family, port)
            except OSError:
                if self.sockets:  # a machine without IPv6 has the other one
                    continue
                await self.close()
                raise
            self.sockets.append(MediaSocket(bound, told, self, batched=self._batched))
            port = self.port = self.sockets[0].port
        self._sweep()

    async def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for each in self.sockets:
            each.close()
        self.sockets.clear()

    def add(self, peer: Peer) -> None:
        self.peers[peer.ufrag] = peer

    def remove(self, peer: Peer) -> None:
        self.peers.pop(peer.ufrag, None)
        for transaction in [t for t, (who, _) in self._asked.items() if who is peer]:
            del self._asked[transaction]

    def ask(self, transaction: bytes, name: bytes, peer: Peer) -> None:
        """Expect a response from this address, for this peer."""
        if len(self._asked) >= MAX_TRANSACTIONS:
            del self._asked[next(iter(self._asked))]
        self._asked[transaction] = peer, name

    def asked(self, transaction: bytes, name: bytes) -> Peer | None:
        """Whose check this is the response to; None when nobody asked, or not there."""
        peer, asked = self._asked.get(transaction, (None, b""))
        if peer is None or asked != name:
            return None
        del self._asked[transaction]
        return peer

    def hold(self) -> None:
        """Keep what is sent until `flush`, so that it leaves together."""
        for each in self.sockets:
            each.ring.held = True

    def flush(self) -> None:
        for each in self.sockets:
            each.ring.held = False
            if each.ring.used:
                each.ring.flush()

    def failed(self, now: float) -> None:
        """A datagram was more than its reader could take."""
        self.counters.malformed += 1
        if now - self._logged_at > LOG_EVERY_S:
            self._logged_at = now
            log.exception("datagram-failed")

    def _sweep(self) -> None:
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)
        now = time.monotonic()
        for peer in list(self.peers.values()):
            peer.sweep(now)


def _told(config: Config, family: int) -> list[str]:
    """The addresses of a family that browsers are told."""
    if config.media_address:
        return [str(a) for a in config.media_address if _family(str(a)) == family]
    own = [address for address in own_addresses() if _family(address) == family][:MAX_TOLD]
    loopback = [LOOPBACK[socket.AddressFamily(family)]]
    if is_loopback(config.host):
        # Browsers of this machine; those that leave out loopback reach it by its other address.
        return [*loopback, *own]
    if config.host in ("", *ANY.values()):
        return own or loopback
    return _resolved(config.host, family)


def _resolved(host: str, family: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, family=family, type=socket.SOCK_DGRAM)
    except OSError:
        return []
    return [str(address[0]) for *_, address in found[:1]]


def _open(told: Sequence[str], family: socket.AddressFamily, port: int) -> socket.socket:
    """A socket at the only address that is told, so that what it sends comes from there.

    Everywhere when there are several, or when it is not an address of this machine.
    """
    if len(told) == 1:
        with contextlib.suppress(OSError):
            return _bind(family, told[0], port)
    return _bind(family, ANY[family], port)


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            bound.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        if family == socket.AF_INET and sys.platform == "linux":
            # Packets fit every path that media takes, so the system need not number them for the
            # case that they are cut on the way, which is one part in sixteen of sending them.
            bound.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound
