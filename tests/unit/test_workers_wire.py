"""Messages between the server and its workers, and what is read from pictures before decoding."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import InvalidPicture
from server.workers.pictures import picture_size
from server.workers.reports import Emitted, Failure, Spent, read_report
from server.workers.streams import MAX_PAYLOAD, Degraded, Encoded, TroubleKind
from server.workers.wire import (
    MAX_MESSAGE,
    MAX_PAYLOADS,
    MORE,
    PIECE,
    Assembler,
    Kind,
    Nonsense,
    encoded_parts,
    note,
    picture_parts,
    pieces,
    read_done,
    read_encoded,
    read_note,
    read_picture,
)

FRAME = Encoded(0xFFFFFFFF, 12.5, True, (b"a" * 1180, b"b" * 7), 1920, 1080, 5)


def journey(kind: Kind, *parts: bytes) -> tuple[Kind, bytes]:
    assembler = Assembler()
    *first, last = [b"".join(piece) for piece in pieces(kind, parts)]
    assert all(assembler.take(piece) is None for piece in first)
    message = assembler.take(last)
    assert message is not None
    return message


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
def test_messages_of_any_size_arrive(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    assert journey(Kind.PICTURE, b"head", data) == (Kind.PICTURE, b"head" + data)


def test_a_frame_is_the_same_after_its_journey() -> None:
    kind, message = journey(Kind.FRAME, *map(bytes, encoded_parts(FRAME, 9)))
    assert kind is Kind.FRAME
    assert read_encoded(message) == (FRAME, 9)


def test_a_picture_is_the_same_after_its_journey() -> None:
    _, message = journey(Kind.PICTURE, *map(bytes, picture_parts("id", b"data")))
    assert read_picture(message) == ("id", b"data")


@given(st.binary(max_size=200))
def test_nothing_that_comes_is_trusted(message: bytes) -> None:
    for read in (read_encoded, read_done, read_note, read_report, read_picture):
        try:
            read(message)
        except Nonsense:
            continue


def test_unknown_kinds_and_endless_messages_are_nonsense() -> None:
    with pytest.raises(Nonsense):
        Assembler().take(b"\x77")
    assembler = Assembler()
    piece = bytes([Kind.NOTE | MORE]) + bytes(1 << 20)
    for _ in range(MAX_MESSAGE // (1 << 20)):
        assert assembler.take(piece) is None
    with pytest.raises(Nonsense):
        assembler.take(piece)


def test_reports_are_read() -> None:
    failed = {"tell": "trouble", "id": "a", "kind": "error", "message": "m", "file": "f", "line": 3}
    assert read_report(note(failed)) == Failure("a", TroubleKind.ERROR, "m", "f", 3)
    cost = {"tell": "cost", "ms": 1.5, "filters": {}, "degraded": "frames", "peak_dbfs": None}
    assert read_report(note(cost)) == Spent(1.5, {}, Degraded.FRAMES, None)
    found = {"tell": "emitted", "id": "a", "filter": "b", "kind": "caption", "data": {"text": "x"}}
    assert read_report(note(found)) == Emitted("a", "b", "caption", {"text": "x"})
    for bad in ({}, {"tell": "x"}, {**failed, "kind": "x"}, {**cost, "degraded": "x"}):
        with pytest.raises(Nonsense):
            read_report(note(bad))


FAILED = {"tell": "trouble", "id": "a", "kind": "error", "message": "m", "file": "f", "line": 3}
COST = {"tell": "cost", "ms": 1.5, "filters": {"a": 1}, "degraded": None, "peak_dbfs": None}
FOUND = {"tell": "emitted", "id": "a", "filter": "b", "kind": "caption", "data": {"text": "x"}}


@pytest.mark.parametrize(
    ("whole", "changed"),
    [
        (FAILED, {"id": ["a"]}),
        (FAILED, {"id": "\udcff"}),
        (FAILED, {"message": None}),
        (FAILED, {"file": 3}),
        (FAILED, {"line": "3"}),
        (FAILED, {"line": -1}),
        (FAILED, {"kind": []}),
        (COST, {"ms": "1"}),
        (COST, {"ms": 1e400}),
        (COST, {"ms": float("nan")}),
        (COST, {"filters": []}),
        (COST, {"filters": {"a": "b"}}),
        (COST, {"filters": dict.fromkeys(map(str, range(99)), 1.0)}),
        (COST, {"peak_dbfs": True}),
        (FOUND, {"kind": "other"}),
        (FOUND, {"data": []}),
        (FOUND, {"data": {"text": "\udcff"}}),
        (FOUND, {"data": {"\udcff": "text"}}),
        (FOUND, {"data": {"text": "x" * 201}}),
        (FOUND, {"data": {"a": [[[[1]]]]}}),
        (FOUND, {"data": {"a": 1e400}}),
        (FOUND, {"data": {"text": "x", "more": [["deep"]]}}),
        (FOUND, {"data": {}}),
        (FOUND, {"data": {"boxes": []}}),
        (FOUND, {"kind": []}),
        (FOUND, {"filter": {}}),
    ],
)
def test_reports_that_nobody_could_use_are_nonsense(
    whole: dict[str, object], changed: dict[str, object]
) -> None:
    read_report(note(whole))
    with pytest.raises(Nonsense):
        read_report(note({**whole, **changed}))


def test_what_a_worker_says_can_be_sent_on() -> None:
    report = read_report(note({**FAILED, "message": "\udcff" * 300, "file": "caf\udce9.py"}))
    assert isinstance(report, Failure)
    assert report.message == "\ufffd" * 199 + "…"
    assert report.file == "caf\ufffd.py"


def test_deep_notes_are_nonsense() -> None:
    with pytest.raises(Nonsense):
        read_note(b'{"a":' + b"[" * 100_000)


@pytest.mark.parametrize(
    "frame",
    [
        Encoded(1, 1.0, True, ()),
        Encoded(1, 1.0, True, (b"a", b"")),
        Encoded(1, 1.0, True, (bytes(MAX_PAYLOAD + 1),)),
        Encoded(1, 1.0, True, (b"a",) * (MAX_PAYLOADS + 1)),
        Encoded(1, float("nan"), True, (b"a",)),
        Encoded(1, 1.0, True, (b"a",), 0, 0, 128),
    ],
    ids=["empty", "empty payload", "large payload", "many payloads", "no time", "level"],
)
def test_frames_that_cannot_be_sent_on_are_nonsense(frame: Encoded) -> None:
    with pytest.raises(Nonsense):
        read_encoded(b"".join(map(bytes, encoded_parts(frame, 1))))


@pytest.mark.parametrize("kind", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("size", [(1, 1), (640, 360), (2047, 3)])
def test_the_size_of_a_picture_is_read(kind: str, size: tuple[int, int]) -> None:
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    quality = (cv2.IMWRITE_WEBP_QUALITY, 50) if kind == ".webp" else ()
    for options in ((), quality):
        data = cv2.imencode(kind, picture, options)[1].tobytes()
        assert picture_size(data) == size


def test_the_size_of_a_picture_with_transparency_is_read() -> None:
    picture = np.zeros((20, 30, 4), np.uint8)
    picture[5:, :, 3] = 77
    for kind in (".png", ".webp"):
        options = (cv2.IMWRITE_WEBP_QUALITY, 50) if kind == ".webp" else ()
        assert picture_size(cv2.imencode(kind, picture, options)[1].tobytes()) == (30, 20)


@given(
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff", b"RIFFsizeWEBPVP8X"]),
    st.binary(max_size=60),
)
def test_no_bytes_upset_the_reader_of_sizes(head: bytes, rest: bytes) -> None:
    try:
        width, height = picture_size(head + rest)
    except InvalidPicture:
        return
    assert width > 0
    assert height > 0


def test_a_frame_that_promises_more_than_it_has_is_nonsense() -> None:
    whole = b"".join(map(bytes, encoded_parts(FRAME, 1)))
    for cut in (whole[:-1], whole + b"x", whole[:30]):
        with pytest.raises(Nonsense):
            read_encoded(cut)
    with pytest.raises(Nonsense):
        read_done(struct.pack("!BL", 200, 1))
