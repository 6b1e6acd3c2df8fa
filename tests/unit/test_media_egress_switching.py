"""From one source to another: one stream without seams, whatever it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.media.rtcp import SenderInfo
from tests.support.media_links import (
    VP9,
    Sender,
    Wire,
    publish_section,
    publisher,
    subscribe_section,
    subscriber,
)
from tests.support.media_packets import read_vp8
from tests.support.media_received import beginnings, picture_ids, steps

if TYPE_CHECKING:
    from server.media.egress import Egress
    from tests.support.media_scenes import Call


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
    starts = beginnings(got)
    assert steps(picture_ids(starts), 1 << 15) == {1}
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
    assert steps(picture_ids(beginnings(got)), 1 << 15) == {1}
    assert steps([p.timestamp for p in beginnings(got)], 1 << 32) == {3000}
