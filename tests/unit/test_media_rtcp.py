"""RTCP, built and read; hostile bytes."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.rtcp import (
    Bandwidth,
    Block,
    Description,
    FullIntra,
    Goodbye,
    Nack,
    PictureLoss,
    ReceiverReport,
    Rtcp,
    SenderInfo,
    nack_items,
    parse,
)
from tests.support import media_packets as judge

u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
u32, u64 = st.integers(0, 0xFFFFFFFF), st.integers(0, 2**64 - 1)
blocks = st.lists(
    st.builds(Block, u32, u8, st.integers(-0x800000, 0x7FFFFF), u32, u32, u32, u32), max_size=31
).map(tuple)
packets = st.one_of(
    st.builds(SenderInfo, u32, u64, u32, u32, u32, blocks),
    st.builds(ReceiverReport, u32, blocks),
    st.builds(Description, u32, st.text("abcdefäö{}-", max_size=80)),
    st.builds(Goodbye, st.lists(u32, max_size=31).map(tuple)),
    st.builds(Nack, u32, u32, st.lists(st.tuples(u16, u16), min_size=1, max_size=20).map(tuple)),
    st.builds(PictureLoss, u32, u32),
    st.builds(FullIntra, u32, st.lists(st.tuples(u32, u8), max_size=5).map(tuple)),
    st.builds(Bandwidth, u32, st.integers(0, 0x3FFFF), st.lists(u32, max_size=5).map(tuple)),
)


@settings(deadline=None)
@given(st.lists(packets, max_size=5))
def test_what_is_built_is_read_back(compound: list[Rtcp]) -> None:
    data = b"".join(map(bytes, compound))
    assert len(data) % 4 == 0
    assert list(parse(data)) == compound


@pytest.mark.parametrize("bps", [30_000, 1_234_567, 2_500_000, 900_000_000])
def test_an_estimate_keeps_18_bits(bps: int) -> None:
    (read,) = parse(bytes(Bandwidth(1, bps, (5, 6))))
    assert isinstance(read, Bandwidth)
    assert read.bps == pytest.approx(bps, rel=1e-4)
    assert read.ssrcs == (5, 6)


def test_an_absurd_estimate_is_cut() -> None:
    data = bytearray(bytes(Bandwidth(1, 1000, ())))
    data[17] = 0xFF
    (read,) = parse(bytes(data))
    assert isinstance(read, Bandwidth)
    assert read.bps < 1 << 64


def test_another_implementation_reads_the_same() -> None:
    compound = bytes(PictureLoss(1, 7)) + bytes(Nack(1, 7, nack_items([5, 6, 21, 22, 40])))
    picture_loss, nack = judge.read_rtcp(compound)
    assert (picture_loss.kind, picture_loss.count, picture_loss.media_ssrc) == (206, 1, 7)
    assert (nack.kind, nack.count, nack.media_ssrc) == (205, 1, 7)
    assert list(judge.nacked(nack)) == [5, 6, 21, 22, 40]


def test_what_another_implementation_builds_is_read() -> None:
    compound = [
        judge.receiver_report(1, [(7, 0.5, 70_000)]),
        judge.bandwidth(1, 800_000, [7]),
        judge.sender_report(9, at=0.0, timestamp=3, packets=4, octets=5),
    ]
    report, bandwidth, sender = parse(b"".join(map(bytes, compound)))
    assert isinstance(report, ReceiverReport)
    assert report.blocks == (Block(7, 127, 0, 70_000, 0, 0, 0),)
    assert isinstance(bandwidth, Bandwidth)
    assert bandwidth.bps == pytest.approx(800_000, rel=1e-4)
    assert sender == SenderInfo(9, 2_208_988_800 << 32, 3, 4, 5)


@settings(deadline=None)
@given(st.sets(st.integers(0, 400), max_size=200), u16)
def test_missing_packets_are_packed_over_the_wrap(offsets: set[int], base: int) -> None:
    seqs = [(base + offset) & 0xFFFF for offset in sorted(offsets)]
    items = nack_items(seqs)
    assert list(Nack(1, 2, items).seqs) == seqs
    spread = sorted(offsets)
    needed, reach = 0, -1
    for offset in spread:
        if offset > reach:
            needed, reach = needed + 1, offset + 16
    assert len(items) == needed


def test_padding_is_no_part_of_a_packet() -> None:
    body = struct.pack("!LLHH", 1, 2, 3, 0) + b"\0\0\0\x04"
    data = struct.pack("!BBH", 0xA1, 205, len(body) // 4) + body
    assert list(parse(data)) == [Nack(1, 2, ((3, 0),))]


def test_unknown_kinds_are_passed_over() -> None:
    unknown = struct.pack("!BBHL", 0x80, 207, 1, 0)
    assert list(parse(unknown + bytes(PictureLoss(1, 2)))) == [PictureLoss(1, 2)]


def test_a_length_beyond_the_end_stops_the_walk() -> None:
    data = bytearray(bytes(PictureLoss(1, 2)) * 2)
    data[15] = 200
    assert list(parse(bytes(data))) == [PictureLoss(1, 2)]


def test_a_report_counts_only_the_blocks_it_has() -> None:
    data = bytearray(bytes(ReceiverReport(1, (Block(2, 0, 0, 0, 0, 0, 0),))))
    data[0] = 0x80 | 31
    (report,) = parse(bytes(data))
    assert isinstance(report, ReceiverReport)
    assert len(report.blocks) == 1


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_hostile_bytes_never_raise(data: bytes) -> None:
    for packet in parse(data):
        if isinstance(packet, Nack):
            list(packet.seqs)


@settings(deadline=None)
@given(st.lists(packets, min_size=1, max_size=3), st.data())
def test_mutated_compounds_never_raise(compound: list[Rtcp], draw: st.DataObject) -> None:
    data = bytearray(b"".join(map(bytes, compound)))
    for _ in range(draw.draw(st.integers(1, 6))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(u8)
    list(parse(bytes(data[: draw.draw(st.integers(0, len(data)))])))
