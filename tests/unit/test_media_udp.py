"""Which addresses are told, and where datagrams go."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.addresses import own_addresses
from server.config import Config
from server.media.counters import Counters
from server.media.datagrams import RECEIVED_AT_ONCE
from server.media.link import Receive
from server.media.peer import Peer
from server.media.udp import MAX_ROUNDS, MAX_TRANSACTIONS, MediaSocket, MediaSockets
from tests.support.media_checks import check
from tests.support.media_wire import Address, datagrams
from tests.support.waiting import until

HERE = "127.0.0.1"
SRTP = b"\x80" + bytes(99)
DTLS = b"\x16" + bytes(99)


@asynccontextmanager
async def listening(**settings: Any) -> AsyncIterator[MediaSockets]:
    sockets = MediaSockets(Config(**{"media_port": 0, **settings}), Counters())
    await sockets.start()
    try:
        yield sockets
    finally:
        await sockets.close()


@pytest.fixture
async def sockets() -> AsyncIterator[MediaSockets]:
    async with listening(media_address=HERE) as it:
        yield it


def only(sockets: MediaSockets) -> tuple[MediaSocket, Address]:
    """The IPv4 socket, and where others find it."""
    it = next(each for each in sockets.sockets if each.family == socket.AF_INET)
    return it, (HERE, it.port)


def told(sockets: MediaSockets) -> list[str]:
    return [address for each in sockets.sockets for address in each.addresses]


def a_peer(sockets: MediaSockets) -> Peer:
    return Peer(sockets, on_silent=lambda: None, silent_after_s=8.0)


# Addresses


async def test_a_server_of_this_machine_alone_tells_loopback_first() -> None:
    async with listening(host=HERE) as sockets:
        for each in sockets.sockets:
            assert ip_address(each.addresses[0]).is_loopback
            assert not any(ip_address(address).is_loopback for address in each.addresses[1:])


async def test_a_server_of_the_network_tells_no_loopback_if_it_has_others() -> None:
    async with listening(host="::") as sockets:
        loopback = [address for address in told(sockets) if ip_address(address).is_loopback]
        families = {ip_address(address).version for address in own_addresses()}
        assert {ip_address(address).version for address in loopback}.isdisjoint(families)


async def test_configured_addresses_are_told_instead() -> None:
    async with listening(host=HERE, media_address="203.0.113.7,198.51.100.1") as sockets:
        assert told(sockets) == ["203.0.113.7", "198.51.100.1"]
        assert sockets.sockets[0].host == "0.0.0.0"


async def test_an_only_address_is_also_where_packets_come_from() -> None:
    async with listening(media_address=HERE) as sockets:
        assert [each.host for each in sockets.sockets] == [HERE]


async def test_both_families_have_the_same_port() -> None:
    async with listening(media_address=f"{HERE},::1") as sockets:
        if len(sockets.sockets) < 2:
            pytest.skip("this machine has no IPv6")
        assert {each.port for each in sockets.sockets} == {sockets.port}


async def test_a_port_that_is_taken_is_an_error_and_leaves_no_socket() -> None:
    async with listening(media_address=HERE) as sockets:
        settings: dict[str, Any] = {"media_port": sockets.port, "media_address": HERE}
        second = MediaSockets(Config(**settings), Counters())
        with pytest.raises(OSError, match="in use"):
            await second.start()
        assert second.sockets == []


# Datagrams


@pytest.mark.parametrize(
    ("datagram", "counted"),
    [
        (b"", "malformed"),
        (b"\0\1", "malformed"),
        (b"\5" * 30, "malformed"),
        (b"\xff" * 30, "malformed"),
        (b"\0\1" + bytes(18), "malformed"),
        (check(), "unrouted"),
        (b"\1\1" + check()[2:], "unrouted"),
        (b"\0\2" + check()[2:], "unrouted"),
        (DTLS, "unrouted"),
        (SRTP, "unrouted"),
    ],
    ids=[
        *("empty", "short STUN", "no protocol", "QUIC", "no cookie", "check for nobody"),
        *("response to nobody", "another method", "DTLS", "SRTP"),
    ],
)
async def test_what_a_stranger_sends_is_counted_and_gone(
    sockets: MediaSockets, datagram: bytes, counted: str
) -> None:
    _, address = only(sockets)
    with capture_logs() as logs, datagrams(address) as stranger:
        for _ in range(3):
            stranger.send(datagram)
        await until(lambda: getattr(sockets.counters, counted) == 3)
        with pytest.raises(BlockingIOError):
            stranger.recv(100)
    assert logs == []
    counters = sockets.counters
    assert counters.malformed + counters.unrouted + counters.unauthentic == 3


async def test_srtp_of_an_admitted_address_is_received(sockets: MediaSockets) -> None:
    sock, address = only(sockets)
    taken = []
    with datagrams(address) as peer:
        where, owner = peer.getsockname(), a_peer(sockets)
        authentic = False

        def take(buffer: bytearray, _: object, length: int, *__: object) -> bool:
            taken.append(bytes(buffer[:length]))
            return authentic

        sock.admit(where, owner, take)
        peer.send(SRTP)
        await until(lambda: len(taken) == 1)
        assert sock.heard_at(where) == 0.0, "somebody else may have written its address on it"
        authentic = True
        for datagram in (b"\xbf", b"\x80" * 300):
            peer.send(datagram)
        await until(lambda: len(taken) == 3)
        assert taken == [SRTP, b"\xbf", b"\x80" * 300]
        assert sock.heard_at(where) > 0
        sock.forget(where, a_peer(sockets))
        assert sock.known == 1
        sock.forget(where, owner)
        assert (sock.known, sock.heard_at(where)) == (0, 0.0)
        peer.send(SRTP)
        await until(lambda: sockets.counters.unrouted == 1)


async def test_an_address_belongs_to_whom_it_was_admitted_for_last(sockets: MediaSockets) -> None:
    """A port of a router is used again for another connection."""
    sock, address = only(sockets)
    taken: list[str] = []

    def taking(who: str) -> Receive:
        def take(*_: object) -> bool:
            taken.append(who)
            return True

        return take

    with datagrams(address) as peer:
        where, older, newer = peer.getsockname(), a_peer(sockets), a_peer(sockets)
        sock.admit(where, older, taking("older"))
        sock.admit(where, newer, None)
        peer.send(SRTP)
        await until(lambda: sockets.counters.unrouted == 1)
        sock.admit(where, newer, taking("newer"))
        sock.forget(where, older)
        peer.send(SRTP)
        await until(lambda: taken == ["newer"])


async def test_a_datagram_that_nothing_foresaw_costs_no_other_and_is_logged_once(
    sockets: MediaSockets,
) -> None:
    sock, address = only(sockets)
    taken = []

    def receive(buffer: bytearray, *_: object) -> bool:
        if buffer[1]:
            raise LookupError("something")
        taken.append(buffer[2])
        return True

    with capture_logs() as logs, datagrams(address) as peer:
        sock.admit(peer.getsockname(), a_peer(sockets), receive)
        for n in range(40):
            peer.send(bytes([0x80, n % 2, n]))
        await until(lambda: len(taken) == 20)
        assert taken == list(range(0, 40, 2))
    assert [entry["event"] for entry in logs] == ["datagram-failed"]
    assert sockets.counters.malformed == 20


async def test_a_socket_that_is_full_lets_others_have_their_turn(sockets: MediaSockets) -> None:
    sock, address = only(sockets)
    taken = 0

    def receive(*_: object) -> bool:
        nonlocal taken
        taken += 1
        return True

    at_once = MAX_ROUNDS * RECEIVED_AT_ONCE
    with datagrams(address) as peer:
        sock.admit(peer.getsockname(), a_peer(sockets), receive)
        for _ in range(at_once + 5):
            peer.send(SRTP)
        sock.drain()
        assert taken == at_once
        await until(lambda: taken == at_once + 5)


async def test_expected_responses_are_bounded_and_forgotten_with_their_peer(
    sockets: MediaSockets,
) -> None:
    older, newer = a_peer(sockets), a_peer(sockets)
    name = bytes(16)
    for n in range(MAX_TRANSACTIONS):
        sockets.ask(n.to_bytes(12, "big"), name, older)
    sockets.ask(b"n" * 12, name, newer)
    assert sockets.asked(bytes(12), name) is None
    assert sockets.asked((1).to_bytes(12, "big"), bytes(15) + b"\1") is None
    assert sockets.asked((1).to_bytes(12, "big"), name) is older
    assert sockets.asked((1).to_bytes(12, "big"), name) is None
    sockets.remove(older)
    assert sockets.asked((2).to_bytes(12, "big"), name) is None
    assert sockets.asked(b"n" * 12, name) is newer


async def test_closed_sockets_leave_nothing_on_the_loop() -> None:
    async with listening(media_address=HERE) as sockets:
        descriptors = [each.sock.fileno() for each in sockets.sockets]
    loop = asyncio.get_running_loop()
    for descriptor in descriptors:
        assert not loop.remove_reader(descriptor)
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as next_one:
        next_one.bind((HERE, sockets.port))
