"""RTP packets as bytes (RFC 3550, section 5; header extensions: RFC 8285).

Nothing here raises, whatever the bytes are: they come from the network.
"""

from collections.abc import Iterator
from typing import NamedTuple

HEADER_BYTES = 12
ONE_BYTE_FORM = 0xBEDE
TWO_BYTE_FORM = 0x1000
SILENCE = 0x7F
"""Audio level of a packet that says none: -127 dBov (RFC 6464)."""


class Header(NamedTuple):
    """The fixed header, and where the rest lies.

    Attributes:
        marker: 0 or 0x80, as in the second octet.
        extension: where the header extension begins, its profile included; 0 without one.
        payload: where the payload begins.
        end: where it ends: before the padding. Not after `payload` for a packet of padding alone.
    """

    payload_type: int
    marker: int
    seq: int
    timestamp: int
    ssrc: int
    extension: int
    payload: int
    end: int


def read_header(data: bytes | bytearray, length: int) -> Header | None:
    """The header of the packet in the first `length` bytes; None when it is no RTP packet."""
    if length < HEADER_BYTES or data[0] >> 6 != 2:
        return None
    first, second = data[0], data[1]
    extension, payload, end = 0, HEADER_BYTES + 4 * (first & 15), length
    if first & 0x10:
        extension = payload
        if extension + 4 > length:
            return None
        payload = extension + 4 + 4 * int.from_bytes(data[extension + 2 : extension + 4], "big")
    if payload > length:
        return None
    if first & 0x20:
        end -= data[length - 1]
    return Header(
        payload_type=second & 0x7F,
        marker=second & 0x80,
        seq=int.from_bytes(data[2:4], "big"),
        timestamp=int.from_bytes(data[4:8], "big"),
        ssrc=int.from_bytes(data[8:12], "big"),
        extension=extension,
        payload=payload,
        end=max(end, 0),
    )


def elements(data: bytes | bytearray, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The elements of the header extension in `start:end`: id, where its data begins and ends."""
    if end - start < 4:
        return
    profile = int.from_bytes(data[start : start + 2], "big")
    if profile == ONE_BYTE_FORM:
        yield from _one_byte_elements(data, start + 4, end)
    elif profile & 0xFFF0 == TWO_BYTE_FORM:
        yield from _two_byte_elements(data, start + 4, end)


def _one_byte_elements(
    data: bytes | bytearray, at: int, end: int
) -> Iterator[tuple[int, int, int]]:
    while at < end:
        octet = data[at]
        if octet == 0:
            at += 1
            continue
        element, begin = octet >> 4, at + 1
        at = begin + (octet & 15) + 1
        # 15 ends the list, and so does a padding octet with a length (RFC 8285, section 4.2).
        if element in (0, 15) or at > end:
            return
        yield element, begin, at


def _two_byte_elements(
    data: bytes | bytearray, at: int, end: int
) -> Iterator[tuple[int, int, int]]:
    while at < end:
        element = data[at]
        if element == 0:
            at += 1
            continue
        if at + 2 > end:
            return
        begin = at + 2
        at = begin + data[at + 1]
        if at > end:
            return
        yield element, begin, at


def element_values(data: bytes | bytearray, header: Header) -> dict[int, bytes]:
    """The header extension as id -> data; empty without one."""
    if not header.extension:
        return {}
    found = elements(data, header.extension, header.payload)
    return {element: bytes(data[begin:end]) for element, begin, end in found}


def element_at(data: bytes | bytearray, start: int, end: int, wanted: int, size: int) -> int:
    """Where the data of an element of the extension in `start:end` begins.

    0 when it is not there or has another size, or when `wanted` is 0.
    """
    for element, begin, stop in elements(data, start, end):
        if element == wanted:
            return begin if stop - begin == size else 0
    return 0
