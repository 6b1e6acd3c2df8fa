"""What a subscriber gets: one stream without seams, whatever it comes from."""

from __future__ import annotations

import socket
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from rooms.participant import Kind
from server.media.rtcp import (
    Description,
    FullIntra,
    Nack,
    PictureLoss,
    SenderInfo,
    nack_items,
)
from tests.support.media_links import (
    H264,
    OPUS,
    PROFILES,
    SEND_TIME,
    VP8,
    VP9,
    End,
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

    from server.media.egress import Egress
    from server.media.outbound import Outbound


@pytest.fixture
def net() -> Iterator[Wire]:
    with wire() as made:
        yield made


class Call:
    """One publisher with some streams, one subscriber with an egress."""

    def __init__(self, net: Wire, kind: Kind = Kind.VIDEO, streams: int = 1) -> None:
        self.net = net
        ssrcs = [1000 + i for i in range(streams)]
        sections = [
            publish_section(kind, mid=str(i), remote_ssrcs=[ssrc]) for i, ssrc in enumerate(ssrcs)
        ]
        self.stage: Stage = publisher(net, *sections)
        self.senders = [
            Sender(
                self.stage.end,
                kind,
                ssrc=ssrc,
                seq=100 + 7000 * i,
                timestamp=5000 + 0x70000000 * i,
                picture=7 + 3000 * i,
            )
            for i, ssrc in enumerate(ssrcs)
        ]
        for sender in self.senders:
            sender.frame(keyframe=True)
        self.end: End
        self.out: Outbound
        self.end, self.out = subscriber(net)
        self.egress: Egress = self.out.add(subscribe_section(kind))

    @property
    def sender(self) -> Sender:
        return self.senders[0]

    def attach(self, stream: int = 0) -> None:
        assert self.egress.attach(self.stage.source(mid=str(stream)))

    def start(self) -> None:
        """Attach the first stream and let it begin."""
        self.attach()
        self.sender.frame(keyframe=True)

    def nack(self, *seqs: int) -> None:
        self.end.say(Nack(1, 500, nack_items(seqs)))


@pytest.fixture
def call(net: Wire) -> Call:
    return Call(net)


@pytest.fixture
def two(net: Wire) -> Call:
    return Call(net, streams=2)


NONE: dict[str, int] = {}


def steps(values: list[int], modulus: int) -> set[int]:
    return {(b - a) % modulus for a, b in pairwise(values)}


def pictures(packets: list[Rtp]) -> list[int]:
    found = [read_vp8(packet.payload).picture_id for packet in packets]
    return [number for number in found if number is not None]


def frames(packets: list[Rtp]) -> list[Rtp]:
    """The first packet of each frame."""
    return [packet for packet in packets if read_vp8(packet.payload).begins]


# The plain path


def test_packets_arrive_unaltered_and_in_order(call: Call) -> None:
    call.start()
    before = len(call.sender.sent)
    call.sender.frames(20)
    got = call.end.packets()
    sent = call.sender.sent[before - 3 :]
    assert [p.payload for p in got] == [p.payload for p in sent]
    assert [p.marker for p in got] == [p.marker for p in sent]
    assert steps([p.seq for p in got], 1 << 16) == {1}
    assert {p.ssrc for p in got} == {500}
    assert {p.payload_type for p in got} == {96}
    offsets = {(g.timestamp - s.timestamp) & 0xFFFFFFFF for g, s in zip(got, sent, strict=True)}
    assert len(offsets) == 1


@pytest.mark.parametrize("profile", PROFILES)
def test_either_cipher_does(net: Wire, profile: int) -> None:
    stage = publisher(net, profile=profile)
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    end, out = subscriber(net, profile)
    out.add(subscribe_section()).attach(stage.source())
    sender.frame(keyframe=True)
    assert [p.payload for p in end.packets()] == [p.payload for p in sender.sent[3:]]


def test_nothing_is_sent_before_a_keyframe(call: Call) -> None:
    call.attach()
    call.sender.frames(5)
    assert call.end.packets() == []
    assert PictureLoss(11, 1000) in call.stage.end.told()
    assert (call.egress.source, call.egress.target) == (None, call.stage.source())
    call.sender.frame(keyframe=True)
    assert read_vp8(call.end.packets()[0].payload).keyframe
    assert (call.egress.source, call.egress.target) == (call.stage.source(), None)


def test_the_first_source_keeps_its_picture_numbers(call: Call) -> None:
    call.start()
    call.sender.frames(3)
    assert pictures(frames(call.end.packets())) == [8, 9, 10, 11]


def test_the_send_time_is_now(call: Call) -> None:
    call.start()
    call.end.packets()
    call.sender.frames(1, length=500)
    sent_at = call.net.send_time
    call.sender.frames(1, length=500)
    *_, packet = call.end.packets()
    assert packet.extensions == {SEND_TIME: sent_at.to_bytes(3, "big")}


def test_sound_begins_with_the_next_packet_and_has_its_level(net: Wire) -> None:
    call = Call(net, Kind.AUDIO)
    call.sender.extensions = {2: b"\xb0"}
    call.attach()
    call.sender.frames(3)
    got = call.end.packets()
    assert [p.payload for p in got] == [p.payload for p in call.sender.sent[-3:]]
    assert {p.payload_type for p in got} == {111}
    assert {p.extensions[2] for p in got} == {b"\xb0"}
    assert {len(p.extensions[3]) for p in got} == {3}


def test_sound_without_a_level_is_silence_to_others(net: Wire) -> None:
    call = Call(net, Kind.AUDIO)
    call.attach()
    call.sender.frames(1)
    assert call.end.packets()[0].extensions[2] == b"\x7f"


@pytest.mark.parametrize("kind", list(Kind))
def test_extensions_that_were_not_negotiated_are_not_sent(net: Wire, kind: Kind) -> None:
    call = Call(net, kind)
    end, out = subscriber(net)
    egress = out.add(subscribe_section(kind, extensions={}))
    egress.attach(call.stage.source())
    call.sender.frame(keyframe=True)
    got = end.packets()
    assert [p.extensions for p in got] == [{}] * len(got)
    assert [p.payload for p in got] == [p.payload for p in call.sender.sent[-len(got) :]]


def test_subscribers_with_and_without_extensions_get_the_same(call: Call) -> None:
    ends = []
    for extensions in (NONE, NONE, None, None):
        end, out = subscriber(call.net)
        out.add(subscribe_section(extensions=extensions)).attach(call.stage.source())
        ends.append(end)
    call.sender.frame(keyframe=True)
    call.sender.frames(5)
    got = [[p.payload for p in end.packets()] for end in ends]
    assert got == [[p.payload for p in call.sender.sent[3:]]] * 4


def test_more_subscribers_than_the_ring_has_slots(net: Wire) -> None:
    """Payload by payload, so that nothing is left of one turn of the ring for the next."""
    stage = publisher(net)
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    end, out = subscriber(net)
    egresses = [out.add(subscribe_section(mid=str(i), ssrc=500 + 2 * i)) for i in range(600)]
    for egress in egresses:
        egress.attach(stage.source())
    sender.frame(keyframe=True, length=200)
    sender.frames(1, length=200)
    got = end.packets()
    assert len({p.ssrc for p in got}) == 600
    assert len(got) == 1200
    assert {p.payload for p in got} == {p.payload for p in sender.sent[-2:]}


def test_ipv6_has_longer_destinations() -> None:
    try:
        with wire(socket.AF_INET6) as net:
            call = Call(net)
            call.start()
            call.sender.frames(5)
            assert len(call.end.packets()) == 18
    except OSError:
        pytest.skip("no IPv6 on this machine")


def test_a_subscriber_that_moves_is_followed(call: Call) -> None:
    call.start()
    assert len(call.end.packets()) == 3
    new_place = call.net.end()
    ring = call.net.new_ring()
    call.end.link.move(ring, new_place.link.name)
    call.sender.frames(2)
    call.end.sock = new_place.sock
    got = call.end.packets()
    assert [p.payload for p in got] == [p.payload for p in call.sender.sent[-6:]]


def test_a_codec_that_was_not_negotiated_is_not_attached(call: Call) -> None:
    end, out = subscriber(call.net)
    egress = out.add(subscribe_section(codecs=[H264]))
    assert not egress.attach(call.stage.source())
    call.sender.frame(keyframe=True)
    assert (egress.source, egress.target, end.packets()) == (None, None, [])


def test_each_codec_goes_by_the_payload_type_of_the_subscriber(net: Wire) -> None:
    stage = publisher(
        net,
        publish_section(codecs=[VP8], mid="0", remote_ssrcs=[1000]),
        publish_section(codecs=[H264], mid="1", remote_ssrcs=[2000]),
    )
    first = Sender(stage.end, ssrc=1000)
    second = Sender(stage.end, ssrc=2000)
    second.payload_type = 98
    idr = b"\x65" + bytes(50)
    first.frame(keyframe=True)
    stage.end.send(bytes(second.make(idr)))
    end, out = subscriber(net)
    egress = out.add(subscribe_section(codecs=[VP9, H264, VP8]))
    egress.attach(stage.source(mid="0"))
    first.frame(keyframe=True)
    egress.attach(stage.source(mid="1"))
    second.timestamp += 3000
    stage.end.send(bytes(second.make(idr)))
    assert [p.payload_type for p in end.packets()] == [96, 96, 96, 98]


def test_what_is_detached_gets_nothing(call: Call) -> None:
    call.start()
    call.end.packets()
    call.egress.detach()
    call.egress.detach()
    call.sender.frame(keyframe=True)
    assert call.end.packets() == []
    assert call.egress.source is None
    assert call.stage.source().feed.attached == []


def test_detaching_while_waiting_ends_the_wait(call: Call) -> None:
    call.attach()
    call.egress.detach()
    call.sender.frame(keyframe=True)
    assert (call.end.packets(), call.egress.source, call.egress.target) == ([], None, None)


# Switching


def test_a_switch_comes_with_a_keyframe_and_the_old_goes_on_until_then(two: Call) -> None:
    two.start()
    two.attach(1)
    two.sender.frames(2)
    two.senders[1].frames(2)
    assert len(two.end.packets()) == 9
    two.senders[1].frame(keyframe=True)
    two.sender.frames(2)
    got = two.end.packets()
    assert [p.payload[10:] for p in got] == [p.payload[10:] for p in two.senders[1].sent[-3:]]


def test_a_source_that_begins_anew_does_not_end_the_wait_for_another(two: Call) -> None:
    two.start()
    two.attach(1)
    two.sender.seq += 20_000
    two.sender.frames(2)
    assert two.egress.source is two.stage.source(mid="0")
    assert two.egress.target is two.stage.source(mid="1")
    two.egress.detach()
    two.end.packets()
    two.senders[1].frame(keyframe=True)
    assert two.end.packets() == []


def test_a_switch_leaves_no_seam(two: Call) -> None:
    two.start()
    switched: list[Egress] = []
    two.egress.on_switched = switched.append
    for turn in range(50):
        chosen = (turn + 1) % 2
        two.attach(chosen)
        for sender in two.senders:
            sender.frames(1)
        two.senders[chosen].frame(keyframe=True)
        two.senders[chosen].frames(1)
    got = two.end.packets()
    assert len(switched) == 50
    assert two.net.counters.switches == 50
    assert steps([p.seq for p in got], 1 << 16) == {1}
    starts = frames(got)
    assert steps(pictures(starts), 1 << 15) == {1}
    assert steps([read_vp8(p.payload).tl0 or 0 for p in starts], 256) == {1}
    for ahead in steps([p.timestamp for p in starts], 1 << 32):
        assert 0 < ahead < 5 * 3000


def test_a_switched_packet_differs_in_its_numbers_alone(two: Call) -> None:
    two.start()
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    two.senders[1].frames(2)
    got = two.end.packets()[3:]
    sent = two.senders[1].sent[-9:]
    assert [p.payload[:2] + p.payload[5:] for p in got] == [
        p.payload[:2] + p.payload[5:] for p in sent
    ]
    assert [p.payload[2:5] for p in got] != [p.payload[2:5] for p in sent]


@pytest.mark.parametrize(
    ("descriptor", "expected"),
    [
        (b"\x90\x80\x7e", b"\x90\x80\x09"),
        (b"\x90\xc0\x7e\xfe", b"\x90\xc0\x09\x09"),
        (b"\x90\xe0\x7e\xfe\x20", b"\x90\xe0\x09\x09\x20"),
        (b"\x90\x40\xfe", b"\x90\x40\x09"),
        (b"\x90\x80\xff\xfe", b"\x90\x80\x80\x09"),
        (b"\x10", b"\x10"),
    ],
)
def test_numbers_go_on_in_every_form(two: Call, descriptor: bytes, expected: bytes) -> None:
    two.start()
    two.attach(1)
    other = two.senders[1]
    keyframe = b"\x10\0\0\x9d\x01\x2a\x40\x01\xf0\0" + bytes(20)
    two.stage.end.send(bytes(other.make(descriptor + keyframe)))
    assert two.end.packets()[-1].payload == expected + keyframe


def test_numbers_of_vp9_go_on_as_well(net: Wire) -> None:
    stage = publisher(
        net,
        publish_section(codecs=[VP9], mid="0", remote_ssrcs=[1000]),
        publish_section(codecs=[VP9], mid="1", remote_ssrcs=[2000]),
    )
    keyframe = b"\x82\x49\x83\x42\x00\x27\xf0\x16\x70" + bytes(30)
    senders = [Sender(stage.end, ssrc=1000), Sender(stage.end, ssrc=2000)]

    def send(which: int, picture: int, tl0: int) -> None:
        senders[which].payload_type = 102
        senders[which].timestamp += 3000
        descriptor = b"\xa8" + (0x8000 | picture).to_bytes(2, "big") + b"\x00" + bytes([tl0])
        stage.end.send(bytes(senders[which].make(descriptor + keyframe)))

    send(0, 0x7FFE, 0xFE)
    send(1, 4000, 50)
    end, out = subscriber(net)
    egress = out.add(subscribe_section(codecs=[VP9]))
    egress.attach(stage.source(mid="0"))
    send(0, 0x7FFF, 0xFF)
    egress.attach(stage.source(mid="1"))
    send(1, 4001, 51)
    assert [p.payload[1:5].hex() for p in end.packets()] == ["ffff00ff", "80000000"]


def test_time_that_passed_between_is_honoured(two: Call) -> None:
    two.start()
    before = two.end.packets()[-1].timestamp
    two.egress.detach()
    two.net.now += 10
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    after = two.end.packets()[0].timestamp
    assert (after - before) / 90_000 == pytest.approx(10 + 1 / 30, abs=0.001)


def test_where_the_senders_clock_is_known_it_counts_rather_than_the_arrival(two: Call) -> None:
    """Layers of one camera: captured together, one of them delayed by the network."""
    for sender in two.senders:
        two.stage.end.say(SenderInfo(sender.ssrc, 77 << 32, sender.timestamp & 0xFFFFFFFF, 0, 0))
    two.start()
    first = two.end.packets()[0].timestamp
    two.attach(1)
    two.net.now += 0.080
    two.senders[1].timestamp += 6 * 3000
    two.senders[1].frame(keyframe=True)
    after = two.end.packets()[0].timestamp
    assert after - first & 0xFFFFFFFF == 6 * 3000


def test_clocks_that_disagree_with_the_arrival_are_not_believed(two: Call) -> None:
    two.stage.end.say(SenderInfo(1000, 77 << 32, two.sender.timestamp, 0, 0))
    two.stage.end.say(SenderInfo(1001, 9977 << 32, two.senders[1].timestamp, 0, 0))
    two.start()
    before = two.end.packets()[0].timestamp
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    passed = two.end.packets()[0].timestamp - before & 0xFFFFFFFF
    assert passed == pytest.approx(3000, abs=10)


def test_a_late_packet_from_before_the_switch_is_not_sent(two: Call) -> None:
    """It would get a number that another packet has."""
    two.start()
    held = two.senders[1].make_frame(length=300)
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    count = len(two.end.packets())
    two.stage.end.send(bytes(held[0]))
    two.senders[1].frames(1, length=300)
    got = two.end.packets()
    assert (count, len(got)) == (6, 1)


def test_going_back_before_the_switch_keeps_everything(two: Call) -> None:
    two.start()
    two.attach(1)
    two.attach(0)
    two.senders[1].frame(keyframe=True)
    two.sender.frames(1)
    got = two.end.packets()
    assert len(got) == 6
    assert two.egress.target is None
    assert two.egress.source is two.stage.source()
    assert two.stage.source(mid="1").feed.waiting == []


def test_numbers_wrap_on_the_way_out(two: Call) -> None:
    two.egress._first_seq = 0xFFF0
    two.senders[0].timestamp = 0xFFFFFF00
    two.senders[0].picture = 0x7FFC
    two.start()
    two.sender.frames(10)
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    two.senders[1].frames(10)
    got = two.end.packets()
    assert {p.seq < 0x8000 for p in got} == {True, False}
    assert steps([p.seq for p in got], 1 << 16) == {1}
    assert steps(pictures(frames(got)), 1 << 15) == {1}
    assert steps([p.timestamp for p in frames(got)], 1 << 32) == {3000}


# Retransmission


def repaired(packets: list[Rtp]) -> dict[int, bytes]:
    """Original sequence number -> payload of what came as retransmissions."""
    return {int.from_bytes(p.payload[:2], "big"): p.payload[2:] for p in packets if p.ssrc == 501}


def test_a_missing_packet_comes_again(call: Call) -> None:
    call.start()
    call.sender.frames(3)
    got = call.end.packets()
    lost = got[4:6]
    call.nack(*(p.seq for p in lost))
    again = call.end.packets()
    assert repaired(again) == {p.seq: p.payload for p in lost}
    assert {p.payload_type for p in again} == {97}
    assert [p.timestamp for p in again] == [p.timestamp for p in lost]
    assert steps([p.seq for p in again], 1 << 16) == {1}
    assert call.net.counters.retransmitted == 2
    assert call.net.counters.nacks_in == 2


def test_after_a_switch_the_old_source_is_asked(two: Call) -> None:
    two.start()
    for turn in range(6):
        two.attach((turn + 1) % 2)
        two.senders[(turn + 1) % 2].frame(keyframe=True)
        two.senders[(turn + 1) % 2].frames(2)
    got = two.end.packets()
    for packet in got:
        two.net.now += 0.05
        two.nack(packet.seq)
    assert repaired(two.end.packets()) == {p.seq: p.payload for p in got}


def test_a_long_time_after_a_switch_all_is_as_before(two: Call) -> None:
    """Sequence numbers wrap: half of them are then before the beginning, if compared with it."""
    two.start()
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    missed = two.end.packets()[-1]
    for turn in range(45):
        two.senders[1].frames(1000, length=60)
        got = two.end.packets()
        missed = got[-7]
        two.net.now += 0.05
        two.nack(missed.seq)
        assert repaired(two.end.packets()) == {missed.seq: missed.payload}, turn
        late, next_ = (two.senders[1].make_frame(length=60)[0] for _ in range(2))
        two.stage.end.send(bytes(next_))
        two.stage.end.send(bytes(late))
        assert len(two.end.packets()) == 2, turn
    two.attach(0)
    two.sender.frame(keyframe=True)
    two.nack(missed.seq)
    assert repaired(two.end.packets()) == {missed.seq: missed.payload}


def test_without_a_repair_stream_the_packet_itself_comes_again(net: Wire) -> None:
    """Byte by byte: the same number with other contents would give the cipher away."""
    call = Call(net)
    end, out = subscriber(net)
    plain = VP8.__class__("VP8", 96, 90_000, None, {})
    out.add(subscribe_section(codecs=[plain])).attach(call.stage.source())
    call.sender.frame(keyframe=True)
    end.collect()
    call.net.now += 0.5
    call.sender.frames(1)
    first = end.datagrams()
    call.net.now += 0.5
    end.say(Nack(1, 500, nack_items([int.from_bytes(first[1][2:4], "big")])))
    assert end.datagrams() == [first[1]]


def test_what_never_was_is_not_sent_again(call: Call) -> None:
    call.start()
    (first, *_) = call.end.packets()
    call.nack(first.seq - 1 & 0xFFFF, first.seq + 3 & 0xFFFF, first.seq + 0x7000 & 0xFFFF)
    assert call.end.packets() == []


def test_asking_again_at_once_gets_nothing_more(call: Call) -> None:
    call.start()
    (first, *_) = call.end.packets()
    for _ in range(5):
        call.end.say(Nack(1, 500, ((first.seq, 0),) * 290))
    assert len(call.end.packets()) == 1
    call.net.now += 0.06
    call.nack(first.seq)
    assert len(call.end.packets()) == 1


def test_retransmissions_have_a_budget(call: Call) -> None:
    call.start()
    sent = call.end.packets()
    again = 0
    for tick in range(40):
        call.net.now += 0.05
        if tick % 10 == 0:
            call.out.tick(call.net.now, tick // 10)
        for packet in sent:
            call.nack(packet.seq)
        again += sum(len(p.payload) for p in call.end.packets())
    assert 20_000 < again < 65_000


def test_numbers_are_moved_in_retransmissions_too(two: Call) -> None:
    two.start()
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    got = two.end.packets()
    two.nack(got[3].seq)
    assert repaired(two.end.packets()) == {got[3].seq: got[3].payload}


# Requests and reports


@pytest.mark.parametrize("request_", [PictureLoss(1, 500), FullIntra(1, ((500, 3),))])
def test_a_request_for_a_keyframe_reaches_the_publisher(
    call: Call, request_: PictureLoss | FullIntra
) -> None:
    call.start()
    call.net.now += 1
    call.sender.frames(1)
    call.stage.source()._asked_at = float("-inf")
    call.stage.end.told()
    call.end.say(request_)
    assert call.stage.end.told() == [PictureLoss(11, 1000)]
    assert call.net.counters.plis_in == 1


def reports(end: End) -> list[SenderInfo]:
    return [packet for packet in end.told() if isinstance(packet, SenderInfo)]


def test_the_publishers_clock_is_told_on_the_new_time_line(two: Call) -> None:
    two.start()
    two.attach(1)
    two.senders[1].frame(keyframe=True)
    got, sent = two.end.packets()[-1], two.senders[1].sent[-1]
    two.net.now += 1
    two.stage.end.say(SenderInfo(1001, 5 << 32, sent.timestamp + 4500 & 0xFFFFFFFF, 9, 9))
    (report,) = reports(two.end)
    assert report.ssrc == 500
    assert report.ntp == 5 << 32
    assert report.rtp == got.timestamp + 4500 & 0xFFFFFFFF
    assert report.packets == 6
    assert report.octets == sum(len(p.payload) for p in two.sender.sent[3:6]) + sum(
        len(p.payload) for p in two.senders[1].sent[3:]
    )


def test_the_clock_is_told_as_soon_as_a_source_is_attached(call: Call) -> None:
    call.stage.end.say(SenderInfo(1000, 5 << 32, call.sender.timestamp, 9, 9))
    call.net.now += 0.5
    sent = call.sender.timestamp
    call.start()
    (report,) = reports(call.end)
    packet = call.end.packets()[0]
    assert report.ntp / (1 << 32) == pytest.approx(5.5)
    assert packet.timestamp + 45_000 - report.rtp == pytest.approx(0, abs=2)
    assert sent == packet.timestamp


def test_sound_and_picture_of_a_slot_have_one_name(net: Wire) -> None:
    end, out = subscriber(net)
    stage = publisher(
        net, publish_section(Kind.AUDIO, mid="a"), publish_section(Kind.VIDEO, mid="v")
    )
    voice = Sender(stage.end, Kind.AUDIO, ssrc=1)
    camera = Sender(stage.end, Kind.VIDEO, ssrc=2)
    voice.extensions = {1: b"a"}
    camera.extensions = {1: b"v"}
    egresses = [
        out.add(subscribe_section(kind, mid=f"{kind}{slot}", ssrc=500 + 10 * slot + 5 * at))
        for slot in range(2)
        for at, kind in enumerate((Kind.AUDIO, Kind.VIDEO))
    ]
    voice.frame()
    camera.frame(keyframe=True)
    for ssrc in (1, 2):
        stage.end.say(SenderInfo(ssrc, 1 << 32, 1, 0, 0))
    for egress in egresses:
        egress.attach(stage.source(mid="a" if egress.kind is Kind.AUDIO else "v"))
    voice.frame()
    camera.frame(keyframe=True)
    names = {p.ssrc: p.cname for p in end.told() if isinstance(p, Description)}
    assert names[500] == names[505]
    assert names[510] == names[515]
    assert names[500] != names[510]


def test_codecs_negotiated_anew_end_what_was_sent(call: Call) -> None:
    call.start()
    (first, *_) = call.end.packets()
    call.out.update([subscribe_section()])
    call.sender.frames(1)
    assert len(call.end.packets()) == 3, "nothing has changed"
    call.out.update([subscribe_section(codecs=[OPUS.__class__("VP8", 120, 90_000, 121, {})])])
    assert call.egress.source is None
    call.nack(first.seq)
    assert call.end.packets() == []
    call.start()
    got = call.end.packets()
    assert {p.payload_type for p in got} == {120}
    assert got[0].seq == first.seq + 6 & 0xFFFF


def test_a_closed_link_sends_nothing(call: Call) -> None:
    call.start()
    (first, *_) = call.end.packets()
    call.nack(first.seq)
    receive = call.end.link.receive
    assert receive is not None
    call.out.close()
    assert call.end.link.receive is None
    call.sender.frame(keyframe=True)
    assert {p.ssrc for p in call.end.packets()} == {501}, "asked for before the end"
    call.end.link.receive = receive
    call.net.now += 1
    call.nack(first.seq)
    assert call.end.packets() == []
