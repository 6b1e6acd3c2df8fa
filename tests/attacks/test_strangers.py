"""Datagrams from addresses that belong to nobody in a room."""

import contextlib
import os
import struct

import pytest
from OpenSSL import SSL

from bench.process import usage
from tests.support.media_flood import flooding, pelting
from tests.support.media_publication import Publication
from tests.support.media_room import Attendee, Call
from tests.support.media_sdp import read
from tests.support.media_wire import Address, datagrams
from tests.support.server import ServerProcess

MIB = 2**20
FLOOD_PER_S = 20_000
FLOOD_S = 3.0
HANDSHAKES = 12
COOKIE = 0x2112A442
ALERT = bytes.fromhex("15fefd 0000 000000000000 0002 0228")
"""An unencrypted DTLS alert: fatal, handshake failure (RFC 6347, RFC 5246)."""
JUNK = b"\x80" + os.urandom(1199)
"""Looks like SRTP."""


def client_hello() -> bytes:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
    connection = SSL.Connection(context)
    connection.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        connection.do_handshake()
    return connection.bio_read(1500)


def binding_request(*attributes: tuple[int, bytes], length: int | None = None) -> bytes:
    """A STUN request (RFC 8489, section 5); `length` is what its header claims."""
    body = b"".join(
        struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
        for kind, value in attributes
    )
    claimed = len(body) if length is None else length
    return struct.pack("!HHL12s", 1, claimed, COOKIE, b"transaction!") + body


MALFORMED = (
    binding_request((0x0024, b"\0\0")),  # PRIORITY of two bytes
    binding_request((0x0006, b"")),
    binding_request((0x0006, b"no-colon")),
    binding_request((0x0006, b"\xff" * 600)),
    binding_request((0x0008, b"short")),
    binding_request((0x0020, b"\0\x09\0\0")),  # a mapped address of no family
    binding_request(length=4),
    binding_request(length=65532),
    binding_request()[:19],
    struct.pack("!HHL12s", 0x0101, 0, COOKIE, b"never asked!"),
)


def media_address(call: Call) -> Address:
    assert call.ana.publication is not None
    return call.ana.publication.wire.server


def still_there(call: Call) -> bool:
    connections = [c for one in (call.ana, call.bo) for c in (one.publication, one.subscription)]
    return all(connection is not None and connection.wire.connected for connection in connections)


async def test_an_empty_datagram_is_nothing(call: Call) -> None:
    async with call.undisturbed(for_s=2.0):
        with datagrams(media_address(call)) as socket:
            for _ in range(200):
                socket.send(b"")
    assert still_there(call)


@pytest.mark.parametrize("kind", ["hello", "alert", "empty"])
async def test_a_stranger_cannot_disturb_a_handshake(
    server: ServerProcess, call: Call, kind: str
) -> None:
    datagram = {"hello": client_hello(), "alert": ALERT, "empty": b""}[kind]
    async with call.undisturbed(), pelting(media_address(call), datagram):
        for n in range(HANDSHAKES // 3):
            async with await Attendee.enter(server.url, call.room.id, f"Newcomer {n}") as newcomer:
                publication = await newcomer.publish()
                assert publication.wire.connected
    assert still_there(call)


@pytest.mark.parametrize(
    "datagram",
    [JUNK, client_hello(), binding_request((0x0006, b"nobody:here")), b"\xff" * 1200],
    ids=["srtp", "dtls", "stun", "nothing"],
)
async def test_a_flood_to_a_waiting_connection_takes_no_memory(
    server: ServerProcess, call: Call, datagram: bytes
) -> None:
    async with await Attendee.enter(server.url, call.room.id, "Waiting") as waiting:
        publication = Publication()
        await waiting.offer(publication)
        before = usage(server.pid).rss_bytes
        async with (
            call.undisturbed(),
            flooding(media_address(call), datagram, per_s=FLOOD_PER_S, seconds=FLOOD_S),
        ):
            pass
        assert usage(server.pid).rss_bytes - before < 10 * MIB
        await publication.close()
    assert still_there(call)


async def test_malformed_stun_is_dropped_and_not_logged(server: ServerProcess, call: Call) -> None:
    before = server.log.read_text().count("\n")
    async with call.undisturbed(for_s=2.0):
        with datagrams(media_address(call)) as socket:
            for _ in range(50):
                for datagram in MALFORMED:
                    socket.send(datagram)
    assert still_there(call)
    assert server.log.read_text().count("\n") - before < 5


async def test_the_username_of_a_connection_does_not_open_it(
    server: ServerProcess, call: Call
) -> None:
    """Whoever saw the answer's user fragment, but not its password, reaches nobody."""
    async with await Attendee.enter(server.url, call.room.id, "Waiting") as waiting:
        publication = Publication()
        answer = await waiting.offer(publication)
        endpoint, _ = read(answer)
        username = (0x0006, f"{endpoint.ufrag}:eve".encode())
        forged = binding_request(username, (0x0024, b"\x6e\0\x1e\xff"), (0x0008, bytes(20)))
        async with call.undisturbed(), pelting(media_address(call), forged):
            await publication.accept(answer)
            assert publication.wire.connected
        await publication.close()
