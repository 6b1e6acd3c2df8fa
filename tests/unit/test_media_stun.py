"""STUN as the sockets read and write it, judged by aioice's."""

import struct

import pytest
from aioice import stun as reference
from hypothesis import example, given
from hypothesis import strategies as st

from server.media.stun import is_authentic, is_stun, read_request, response
from tests.support.media_checks import PASSWORD, USER, check

PEERS = [("192.0.2.7", 40_001), ("2001:db8::7", 65_535)]


def with_attribute(kind: int, value: bytes, size: int | None = None) -> bytes:
    """A check that has one more attribute, before its integrity, of a size that may be a lie."""
    head, rest = check()[:20], check()[20:]
    size = len(value) if size is None else size
    extra = struct.pack("!HH", kind, size) + value + bytes(-len(value) % 4)
    return head[:2] + struct.pack("!H", len(rest) + len(extra)) + head[4:] + extra + rest


def test_a_check_is_read() -> None:
    request = read_request(check())
    assert request is not None
    assert (request.user, request.ufrag) == (USER.encode(), b"ours")
    assert len(request.transaction) == 12
    assert not request.nominates


def test_a_nomination_is_seen() -> None:
    request = read_request(check({"USE-CANDIDATE": None}))
    assert request is not None
    assert request.nominates


def test_whoever_knows_the_password_is_believed() -> None:
    data = check()
    request = read_request(data)
    assert request is not None
    assert is_authentic(data, request, PASSWORD)


@pytest.mark.parametrize("at", range(len(check()) - 8))
def test_no_byte_before_the_fingerprint_can_be_changed(at: int) -> None:
    data = bytearray(check())
    data[at] ^= 0x40
    request = read_request(bytes(data))
    assert request is None or not is_authentic(bytes(data), request, PASSWORD)


def test_another_password_is_not_believed() -> None:
    data = check(password=b"q" * 22)
    request = read_request(data)
    assert request is not None
    assert not is_authentic(data, request, PASSWORD)


@pytest.mark.parametrize("address", PEERS)
def test_a_response_is_what_aioice_expects(address: tuple[str, int]) -> None:
    request = check()
    message = reference.parse_message(response(request[8:20], address, PASSWORD))
    assert message.message_class == reference.Class.RESPONSE
    assert message.transaction_id == request[8:20]
    assert message.attributes["XOR-MAPPED-ADDRESS"] == address
    assert message.check_message_integrity(PASSWORD)
    assert "FINGERPRINT" in message.attributes


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        check()[:19],
        check()[:-1],
        check() + b"\0",
        check() + bytes(4),
        b"\4" + check()[1:],
        check()[:4] + bytes(4) + check()[8:],
    ],
    ids=["empty", "a byte", "short", "cut", "odd", "longer", "not STUN", "no cookie"],
)
def test_what_has_not_the_frame_is_not_stun(data: bytes) -> None:
    assert not is_stun(data)
    assert read_request(data) is None


@pytest.mark.parametrize(
    "data",
    [
        check(user="no colon"),
        check(user="ürs:theirs"),
        with_attribute(0x0024, b"\1\2"),
        with_attribute(0x0008, b"short"),
        with_attribute(0x8029, b""),
        with_attribute(0x0003, b"x", size=60_000),
    ],
    ids=["user name", "user name in UTF-8", "priority", "integrity", "role", "size"],
)
def test_a_check_with_an_impossible_attribute_is_none(data: bytes) -> None:
    assert is_stun(data)
    assert read_request(data) is None


def test_a_response_is_not_a_request() -> None:
    data = response(bytes(12), PEERS[0], PASSWORD)
    assert is_stun(data)
    assert read_request(data) is None


def test_a_check_without_user_name_or_integrity_is_none() -> None:
    message = reference.Message(
        message_method=reference.Method.BINDING, message_class=reference.Class.REQUEST
    )
    assert read_request(bytes(message)) is None
    message.attributes["USERNAME"] = USER
    assert read_request(bytes(message)) is None
    message.attributes.clear()
    message.add_message_integrity(PASSWORD)
    assert read_request(bytes(message)) is None


@given(st.binary(max_size=200))
def test_whatever_comes_nothing_is_raised(data: bytes) -> None:
    framed = b"\0\1" + struct.pack("!H", len(data)) + b"\x21\x12\xa4\x42" + bytes(12) + data
    for candidate in (data, framed):
        is_stun(candidate)
        read_request(candidate)


@given(st.integers(0, len(check()) - 1), st.integers(0, 255))
@example(2, 255)
def test_a_check_with_one_other_byte_raises_nothing(at: int, value: int) -> None:
    data = bytearray(check())
    data[at] = value
    request = read_request(bytes(data))
    if request is not None:
        is_authentic(bytes(data), request, PASSWORD)
