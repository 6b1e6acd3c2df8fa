"""RTP headers and header extensions, sane and hostile."""

from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.rtp import element_at, element_values, read_header
from tests.support.media_packets import Rtp

ids = st.integers(1, 14)
values = st.binary(min_size=1, max_size=16)
extensions = st.dictionaries(ids, values, max_size=5)


def packet(extension: bytes = b"", payload: bytes = b"payload", first: int = 0x80) -> bytes:
    return bytes([first | (0x10 if extension else 0), 0xE0]) + bytes(10) + extension + payload


def values_of(data: bytes) -> dict[int, bytes]:
    header = read_header(data, len(data))
    assert header is not None
    return element_values(data, header)


@settings(deadline=None)
@given(
    payload_type=st.integers(0, 127),
    marker=st.booleans(),
    seq=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=60),
    elements=extensions,
)
def test_what_another_writes_is_read_back(
    payload_type: int,
    marker: bool,
    seq: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    elements: dict[int, bytes],
) -> None:
    data = bytes(Rtp(payload_type, marker, seq, timestamp, ssrc, payload, elements))
    header = read_header(data, len(data))
    assert header is not None
    assert header[:5] == (payload_type, 0x80 if marker else 0, seq, timestamp, ssrc)
    assert data[header.payload : header.end] == payload
    assert element_values(data, header) == elements


def test_contributing_sources_and_padding_are_no_payload() -> None:
    data = bytes([0x80 | 0x20 | 2, 96]) + bytes(10) + bytes(8) + b"media" + bytes(3) + b"\x04"
    header = read_header(data, len(data))
    assert header is not None
    assert data[header.payload : header.end] == b"media"


def test_a_packet_of_padding_alone_has_no_payload() -> None:
    data = bytes([0xA0, 96]) + bytes(10) + bytes(254) + b"\xff"
    header = read_header(data, len(data))
    assert header is not None
    assert header.end <= header.payload


def test_the_two_byte_form_has_long_and_empty_elements() -> None:
    body = bytes([1, 0, 0, 200, 17]) + bytes(range(17)) + bytes([0, 3, 2, 7, 8])
    body += bytes(-len(body) % 4)
    data = packet(b"\x10\x05" + (len(body) // 4).to_bytes(2, "big") + body)
    assert values_of(data) == {1: b"", 200: bytes(range(17)), 3: b"\x07\x08"}


def test_element_15_ends_the_one_byte_form() -> None:
    assert values_of(packet(b"\xbe\xde\x00\x02\x10\xaa\xf0\xbb\x20\xcc\x00\x00")) == {1: b"\xaa"}


def test_padding_with_a_length_ends_the_one_byte_form() -> None:
    assert values_of(packet(b"\xbe\xde\x00\x02\x10\xaa\x01\xbb\xbb\x20\xcc\x00")) == {1: b"\xaa"}


def test_an_element_beyond_the_extension_is_not_read() -> None:
    assert values_of(packet(b"\xbe\xde\x00\x01\x10\xaa\x2f\xbb")) == {1: b"\xaa"}
    assert values_of(packet(b"\x10\x00\x00\x01\x01\x09\xaa\xaa")) == {}


def test_an_unknown_profile_has_no_elements() -> None:
    assert values_of(packet(b"\x12\x34\x00\x01\x10\xaa\x00\x00")) == {}


def test_what_is_no_rtp_is_refused() -> None:
    assert read_header(b"\x80" * 11, 11) is None
    assert read_header(b"\x40" + bytes(20), 21) is None
    assert read_header(bytes([0x90]) + bytes(13), 14) is None, "extension cut off"
    assert read_header(packet(b"\xbe\xde\xff\xff"), 23) is None, "extension beyond the packet"
    assert read_header(bytes([0x8F]) + bytes(30), 31) is None, "contributing sources cut off"


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_hostile_bytes_never_raise(data: bytes, slot: int) -> None:
    """Packets lie in larger buffers, so bytes after their end must not matter either."""
    buffer = bytearray(data) + bytearray(slot)
    header = read_header(buffer, len(data))
    if header is not None:
        assert header.payload <= len(data)
        assert header.end <= len(data)
        for value in element_values(buffer, header).values():
            assert len(value) <= len(data)


@settings(deadline=None)
@given(extensions, st.data())
def test_mutated_packets_never_raise(elements: dict[int, bytes], draw: st.DataObject) -> None:
    data = bytearray(bytes(Rtp(96, False, 1, 2, 3, b"payload", elements)))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    header = read_header(data, len(data))
    if header is not None:
        element_values(data, header)


@settings(deadline=None)
@given(extensions, st.integers(0, 15), st.integers(1, 3))
def test_one_element_is_found_by_id_and_size(
    elements: dict[int, bytes], wanted: int, size: int
) -> None:
    data = bytes(Rtp(96, False, 1, 2, 3, b"payload", elements))
    header = read_header(data, len(data))
    assert header is not None
    at = element_at(data, header.extension, header.payload, wanted, size)
    value = elements.get(wanted)
    if value is not None and len(value) == size:
        assert data[at : at + size] == value
    else:
        assert at == 0
