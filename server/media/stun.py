"""As much of STUN (RFC 8489) and ICE (RFC 8445) as tells datagrams apart; never raises."""

import binascii
import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final

HEADER_BYTES: Final = 20
MAGIC_COOKIE: Final = b"\x21\x12\xa4\x42"
BINDING_REQUEST: Final = b"\x00\x01"
USERNAME: Final = 0x0006
MESSAGE_INTEGRITY: Final = 0x0008
PRIORITY: Final = 0x0024
USE_CANDIDATE: Final = 0x0025
_INTEGRITY_BYTES: Final = 24
_FINGERPRINT_XOR: Final = 0x5354554E


@dataclass(frozen=True, slots=True)
class Request:
    """A binding request, not yet believed.

    Attributes:
        user: the value of USERNAME.
        integrity_at: where MESSAGE-INTEGRITY begins.
        nominates: whether USE-CANDIDATE is in it.
    """

    transaction: bytes
    user: bytes
    integrity_at: int
    nominates: bool

    @property
    def ufrag(self) -> bytes:
        """The half of the user name that is ours."""
        return self.user.partition(b":")[0]


def is_stun(data: bytes) -> bool:
    """Whether it has the frame of a STUN message (RFC 8489, section 5)."""
    size = len(data)
    return (
        size >= HEADER_BYTES
        and data[0] < 4
        and data[4:8] == MAGIC_COOKIE
        and int.from_bytes(data[2:4], "big") == size - HEADER_BYTES
        and size % 4 == 0
    )


def read_request(data: bytes) -> Request | None:
    """Read a binding request with a user name and a message integrity; None for all else.

    What it holds besides must be of ICE and have its right size: those who read the message after
    us rely on it.
    """
    if not is_stun(data) or data[:2] != BINDING_REQUEST:
        return None
    at, user, nominates, prioritised = HEADER_BYTES, b"", False, False
    while at + 4 <= len(data):
        kind = int.from_bytes(data[at : at + 2], "big")
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if at + 4 + size > len(data) or size != _SIZES.get(kind, size):
            return None
        if kind < _OPTIONAL and kind not in _OF_CHECKS:
            return None
        prioritised |= kind == PRIORITY
        if kind == USERNAME:
            user = data[at + 4 : at + 4 + size]
        elif kind == USE_CANDIDATE:
            nominates = True
        elif kind == MESSAGE_INTEGRITY:
            if not user.isascii() or b":" not in user or not prioritised:
                return None
            return Request(data[8:20], user, at, nominates)
        at += 4 + size + (-size & 3)
    return None


_OPTIONAL: Final = 0x8000
"""From here on attributes may be ignored by whoever does not know them."""
_OF_CHECKS: Final = {USERNAME, MESSAGE_INTEGRITY, PRIORITY, USE_CANDIDATE}
_SIZES: Final = {
    MESSAGE_INTEGRITY: 20,
    PRIORITY: 4,
    USE_CANDIDATE: 0,
    0x8028: 4,  # FINGERPRINT
    0x8029: 8,  # ICE-CONTROLLED
    0x802A: 8,  # ICE-CONTROLLING
}


def is_authentic(data: bytes, request: Request, password: bytes) -> bool:
    """Whether whoever sent it knows the password (RFC 8489, section 14.5)."""
    at = request.integrity_at
    covered = data[:2] + (at + _INTEGRITY_BYTES - HEADER_BYTES).to_bytes(2, "big") + data[4:at]
    mac = hmac.digest(password, covered, "sha1")
    return hmac.compare_digest(mac, data[at + 4 : at + _INTEGRITY_BYTES])


def response(transaction: bytes, address: tuple[str, int], password: bytes) -> bytes:
    """A success response with the address that the request came from."""
    mapped = _xor_mapped_address(address, transaction)
    size = len(mapped) + _INTEGRITY_BYTES
    head = b"\x01\x01" + size.to_bytes(2, "big") + MAGIC_COOKIE + transaction
    covered = head + mapped
    body = mapped + b"\x00\x08\x00\x14" + hmac.digest(password, covered, "sha1")
    message = b"\x01\x01" + (size + 8).to_bytes(2, "big") + MAGIC_COOKIE + transaction + body
    checksum = binascii.crc32(message) ^ _FINGERPRINT_XOR
    return message + b"\x80\x28\x00\x04" + checksum.to_bytes(4, "big")


def _xor_mapped_address(address: tuple[str, int], transaction: bytes) -> bytes:
    """RFC 8489, section 14.2."""
    packed = ipaddress.ip_address(address[0]).packed
    mask = MAGIC_COOKIE + transaction
    host = bytes(a ^ b for a, b in zip(packed, mask, strict=False))
    port = (address[1] ^ 0x2112).to_bytes(2, "big")
    family = b"\x00\x01" if len(packed) == 4 else b"\x00\x02"
    return b"\x00\x20" + (4 + len(packed)).to_bytes(2, "big") + family + port + host
