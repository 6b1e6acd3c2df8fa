"""What is said of a publisher's stream: to the publisher, and to whoever chooses streams."""

import pytest

from rooms.participant import Kind
from server.media.rtcp import Description, ReceiverReport, SenderInfo
from tests.support.media_links import Wire, subscribe_section, subscriber
from tests.support.media_scenes import Show


def test_the_publisher_is_told_of_losses_and_jitter(show: Show) -> None:
    show.stage.tick(20 - show.stage.ticks % 20)
    show.stage.end.told()
    packets = show.make(100)
    for index, packet in enumerate(packets):
        if index % 4 != 1:
            show.send(packet)
        show.net.now += 1 / 30 + (0.01 if index % 2 else -0.01)
    show.stage.tick(20)
    report = show.reported()
    (block,) = report.blocks
    assert report.ssrc == 11
    assert block.ssrc == 1000
    assert block.fraction_lost == pytest.approx(64, abs=2)
    assert block.lost == 25
    assert block.highest & 0xFFFF == packets[-1].seq
    assert 300 < block.jitter < 2000
    show.stage.tick(20)
    assert not [p for p in show.stage.end.told() if isinstance(p, ReceiverReport)]


def test_an_even_stream_has_no_jitter(show: Show) -> None:
    show.sender.frames(60)
    show.stage.tick(20)
    (block,) = show.reported().blocks
    assert block.jitter < 5
    assert (block.fraction_lost, block.lost) == (0, 0)


def test_reports_answer_the_senders_clock_and_have_a_name(show: Show) -> None:
    show.stage.end.say(SenderInfo(1000, 0x1234_5678_9ABC_DEF0, 1, 2, 3))
    show.net.now += 0.5
    show.sender.frames(1)
    show.stage.tick(20)
    report, name = (p for p in show.stage.end.told() if isinstance(p, ReceiverReport | Description))
    assert isinstance(report, ReceiverReport)
    assert isinstance(name, Description)
    (block,) = report.blocks
    assert block.last_sr == 0x5678_9ABC
    assert block.delay / 65536 == pytest.approx(1.5 + 1 / 30, abs=0.1)
    assert name.cname


def test_rate_and_activity_follow_the_stream(show: Show) -> None:
    show.stage.tick(20)
    for _ in range(30):
        show.sender.frame()
    show.stage.ticks = 19
    show.stage.tick()
    octets = 30 * (2500 + 3 * 6)
    assert show.source.bitrate_bps == pytest.approx(8 * octets / 1.05, rel=0.02)
    assert show.source.active
    show.source.reception.heard_at -= 100
    show.stage.tick(20)
    assert show.source.bitrate_bps == 0
    assert not show.source.active


def test_loudness_is_the_mean_of_a_tenth_of_a_second(net: Wire) -> None:
    show = Show(net, Kind.AUDIO)
    for level in (0x80 | 20, 0x80 | 40, 30):
        show.sender.extensions = {2: bytes([level])}
        show.sender.frame()
    show.stage.tick(2)
    assert show.source.level_dbov == -30
    show.stage.tick(2)
    assert show.source.level_dbov == -127


def test_levels_are_found_wherever_they_stand(net: Wire) -> None:
    show = Show(net, Kind.AUDIO)
    for extensions in (
        {2: b"\x01", 3: b"abc", 4: b"\0\1"},
        {3: b"abc", 4: b"\0\2", 2: b"\x02"},
        {4: b"\0\3", 2: b"\x03", 1: b"0", 9: b"!!"},
        {1: b"0", 9: b"long and unknown"},
        {2: b"\x05", 3: b"abc", 4: b"\0\4"},
    ):
        show.sender.extensions = extensions
        show.sender.frame()
    got = [p.extensions[2][0] for p in show.end.packets()]
    assert got == [1, 2, 3, 127, 5]
    assert set(show.stage.inbound._arrivals.times) == {1, 2, 3, 4}


def test_counters_agree_with_what_happened(net: Wire) -> None:
    show = Show(net)
    end, out = subscriber(net)
    out.add(subscribe_section()).attach(show.source)
    show.sender.frame(keyframe=True)
    show.sender.frames(10)
    show.egress.detach()
    show.sender.frames(10)
    show.stage.tick(20)
    got = len(show.end.packets()) + len(end.packets())
    counters = net.counters
    assert counters.packets_in == len(show.sender.sent) == 3 * 23
    assert counters.bytes_in == sum(len(bytes(p)) for p in show.sender.sent)
    assert counters.packets_out == got + 3 == 3 * (1 + 2 * 11 + 10)
    assert counters.unsent == 0
