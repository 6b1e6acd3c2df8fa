"""Datagrams by the batch, with the system's calls for that and without."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from server.media.counters import Counters
from server.media.datagrams import (
    NAME_BYTES,
    RECEIVE_BYTES,
    RECEIVED_AT_ONCE,
    SLOT_BYTES,
    SLOTS,
    Intake,
    Ring,
    key_of_name,
    pack_name,
    read_key,
    unpack_name,
)

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
NOWHERE = {socket.AF_INET: ("0.0.0.1", 9), socket.AF_INET6: ("ff0e::1", 0)}
"""Destinations that the system refuses at once."""
ADDRESSES = [
    (socket.AF_INET, ("192.0.2.1", 40_000)),
    (socket.AF_INET, ("255.255.255.255", 65_535)),
    (socket.AF_INET6, ("2001:db8::1", 1)),
    (socket.AF_INET6, ("::1", 40_000)),
]


def bound(family: socket.AddressFamily) -> socket.socket:
    it = socket.socket(family, socket.SOCK_DGRAM)
    it.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    try:
        it.bind((LOOPBACK[family], 0))
    except OSError:
        it.close()
        pytest.skip("this machine has no IPv6")
    it.setblocking(False)
    return it


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def family(request: pytest.FixtureRequest) -> socket.AddressFamily:
    return socket.AddressFamily(request.param)


@pytest.fixture(params=[True, False], ids=["batched", "singly"])
def batched(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def ends(family: socket.AddressFamily) -> Iterator[tuple[socket.socket, socket.socket]]:
    with ExitStack() as stack:
        yield stack.enter_context(bound(family)), stack.enter_context(bound(family))


Ends = tuple[socket.socket, socket.socket]


def address(end: socket.socket) -> tuple[str, int]:
    host, port = end.getsockname()[:2]
    return host, port


def received(end: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(end.recv(65_536))
        except BlockingIOError:
            return found


@pytest.mark.parametrize(("family", "address"), ADDRESSES)
def test_a_name_is_read_as_it_was_written(
    family: socket.AddressFamily, address: tuple[str, int]
) -> None:
    name = pack_name(family, address)
    assert len(name) == NAME_BYTES[family]
    assert unpack_name(name) == address


def test_keys_tell_addresses_apart() -> None:
    keys = {key_of_name(pack_name(family, where)) for family, where in ADDRESSES}
    assert len(keys) == len(ADDRESSES)
    near = [("192.0.2.1", 40_001), ("192.0.2.2", 40_000)]
    assert keys.isdisjoint(key_of_name(pack_name(socket.AF_INET, where)) for where in near)


def test_what_is_put_arrives(ends: Ends, *, batched: bool) -> None:
    ours, theirs = ends
    counters = Counters()
    ring = Ring(ours, counters, batched=batched)
    ring.put(pack_name(ours.family, address(theirs)), b"hello")
    assert received(theirs) == [b"hello"]
    assert (ring.used, counters.unsent) == (0, 0)


def test_a_ring_that_is_held_sends_when_it_is_flushed(ends: Ends, *, batched: bool) -> None:
    ours, theirs = ends
    ring = Ring(ours, Counters(), batched=batched)
    ring.held = True
    packets = [bytes([n]) * (n + 1) for n in range(100)]
    for packet in packets:
        ring.put(pack_name(ours.family, address(theirs)), packet)
    assert received(theirs) == []
    ring.flush()
    assert received(theirs) == packets
    ring.flush()
    assert received(theirs) == []


def test_more_than_a_ring_holds_goes_in_two_parts(ends: Ends, *, batched: bool) -> None:
    ours, theirs = ends
    counters = Counters()
    ring = Ring(ours, counters, batched=batched)
    ring.held = True
    for n in range(SLOTS + 7):
        ring.put(pack_name(ours.family, address(theirs)), n.to_bytes(2, "big"))
    assert ring.used == 7
    ring.flush()
    assert received(theirs) == [n.to_bytes(2, "big") for n in range(SLOTS + 7)]
    assert counters.unsent == 0


def test_a_packet_that_a_writer_put_into_its_slot_is_sent(ends: Ends, *, batched: bool) -> None:
    """As the packet code does it, without a call per packet."""
    ours, theirs = ends
    ring = Ring(ours, Counters(), batched=batched)
    name = pack_name(ours.family, address(theirs))
    for i, packet in enumerate((b"one", b"three")):
        at = i * SLOT_BYTES
        ring.buffer[at : at + len(name) + len(packet)] = name + packet
        ring.lengths[2 * i + 1] = len(packet)
        ring.used += 1
        assert b"".join(ring.packets[i][n] for n in range(len(packet))) == packet
    ring.flush()
    assert received(theirs) == [b"one", b"three"]


def test_what_cannot_be_sent_takes_nothing_else_with_it(ends: Ends, *, batched: bool) -> None:
    ours, theirs = ends
    counters = Counters()
    ring = Ring(ours, counters, batched=batched)
    ring.held = True
    family = socket.AddressFamily(ours.family)
    good, bad = pack_name(family, address(theirs)), pack_name(family, NOWHERE[family])
    for n, name in enumerate((bad, good, bad, bad, good, good, bad)):
        ring.put(name, bytes([n]))
    ring.flush()
    assert received(theirs) == [b"\1", b"\4", b"\5"]
    assert counters.unsent == 4


def test_a_packet_that_no_slot_can_hold_is_counted(ends: Ends, *, batched: bool) -> None:
    ours, theirs = ends
    counters = Counters()
    ring = Ring(ours, counters, batched=batched)
    name = pack_name(ours.family, address(theirs))
    longest = SLOT_BYTES - len(name)
    ring.put(name, bytes(longest + 1))
    ring.put(name, bytes(longest))
    assert received(theirs) == [bytes(longest)]
    assert counters.unsent == 1


def test_a_closed_socket_loses_packets_and_nothing_more(
    family: socket.AddressFamily, *, batched: bool
) -> None:
    counters = Counters()
    with bound(family) as ours:
        ring = Ring(ours, counters, batched=batched)
        name = pack_name(family, address(ours))
    ring.put(name, b"too late")
    assert counters.unsent == 1


def test_a_closed_ring_sends_nothing_from_the_next_socket(
    ends: Ends, family: socket.AddressFamily, *, batched: bool
) -> None:
    """A descriptor that was closed is the first to be given out again."""
    _, theirs = ends
    counters = Counters()
    ours = bound(family)
    number = ours.fileno()
    ring = Ring(ours, counters, batched=batched)
    ring.close()
    ours.close()
    with bound(family) as other:
        assert other.fileno() == number
        ring.put(pack_name(family, address(theirs)), b"not from me")
        assert received(theirs) == []
    assert counters.unsent == 1


def test_datagrams_come_with_their_sizes_and_senders(ends: Ends, *, batched: bool) -> None:
    ours, theirs = ends
    intake = Intake(ours, batched=batched)
    packets = [b"", b"\x80", bytes(1200), b"x" * RECEIVE_BYTES]
    for packet in packets:
        theirs.sendto(packet, address(ours))
    assert intake.receive() == len(packets)
    assert [bytes(intake.buffers[i][: intake.sizes[i]]) for i in range(4)] == packets
    name = pack_name(ours.family, address(theirs))
    step = NAME_BYTES[socket.AddressFamily(ours.family)]
    for i in range(4):
        assert intake.name(i) == name
        if ours.family == socket.AF_INET:
            assert intake.keys[i] == key_of_name(name)
        else:
            assert read_key(intake.names, step * i)[0] == key_of_name(name)
    assert intake.receive() == 0


def test_a_full_batch_says_that_more_may_be_there(ends: Ends, *, batched: bool) -> None:
    ours, theirs = ends
    intake = Intake(ours, batched=batched)
    for n in range(RECEIVED_AT_ONCE + 3):
        theirs.sendto(bytes([n]), address(ours))
    assert intake.receive() == RECEIVED_AT_ONCE
    assert intake.receive() == 3
    assert [intake.buffers[i][0] for i in range(3)] == [64, 65, 66]


def test_a_datagram_that_is_too_long_is_cut(ends: Ends) -> None:
    ours, theirs = ends
    intake = Intake(ours)
    theirs.sendto(bytes(RECEIVE_BYTES + 500), address(ours))
    theirs.sendto(b"next", address(ours))
    assert intake.receive() == 2
    assert [intake.sizes[0], intake.sizes[1]] == [RECEIVE_BYTES, 4]
