"""Packets that leave as trains arrive as what they were, each where it should."""

import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from server.media.counters import Counters
from server.media.datagrams import Ring, pack_name
from server.media.trains import MAX_CARS, system_cuts

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
NOWHERE = {socket.AF_INET: ("0.0.0.1", 9), socket.AF_INET6: ("ff0e::1", 0)}

pytestmark = pytest.mark.skipif(
    not system_cuts(socket.AF_INET), reason="this system cuts no trains up"
)


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def sockets(request: pytest.FixtureRequest) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        made = [stack.enter_context(socket.socket(request.param, socket.SOCK_DGRAM))]
        made += [
            stack.enter_context(socket.socket(request.param, socket.SOCK_DGRAM)) for _ in range(3)
        ]
        for one in made:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            try:
                one.bind((LOOPBACK[request.param], 0))
            except OSError:
                pytest.skip("this machine has no IPv6")
            one.setblocking(False)
        yield made


def name_of(end: socket.socket) -> bytes:
    host, port = end.getsockname()[:2]
    return pack_name(end.family, (host, port))


def received(end: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(end.recv(65_536))
        except BlockingIOError:
            return found


def packets(sizes: Sequence[int]) -> list[bytes]:
    return [bytes([n % 256]) * size for n, size in enumerate(sizes)]


def send(ring: Ring, pairs: Sequence[tuple[bytes, bytes]]) -> None:
    ring.held = True
    for name, packet in pairs:
        ring.put(name, packet)
    ring.flush()


@pytest.mark.parametrize(
    "sizes",
    [
        [1200] * 5,
        [1200, 1200, 300],
        [1200, 300, 1200],
        [300, 1200, 1200],
        [100, 90, 80, 70],
        [1200] * (MAX_CARS + 5),
        [1200],
        [1, 1, 1],
    ],
)
def test_packets_of_any_sizes_arrive_in_order(
    sockets: list[socket.socket], sizes: list[int]
) -> None:
    us, *ends = sockets
    sent = packets(sizes)
    ring = Ring(us, Counters())
    send(ring, [(name_of(end), packet) for packet in sent for end in ends])
    for end in ends:
        assert received(end) == sent


def test_packets_of_random_sizes_to_random_addresses_arrive_in_order(
    sockets: list[socket.socket],
) -> None:
    us, *ends = sockets
    chance = random.Random(7)
    ring = Ring(us, Counters())
    for _ in range(30):
        sent: dict[socket.socket, list[bytes]] = {end: [] for end in ends}
        pairs = []
        for number in range(chance.randrange(1, 80)):
            end = chance.choice(ends)
            packet = bytes([number]) * chance.choice([60, 1100, 1100, 1100, 1200])
            sent[end].append(packet)
            pairs.append((name_of(end), packet))
        send(ring, pairs)
        for end in ends:
            assert received(end) == sent[end]


def test_two_at_one_host_are_not_taken_for_one(sockets: list[socket.socket]) -> None:
    us, one, other, _ = sockets
    ring = Ring(us, Counters())
    send(ring, [(name_of(one), b"a" * 9), (name_of(other), b"b" * 9)] * 3)
    assert received(one) == [b"a" * 9] * 3
    assert received(other) == [b"b" * 9] * 3


def test_a_train_that_goes_nowhere_takes_no_other_with_it(sockets: list[socket.socket]) -> None:
    us, end, *_ = sockets
    counters = Counters()
    ring = Ring(us, counters)
    nowhere = pack_name(us.family, NOWHERE[us.family])
    send(ring, [(nowhere, b"x" * 100), (name_of(end), b"y" * 100)] * 4)
    assert received(end) == [b"y" * 100] * 4
    assert counters.unsent == 4
