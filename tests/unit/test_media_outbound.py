"""What subscribers say about their line, honest and hostile ones."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.participant import Kind
from server.media.outbound import MAX_ASKED
from server.media.rtcp import (
    Bandwidth,
    Block,
    FullIntra,
    Nack,
    PictureLoss,
    ReceiverReport,
    SenderInfo,
)
from server.media.rtcp_intake import MAX_COMPOUNDS
from tests.support.media_links import (
    Sender,
    Wire,
    publish_section,
    publisher,
    subscribe_section,
    subscriber,
    wire,
)
from tests.support.media_packets import Rtp


class Line:
    """A subscriber of one picture and one sound."""

    def __init__(self, net: Wire) -> None:
        self.net = net
        self.stage = publisher(
            net,
            publish_section(mid="v", remote_ssrcs=[1000]),
            publish_section(Kind.AUDIO, mid="a", remote_ssrcs=[2000]),
        )
        self.camera = Sender(self.stage.end)
        self.voice = Sender(self.stage.end, Kind.AUDIO, ssrc=2000)
        self.camera.frame(keyframe=True)
        self.voice.frame()
        self.end, self.out = subscriber(net)
        self.out.add(subscribe_section(ssrc=500)).attach(self.stage.source(mid="v"))
        self.out.add(subscribe_section(Kind.AUDIO, mid="1", ssrc=600)).attach(
            self.stage.source(mid="a")
        )
        self.camera.frame(keyframe=True)
        self.voice.frame()
        self.ticks = 0

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self.net.now += 0.05
            self.ticks += 1
            if self.ticks % 10 == 0:
                self.out.tick(self.net.now, self.ticks // 10)

    def report(self, ssrc: int, highest: int, lost: float = 0.0, **fields: int) -> None:
        block = Block(ssrc, int(256 * lost), 0, highest, 0, 0, 0)._replace(**fields)
        self.end.say(ReceiverReport(1, (block,)))


@pytest.fixture
def line(net: Wire) -> Line:
    return Line(net)


def test_the_estimate_is_read(line: Line) -> None:
    assert line.out.remb_bps is None
    line.end.say(Bandwidth(1, 131_072, (500,)))
    assert line.out.remb_bps == 131_072


def test_loss_is_that_of_the_picture_and_fades(line: Line) -> None:
    line.report(500, highest=1000)
    line.report(500, highest=1100, lost=0.5)
    line.tick(20)
    assert line.out.loss == pytest.approx(0.375, abs=0.01)
    line.tick(160)
    assert line.out.loss == 0


def test_the_worst_of_several_pictures_counts(line: Line) -> None:
    line.out.add(subscribe_section(mid="2", ssrc=700))
    for ssrc in (500, 700):
        line.report(ssrc, highest=1000)
    line.report(500, highest=1100, lost=0.1)
    line.report(700, highest=1100, lost=0.4)
    line.tick(30)
    assert 0.3 < line.out.loss <= 0.4


def test_loss_of_sound_or_of_few_packets_does_not_count(line: Line) -> None:
    line.report(600, highest=1000)
    line.report(600, highest=1100, lost=0.9)
    line.report(500, highest=1000)
    line.report(500, highest=1003, lost=0.9)
    line.report(4711, highest=1003, lost=0.9)
    line.tick(20)
    assert line.out.loss == 0


def test_a_report_in_a_sender_report_counts_too(line: Line) -> None:
    line.report(500, highest=1000)
    block = Block(500, 128, 0, 1100, 0, 0, 0)
    line.end.say(SenderInfo(1, 0, 0, 0, 0, (block,)))
    line.tick(10)
    assert line.out.loss > 0.2


def test_the_round_trip_is_measured_by_our_own_clock(line: Line) -> None:
    """The time in a report is the publisher's: only when it was sent and answered is ours."""
    line.stage.end.say(SenderInfo(1000, 0xDEAD_BEEF_1234_5678, 1, 1, 1))
    (sent,) = [p for p in line.end.told() if isinstance(p, SenderInfo)]
    assert line.out.rtt_s is None
    line.net.now += 0.350
    line.report(500, 1000, last_sr=sent.ntp >> 16 & 0xFFFFFFFF, delay=int(0.250 * 65536))
    assert line.out.rtt_s == pytest.approx(0.1, abs=0.001)
    line.report(500, 1000, last_sr=12345)
    assert line.out.rtt_s == pytest.approx(0.1, abs=0.001)
    line.report(500, 1000, last_sr=sent.ntp >> 16 & 0xFFFFFFFF, delay=0xFFFFFFFF)
    assert 0 <= (line.out.rtt_s or 0.0) <= 0.1


def test_what_is_sent_is_measured(line: Line) -> None:
    line.tick(20)
    for _ in range(30):
        line.camera.frame()
    line.ticks = 19
    line.tick()
    octets = 30 * (2500 + 3 * 6)
    assert line.out.sent_bps == pytest.approx(8 * octets / 1.05, rel=0.02)
    got = line.end.packets()
    line.end.say(*(Nack(1, 500, ((p.seq, 0),)) for p in got[-6:]))
    line.ticks = 39
    line.tick()
    assert line.out.sent_bps > 0
    line.tick(20)
    assert line.out.sent_bps == 0


def test_media_from_a_subscriber_is_refused(line: Line) -> None:
    line.end.send(bytes(Rtp(96, False, 1, 1, 1, b"\x10\0")))
    assert line.net.counters.refused == 1


def test_forged_requests_are_not_believed(line: Line) -> None:
    line.end.deliver(bytes(PictureLoss(1, 500)) + bytes(40))
    line.end.deliver(bytes(Bandwidth(1, 5, (500,))) + bytes(40))
    assert line.net.counters.unauthentic == 2
    assert line.net.counters.plis_in == 0
    assert line.out.remb_bps is None


def test_requests_about_others_are_passed_over(line: Line) -> None:
    line.end.say(PictureLoss(1, 999), Nack(1, 999, ((1, 0),)), FullIntra(1, ((999, 1),)))
    line.end.say(Nack(1, 501, ((1, 0),)))
    assert line.net.counters.plis_in == line.net.counters.nacks_in == 0


def test_a_storm_of_requests_costs_little(line: Line) -> None:
    """Everything missing, 290 times 17 packets in each of 300 compounds."""
    line.camera.frames(100)
    line.end.packets()
    everything = tuple((seq & 0xFFFF, 0xFFFF) for seq in range(0, 290 * 17, 17))
    began = time.process_time()
    for _ in range(MAX_COMPOUNDS + 100):
        line.end.say(Nack(1, 500, everything))
    took = time.process_time() - began
    assert line.net.counters.nacks_in == MAX_ASKED
    assert line.net.counters.refused == 100
    assert took < 0.5
    line.tick(2)
    line.end.say(PictureLoss(1, 500))
    assert line.net.counters.plis_in == 1


def test_amplification_is_bounded(line: Line) -> None:
    """One request that names a packet 290 times brings it once."""
    line.camera.frame()
    (*_, last) = line.end.packets()
    for _ in range(100):
        line.end.say(Nack(1, 500, ((last.seq, 0),) * 290))
    assert len(line.end.packets()) == 1


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=0, max_size=300), st.sampled_from([200, 201, 202, 203, 205, 206, 207]))
def test_hostile_reports_never_raise(body: bytes, kind: int) -> None:
    with wire() as net:
        line = Line(net)
        body += bytes(-len(body) % 4)
        for count in (1, 4, 15, 31):
            head = bytes([0x80 | count, kind]) + (len(body) // 4).to_bytes(2, "big")
            if len(head + body) >= 8:
                line.end.deliver(line.end.tx.protect_rtcp(head + body))
        line.tick(20)
        assert 0 <= line.out.loss <= 1
