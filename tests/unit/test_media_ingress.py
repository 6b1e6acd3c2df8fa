"""What becomes of a publisher's packets: order, loss, padding, keyframes, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rooms.participant import Kind
from server.media.inbound import InboundLimits
from server.media.nack import MAX_MISSING
from server.media.rtcp import (
    Description,
    Nack,
    PictureLoss,
    ReceiverReport,
    SenderInfo,
)
from tests.support.media_links import (
    Sender,
    Stage,
    Wire,
    publish_section,
    publisher,
    subscribe_section,
    subscriber,
    wire,
)
from tests.support.media_packets import Rtp, read_vp8

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.media.ingress import Ingress
    from server.media.source import Packet


@pytest.fixture
def net() -> Iterator[Wire]:
    with wire() as made:
        yield made


class Show:
    """A publisher whose only stream a subscriber gets from its second keyframe on."""

    def __init__(self, net: Wire, kind: Kind = Kind.VIDEO, seq: int = 100) -> None:
        self.net = net
        section = publish_section(kind, remote_ssrcs=[1000, 1001])
        self.stage: Stage = publisher(net, section)
        self.sender = Sender(self.stage.end, kind, seq=seq)
        self.sender.frame(keyframe=True)
        self.end, self.out = subscriber(net)
        self.egress = self.out.add(subscribe_section(kind))
        self.egress.attach(self.source)
        self.sender.frame(keyframe=True)
        self.end.packets()
        self.stage.end.told()

    @property
    def source(self) -> Ingress:
        return self.stage.source()

    def send(self, *packets: Rtp) -> None:
        for packet in packets:
            self.stage.end.send(bytes(packet))

    def make(self, count: int) -> list[Rtp]:
        """So many packets, each a frame of its own."""
        return [self.sender.make_frame(length=300)[0] for _ in range(count)]

    def repair(self, packet: Rtp, seq: int, ssrc: int = 1001) -> None:
        """Send a packet as the retransmission number `seq` (RFC 4588)."""
        payload = packet.seq.to_bytes(2, "big") + packet.payload
        again = Rtp(97, packet.marker, seq, packet.timestamp, ssrc, payload, packet.extensions)
        self.stage.end.send(bytes(again))

    def asked(self) -> list[int]:
        """What the publisher was asked to send again."""
        return [seq for p in self.stage.end.told() if isinstance(p, Nack) for seq in p.seqs]

    def reported(self) -> ReceiverReport:
        (report,) = [p for p in self.stage.end.told() if isinstance(p, ReceiverReport)]
        return report


@pytest.fixture
def show(net: Wire) -> Show:
    return Show(net)


def payloads(packets: list[Rtp]) -> list[bytes]:
    return [packet.payload for packet in packets]


def pictures(packets: list[Rtp]) -> list[bytes]:
    """What is behind the numbers."""
    return [packet.payload[5:] for packet in packets]


# Order and loss


def test_a_gap_is_asked_for_at_once_in_one_packet(show: Show) -> None:
    packets = show.make(30)
    show.send(packets[0], packets[29])
    (nack,) = show.stage.end.told()
    assert isinstance(nack, Nack)
    assert (nack.sender, nack.media) == (11, 1000)
    assert list(nack.seqs) == [p.seq for p in packets[1:29]]
    assert len(nack.items) == 2
    assert show.net.counters.nacks_out == 28


def test_what_is_still_missing_is_asked_for_with_every_tick(show: Show) -> None:
    packets = show.make(4)
    show.send(packets[0], packets[3])
    show.stage.end.told()
    show.stage.tick()
    assert show.asked() == [packets[1].seq, packets[2].seq]
    show.send(packets[1])
    show.stage.tick()
    assert show.asked() == [packets[2].seq]
    show.stage.tick(20)
    assert len(show.asked()) == 5
    assert show.net.counters.lost == 1


def test_a_packet_that_was_overtaken_keeps_its_place(show: Show) -> None:
    packets = show.make(4)
    show.send(packets[0], packets[2], packets[1], packets[3])
    got = show.end.packets()
    assert payloads(got) == payloads([packets[0], packets[2], packets[1], packets[3]])
    first = got[0].seq
    assert [p.seq - first & 0xFFFF for p in got] == [0, 2, 1, 3]


def test_a_retransmission_fills_the_gap(show: Show) -> None:
    packets = show.make(4)
    show.send(packets[0], packets[2], packets[3])
    show.repair(packets[1], seq=9)
    got = show.end.packets()
    assert payloads(got) == payloads([packets[0], packets[2], packets[3], packets[1]])
    assert got[3].seq == got[0].seq + 1
    assert got[3].timestamp - got[0].timestamp == packets[1].timestamp - packets[0].timestamp
    assert show.net.counters.recovered == 1
    show.stage.tick(3)
    assert show.asked() == [packets[1].seq], "asked for once, when the gap was seen"


def test_probes_are_dropped_and_start_nothing(show: Show) -> None:
    """Browsers send old packets once more to find out what the line carries."""
    keyframe = show.sender.sent[3]
    show.sender.frames(3)
    show.end.packets()
    end, out = subscriber(show.net)
    out.add(subscribe_section()).attach(show.source)
    for seq in range(20):
        show.repair(keyframe, seq)
    assert show.end.packets() == []
    assert end.packets() == []
    assert show.source.feed.waiting != []


def test_retransmissions_of_what_is_unknown_are_dropped(show: Show) -> None:
    packets = show.make(3000)
    show.send(packets[0])
    show.end.packets()
    show.repair(packets[2], seq=1)
    show.repair(packets[2999], seq=2)
    show.stage.end.send(bytes(Rtp(97, False, 3, 0, 1001, b"\x01")))
    show.stage.end.send(bytes(Rtp(97, False, 4, 0, 1001, b"")))
    assert show.end.packets() == []


def test_numbers_wrap(net: Wire) -> None:
    show = Show(net, seq=0xFFFF - 10)
    packets = show.make(30)
    show.send(*packets[:10], *packets[12:], packets[10])
    assert show.asked() == [packets[10].seq, packets[11].seq]
    got = show.end.packets()
    assert len(got) == 29
    by_seq = {p.seq: p.payload for p in got}
    first = got[0].seq
    assert by_seq == {first + i & 0xFFFF: packets[i].payload for i in range(30) if i != 11}
    assert show.source.numbers.newest == 0xFFFF - 10 + 6 + 29


def test_too_much_missing_is_not_asked_for_but_a_keyframe_is(show: Show) -> None:
    packets = show.make(MAX_MISSING + 10)
    show.net.now += 1
    show.source._asked_at = float("-inf")
    show.send(packets[0], packets[-1])
    assert show.stage.end.told() == [PictureLoss(11, 1000)]


def test_lost_sound_is_not_asked_for(net: Wire) -> None:
    show = Show(net, Kind.AUDIO)
    packets = [show.sender.make_frame()[0] for _ in range(5)]
    show.send(packets[0], packets[4])
    show.stage.tick(20)
    assert show.asked() == []
    assert show.net.counters.lost == 3


def test_what_the_network_doubles_comes_once(show: Show) -> None:
    (packet,) = show.make(1)
    datagram = show.stage.end.tx.protect(bytes(packet))
    for _ in range(3):
        show.stage.end.deliver(datagram)
    assert len(show.end.packets()) == 1
    assert show.net.counters.unauthentic == 2


# Padding


def test_padding_leaves_no_gap(show: Show) -> None:
    packets: list[Rtp] = []
    for _ in range(5):
        packets += show.make(2)
        show.send(*packets[-2:])
        show.stage.end.send(show.sender.padding())
    got = show.end.packets()
    assert payloads(got) == payloads(packets)
    assert [p.seq - got[0].seq & 0xFFFF for p in got] == list(range(10))
    assert show.asked() == []


def test_padding_behind_media_is_cut_off(show: Show) -> None:
    (packet,) = show.make(1)
    data = bytearray(bytes(packet)) + b"\0\0\3"
    data[0] |= 0x20
    show.stage.end.send(bytes(data))
    assert payloads(show.end.packets()) == [packet.payload]


def test_order_is_right_across_padding(show: Show) -> None:
    packets = show.make(2)
    padding = show.sender.padding()
    packets += show.make(2)
    show.send(packets[0])
    show.stage.end.send(padding)
    show.send(packets[3], packets[1], packets[2])
    got = show.end.packets()
    place = {p.seq - got[0].seq & 0xFFFF: p.payload for p in got}
    assert place == {i: p.payload for i, p in enumerate(packets)}


def test_padding_that_was_overtaken_fills_its_place_with_nothing(show: Show) -> None:
    """Its number is taken: without a packet, receivers would ask for it in vain."""
    first = show.make(1)
    padding = show.sender.padding()
    second = show.make(1)
    show.send(*first, *second)
    show.stage.end.send(padding)
    got = show.end.packets()
    assert payloads(got) == [first[0].payload, second[0].payload, b""]
    assert [p.seq - got[0].seq for p in got] == [0, 2, 1]


def test_a_subscriber_asks_for_a_number_behind_padding(show: Show) -> None:
    show.stage.end.send(show.sender.padding())
    packets = show.make(2)
    show.send(*packets)
    got = show.end.packets()
    show.end.say(Nack(1, 500, ((got[1].seq, 0),)))
    assert payloads(show.end.packets()) == [got[1].seq.to_bytes(2, "big") + packets[1].payload]


# A stream that begins anew


def test_a_jump_begins_anew_and_subscribers_see_no_seam(show: Show) -> None:
    before = show.make(3)
    show.send(*before)
    show.sender.seq += 20_000
    show.sender.timestamp += 0x30000000
    show.net.now += 1
    show.source._asked_at = float("-inf")
    stray, *after = show.make(6)
    show.send(stray, *after)
    got = show.end.packets()
    assert pictures(got) == pictures([*before, *after])
    assert [p.seq - got[0].seq & 0xFFFF for p in got] == list(range(8))
    assert (got[3].timestamp - got[2].timestamp) / 90_000 == pytest.approx(1, abs=0.01)
    assert [read_vp8(p.payload).picture_id for p in got] == list(range(9, 17))
    assert show.stage.end.told() == [PictureLoss(11, 1000)]
    show.end.say(Nack(1, 500, ((got[1].seq, 0), (got[6].seq, 0))))
    assert [p.payload[2:] for p in show.end.packets()] == [got[1].payload, got[6].payload]


def test_strays_are_no_new_beginning(show: Show) -> None:
    for _ in range(50):
        show.sender.seq += 20_000
        show.send(*show.make(1))
    assert show.end.packets() == []
    assert show.asked() == []
    assert show.net.counters.refused > 45


def test_new_beginnings_are_rare(show: Show) -> None:
    for _ in range(30):
        show.sender.seq += 5_000
        show.send(*show.make(2))
    assert len(show.end.packets()) == 1


def test_waiting_subscribers_start_after_a_jump(show: Show) -> None:
    end, out = subscriber(show.net)
    out.add(subscribe_section()).attach(show.source)
    show.sender.seq += 30_000
    show.send(*show.make(1))
    show.sender.frame(keyframe=True)
    show.sender.frames(2)
    late, early = end.packets(), show.end.packets()
    assert payloads(late) == payloads(show.sender.sent[-9:])
    assert pictures(early) == pictures(late)
    assert len(early) == 9
    assert [p.seq - early[0].seq & 0xFFFF for p in early] == list(range(9))


# Keyframes


def test_requests_for_keyframes_are_bounded_and_repeated(show: Show) -> None:
    show.net.now += 2
    show.source._asked_at = float("-inf")
    show.sender.frames(1)
    for _ in range(100):
        show.source.request_keyframe()
    assert show.stage.end.told() == [PictureLoss(11, 1000)]
    asked = 0
    for _ in range(60):
        show.sender.frames(1)
        show.stage.tick()
        asked += show.stage.end.told().count(PictureLoss(11, 1000))
    assert asked == pytest.approx(60 * (0.05 + 1 / 30) / 0.5, abs=2)
    show.sender.frame(keyframe=True)
    show.stage.tick(30)
    assert PictureLoss(11, 1000) not in show.stage.end.told()


def test_nobody_waits_no_keyframe_is_asked_for(show: Show) -> None:
    show.egress.detach()
    show.net.now += 2
    show.sender.frames(1)
    show.source.request_keyframe()
    assert PictureLoss(11, 1000) not in show.stage.end.told()


def test_a_stream_that_rests_is_not_asked(show: Show) -> None:
    show.egress.detach()
    show.egress.attach(show.source)
    show.stage.end.told()
    show.net.now += 5
    show.stage.tick(100)
    assert PictureLoss(11, 1000) not in show.stage.end.told()
    show.sender.frames(1)
    show.stage.tick()
    assert PictureLoss(11, 1000) in show.stage.end.told()


def test_a_keyframe_whose_beginning_comes_late_starts_all_the_same(show: Show) -> None:
    end, out = subscriber(show.net)
    out.add(subscribe_section()).attach(show.source)
    show.sender.frames(1)
    packets = [p for i in range(3) for p in show.sender.make_frame(keyframe=not i)]
    show.send(*packets[1:])
    assert end.packets() == []
    show.repair(packets[0], seq=5)
    show.sender.frames(1)
    got = end.packets()
    assert payloads(got) == payloads([*packets, *show.sender.sent[-3:]])
    assert [p.seq - got[0].seq for p in got] == list(range(12))


def test_pictures_tell_their_size(show: Show) -> None:
    assert show.source.size == (640, 360)
    show.sender.frame(keyframe=True, size=(320, 180))
    assert show.source.size == (320, 180)


@pytest.mark.parametrize("size", [(16_000, 16_000), (1921, 1080), (1080, 1921), (1920, 1081)])
def test_pictures_that_are_too_large_are_not_forwarded(show: Show, size: tuple[int, int]) -> None:
    show.sender.frames(1)
    show.sender.frame(keyframe=True, size=size)
    show.sender.frames(3)
    assert len(show.end.packets()) == 3
    assert show.net.counters.refused == 12
    assert show.source.size == (640, 360)
    show.sender.frame(keyframe=True)
    show.sender.frames(1)
    got = show.end.packets()
    assert payloads(got) == payloads(show.sender.sent[-6:])
    show.sender.frames(1)
    assert show.asked() == []


def test_what_was_refused_leaves_no_gap(show: Show) -> None:
    show.sender.frames(1)
    show.sender.frame(keyframe=True, size=(9999, 9999))
    show.sender.frame(keyframe=True)
    got = show.end.packets()
    assert [p.seq - got[0].seq for p in got] == list(range(6))


def test_upright_pictures_may_be_as_large_as_level_ones(show: Show) -> None:
    show.sender.frame(keyframe=True, size=(1080, 1920))
    assert len(show.end.packets()) == 3
    assert show.source.size == (1080, 1920)


def test_a_large_picture_does_not_come_in_by_retransmission(show: Show) -> None:
    packets = show.sender.make_frame(keyframe=True, size=(9999, 9999))
    show.send(*packets[1:])
    show.end.packets()
    show.repair(packets[0], seq=1)
    show.sender.frames(1)
    assert show.end.packets() == []


def test_packets_that_fit_into_no_frame_of_ours_are_refused(show: Show) -> None:
    show.send(show.sender.make(b"\x80" + bytes(1410)))
    show.send(show.sender.make(b"\x80" + bytes(1399)))
    assert [len(p.payload) for p in show.end.packets()] == [1400]
    assert show.net.counters.refused == 1


# What is said of a stream


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


def test_a_tap_gets_every_packet_once(show: Show) -> None:
    tapped: list[Packet] = []
    show.source.on_tap = tapped.append
    assert show.source.on_tap is not None
    packets = show.make(5)
    show.send(packets[0], packets[2], packets[1], packets[3])
    show.repair(packets[2], seq=1)
    assert [p.payload for p in tapped] == payloads([packets[i] for i in (0, 2, 1, 3)])
    seq = tapped[0].seq
    assert [p.seq - seq for p in tapped] == [0, 2, 1, 3]
    show.source.on_tap = None
    show.send(packets[4])
    assert len(tapped) == 4


def test_the_last_1024_packets_are_kept(show: Show) -> None:
    packets = show.make(1100)
    show.send(*packets)
    show.end.packets()
    newest = show.source.progress.latest
    assert newest is not None
    assert newest.payload == packets[-1].payload
    oldest = show.source.packet(newest.seq - 1023 & 0xFFFF)
    assert oldest is not None
    assert oldest.payload == packets[-1024].payload
    assert show.source.packet(newest.seq - 1024 & 0xFFFF) is None
    assert show.source.packet(newest.seq + 1 & 0xFFFF) is None


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


def test_small_pictures_may_be_all_that_is_allowed(net: Wire) -> None:
    stage = publisher(net, limits=InboundLimits(320, 240))
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    assert stage.source().size is None
    assert net.counters.refused == 3
