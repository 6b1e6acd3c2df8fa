"""What strangers and hostile peers send to the media port, at the level of one connection."""

import asyncio
import contextlib
import hmac
import os
import socket
import struct
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from itertools import cycle

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL
from structlog.testing import capture_logs

from rooms.errors import InvalidSdp
from server.media.peer import MAX_CHECKS_PER_S
from server.media.seam import MAX_PAIRS
from server.media.udp import MediaSockets
from tests.support.media_checks import check
from tests.support.media_flood import paced, pelting
from tests.support.media_packets import read_rtp
from tests.support.media_publication import MICROPHONE, Publication
from tests.support.media_sdp import read
from tests.support.media_subscription import Subscription
from tests.support.media_transport import (
    CODECS,
    ServerEnd,
    media_sockets,
    server_address,
)
from tests.support.media_wire import Endpoint, datagrams
from tests.support.media_wire import end as finish
from tests.support.waiting import until

HANDSHAKES = 12
COOKIE = 0x2112A442
REQUEST, RESPONSE = b"\0\1", b"\1\1"
Attributes = list[tuple[int, bytes]]
ALERT = bytes.fromhex("15fefd 0000 000000000000 0002 0228")
"""An unencrypted DTLS alert: fatal, handshake failure (RFC 6347, RFC 5246)."""
ATTRIBUTES = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=4)
MALICIOUS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def client_hello() -> bytes:
    connection = SSL.Connection(SSL.Context(SSL.DTLS_METHOD))
    connection.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        connection.do_handshake()
    return connection.bio_read(1500)


FORGED = {"ClientHello": client_hello(), "alert": ALERT, "empty": b"", "junk": b"\x80" * 60}


@pytest.fixture
async def sockets() -> AsyncIterator[MediaSockets]:
    async with media_sockets() as it:
        yield it


async def published(end: ServerEnd) -> Publication:
    """A microphone that has connected."""
    publication = Publication(sources=(MICROPHONE,))
    answer, _ = await end.connection.answer(await publication.offer(), CODECS)
    await publication.accept(answer)
    await end.linked()
    return publication


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a peer puts into its checks."""

    user: str
    password: bytes

    def check(self) -> bytes:
        return check(user=self.user, password=self.password)

    def message(self, attributes: Attributes) -> bytes:
        """An authentic check with attributes that need not make sense."""
        body = packed([(0x0006, self.user.encode()), *attributes])
        head = struct.pack("!HHL", 1, len(body) + 24, COOKIE) + os.urandom(12)
        mac = hmac.digest(self.password, head + body, "sha1")
        return head + body + struct.pack("!HH", 8, 20) + mac


def packed(attributes: Attributes) -> bytes:
    return b"".join(
        struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
        for kind, value in attributes
    )


async def answered(end: ServerEnd) -> tuple[Publication, Endpoint, Credentials]:
    """A publisher that has its answer and does nothing with it yet."""
    publication = Publication(sources=(MICROPHONE,))
    offer = await publication.offer()
    answer, _ = await end.connection.answer(offer, CODECS)
    ours, theirs = read(answer)[0], read(offer)[0]
    return publication, ours, Credentials(f"{ours.ufrag}:{theirs.ufrag}", ours.password.encode())


async def reached(end: ServerEnd) -> tuple[Publication, Credentials]:
    """A publisher for whom ICE found the way, and which shakes no hands."""
    publication, endpoint, credentials = await answered(end)
    await publication.wire.reach(endpoint, controlling=True)
    return publication, credentials


def received(sock: socket.socket, kind: bytes) -> bytes:
    """The last message of a kind that has arrived; empty if there was none."""
    found = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            data = sock.recv(2000)
            found = data if data[:2] == kind else found
    return found


async def received_in_time(sock: socket.socket, kind: bytes) -> bytes:
    found = b""

    def came() -> bool:
        nonlocal found
        found = received(sock, kind)
        return bool(found)

    await until(came)
    return found


@pytest.mark.parametrize("forged", FORGED)
async def test_handshakes_succeed_whatever_a_stranger_sends_meanwhile(
    sockets: MediaSockets, forged: str
) -> None:
    async def shake() -> None:
        async with ServerEnd(sockets) as end:
            publication = await published(end)
            await until(lambda: len(end.rtp) > 0)
            await publication.close()

    async with pelting(server_address(sockets), FORGED[forged], every_s=0.002):
        for _ in range(HANDSHAKES // 4):
            await asyncio.gather(*(shake() for _ in range(4)))
    counters = sockets.counters
    assert counters.unrouted + counters.malformed > 10


async def test_a_check_with_a_wrong_password_gets_no_answer(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end:
        publication, _, credentials = await answered(end)
        with datagrams(server_address(sockets)) as stranger:
            for _ in range(20):
                stranger.send(replace(credentials, password=b"x" * 22).check())
            await until(lambda: sockets.counters.unauthentic == 20)
            with pytest.raises(BlockingIOError):
                stranger.recv(2000)
            stranger.send(credentials.check())
            await received_in_time(stranger, RESPONSE)
        await publication.close()
    assert sockets.sockets[0].known == 0


async def test_a_flood_at_a_connection_that_waits_is_not_kept(sockets: MediaSockets) -> None:
    """The peer nominates no way, so that nobody reads the DTLS that it sends."""
    number = 2000
    async with ServerEnd(sockets) as end:
        publication, endpoint, _ = await answered(end)
        publication.wire.nominates = False
        await publication.wire.reach(endpoint, controlling=True)
        await until(lambda: sockets.sockets[0].known == 1)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            async for datagram in paced([b"\x17" + bytes(1200)] * number):
                publication.wire.send(datagram)
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert kept - before < number * 1200 / 10
        await publication.wire.vanish()


async def test_a_connection_under_fire_closes_in_time(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end:
        publication, _ = await reached(end)
        firing = asyncio.create_task(_fire(publication))
        before = sockets.counters.wakeups
        await until(lambda: sockets.counters.wakeups > before + 10)
        began = time.monotonic()
        await end.close()
        assert time.monotonic() - began < 5.0
        assert sockets.sockets[0].known == 0
        await finish(firing)
        await publication.wire.vanish()


async def _fire(publication: Publication) -> None:
    salvo = (b"\x16" + bytes(99), ALERT, b"\x80" + bytes(99))
    async for datagram in paced(cycle(salvo), at_once=len(salvo)):
        publication.wire.send(datagram)


async def test_another_certificate_than_the_one_described_does_not_connect(
    sockets: MediaSockets,
) -> None:
    async with ServerEnd(sockets) as end:
        publication = Publication(sources=(MICROPHONE,))
        described = await publication.offer()
        fingerprint = described.split("a=fingerprint:sha-256 ")[1].split("\r\n")[0]
        other = "00" + fingerprint[2:] if fingerprint[:2] != "00" else "11" + fingerprint[2:]
        answer, _ = await end.connection.answer(described.replace(fingerprint, other), CODECS)
        with contextlib.suppress(Exception):
            await publication.accept(answer)
        await until(lambda: end.ended == ["failed"])
        assert end.connection.link is None
        await publication.close()


def broken(good: str) -> Iterator[str]:
    """Offers that aiortc takes apart to different depths."""
    yield good.replace("opus", "nothing")
    yield good.replace("a=rtcp-mux\r\n", "")
    yield good.replace("a=ice-ufrag", "a=nothing")
    yield good.replace("m=audio", "m=application")
    yield good.replace("a=fmtp:111 ", "a=fmtp:x ")
    yield good[: len(good) // 2]


async def test_a_hostile_description_leaves_a_live_connection_as_it_was(
    sockets: MediaSockets,
) -> None:
    async with ServerEnd(sockets) as end:
        publication = await published(end)
        tasks = len(asyncio.all_tasks())
        for bad in broken(await publication.offer()):
            with pytest.raises(InvalidSdp):
                await end.connection.answer(bad, CODECS)
        received = len(end.rtp)
        await until(lambda: len(end.rtp) > received + 5)
        assert len(asyncio.all_tasks()) <= tasks
        await publication.close()


async def test_a_hostile_description_leaves_nothing_of_a_new_connection(
    sockets: MediaSockets,
) -> None:
    publication = Publication()
    good = await publication.offer()
    tasks = asyncio.all_tasks()
    for bad in broken(good):
        async with ServerEnd(sockets) as end:
            with pytest.raises(InvalidSdp):
                await end.connection.answer(bad, CODECS)
        assert sockets.peers == {}
    await until(lambda: asyncio.all_tasks() <= tasks)
    async with ServerEnd(sockets) as end:
        with pytest.raises(InvalidSdp):
            await end.connection.answer(next(broken(good)), CODECS)
        answer, _ = await end.connection.answer(good, CODECS)
        await publication.accept(answer)
        await end.linked()
        await publication.close()


async def test_an_answer_to_nothing_is_refused(sockets: MediaSockets) -> None:
    page = Subscription()
    async with ServerEnd(sockets) as end, ServerEnd(sockets) as other:
        offer, _ = await other.connection.offer(1, CODECS)
        answer = await page.answer(offer)
        with pytest.raises(InvalidSdp):
            await end.connection.accept(answer)
        await other.connection.accept(answer)
        with pytest.raises(InvalidSdp):
            await other.connection.accept(answer)
        await page.close()


async def test_a_peer_that_claims_to_be_everywhere_is_asked_at_few_places(
    sockets: MediaSockets,
) -> None:
    """Each claim makes the server send checks: a peer must not aim many of them at others."""
    async with ServerEnd(sockets) as end:
        publication, credentials = await reached(end)
        data = credentials.check()
        with contextlib.ExitStack() as stack:
            claims = [
                stack.enter_context(datagrams(server_address(sockets)))
                for _ in range(3 * MAX_PAIRS)
            ]
            for claim in claims:
                claim.send(data)
            asked: set[int] = set()

            def look() -> bool:
                asked.update(n for n, claim in enumerate(claims) if received(claim, REQUEST))
                return len(asked) > MAX_PAIRS

            with pytest.raises(TimeoutError):
                await until(look, 0.7)
        assert len(asked) > MAX_PAIRS / 2
        await publication.wire.vanish()


async def test_checks_by_the_thousand_are_not_all_looked_at(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end:
        publication, credentials = await reached(end)
        data = credentials.check()
        async for datagram in paced([data] * 1000):
            publication.wire.send(datagram)
        await until(lambda: sockets.counters.refused >= 1000 - 4 * MAX_CHECKS_PER_S)
        await publication.wire.vanish()


@MALICIOUS
@given(ATTRIBUTES)
@example([(0x0003, b"")])
@example([(0x000C, b"")])
@example([(0x0009, b"\0")])
@example([(0x0020, b"\0\x09\0\0")])
@example([(0x8028, b"\0")])
async def test_no_attribute_of_an_authentic_check_is_too_much(
    attributes: Attributes,
) -> None:
    """The peer knows its own password, so that aioice reads what it sends."""
    async with media_sockets() as sockets, ServerEnd(sockets) as end:
        offer, _ = await end.connection.offer(1, CODECS)
        endpoint, _ = read(offer)
        credentials = Credentials(f"{endpoint.ufrag}:any", endpoint.password.encode())
        with datagrams(server_address(sockets)) as peer:
            await nothing_comes_of(sockets, peer, credentials.message(attributes))


async def nothing_comes_of(sockets: MediaSockets, sender: socket.socket, *messages: bytes) -> None:
    """Nothing is raised or logged by them, nor by what they lead to in a moment."""
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    with capture_logs() as logs:
        for message in messages:
            sender.send(message)
        sockets.sockets[0].drain()
        await asyncio.sleep(0)
    assert logs == []
    assert failures == []


@MALICIOUS
@given(st.lists(st.binary(max_size=100), max_size=10))
async def test_no_datagram_of_a_stranger_is_too_much(bodies: list[bytes]) -> None:
    async with media_sockets() as sockets, ServerEnd(sockets) as end:
        await end.connection.offer(1, CODECS)
        stun = b"\0\1" + struct.pack("!H", 0) + b"\x21\x12\xa4\x42" + bytes(12)
        messages = [
            *bodies,
            *(stun[:2] + struct.pack("!H", len(body)) + stun[4:] + body for body in bodies),
            *(bytes([first]) + body for first in (1, 20, 63, 128, 191) for body in bodies),
        ]
        with datagrams(server_address(sockets)) as stranger:
            await nothing_comes_of(sockets, stranger, *messages)


@MALICIOUS
@given(ATTRIBUTES)
@example([(0x000C, b"")])
@example([(0x0009, b"")])
async def test_no_response_of_a_peer_is_too_much(attributes: Attributes) -> None:
    """It was asked, so it knows the transaction."""
    async with media_sockets() as sockets, ServerEnd(sockets) as end:
        publication, _, credentials = await answered(end)
        with datagrams(server_address(sockets)) as peer:
            peer.send(credentials.check())
            asked = await received_in_time(peer, REQUEST)
            body = packed(attributes)
            response = RESPONSE + struct.pack("!H", len(body)) + asked[4:20] + body
            await nothing_comes_of(sockets, peer, response)
        await publication.close()


async def test_packets_under_another_key_are_counted_and_gone(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end:
        publication = await published(end)
        await until(lambda: len(end.rtp) > 3)
        publication.wire.send(b"\x80\x6f" + os.urandom(200))
        publication.wire.send(b"\x80")
        received = len(end.rtp)
        await until(lambda: len(end.rtp) > received + 5)
        assert {read_rtp(packet).payload_type for packet in end.rtp} == {111}
        assert end.ended == []
        await publication.close()
