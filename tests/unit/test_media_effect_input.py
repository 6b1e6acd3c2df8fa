"""What goes into an effect: layers, sound, losses, clocks that jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rooms.participant import Kind
from server.media.effect import EffectSource
from server.media.rtcp import Nack, nack_items
from server.workers.streams import StreamSpec
from tests.support.effect_scenes import Act, Owner
from tests.support.effect_streams import ECHO, EDGES, HandEngine
from tests.support.media_links import (
    VP9,
    Sender,
    Wire,
    publish_section,
    publisher,
)
from tests.support.media_received import steps
from tests.support.media_scenes import Call

if TYPE_CHECKING:
    from server.media.ingress import Ingress


@pytest.fixture
def act(call: Call) -> Act:
    return Act(call, EDGES)


@pytest.fixture
def voice(net: Wire) -> Act:
    return Act(Call(net, Kind.AUDIO), ECHO, kind=Kind.AUDIO)


def test_each_packet_of_sound_is_one_again(voice: Act) -> None:
    voice.stream.run()
    voice.call.sender.frame()
    assert voice.call.egress.attach(voice.source)
    for level in (10, 20, 30):
        voice.call.sender.frame()
        voice.stream.say(level=level)
    got = voice.got()
    assert steps([p.seq for p in got], 1 << 16) == {1}
    assert steps([p.timestamp for p in got], 1 << 32) == {960}
    assert [p.extensions[2][0] & 0x7F for p in got] == [10, 20, 30]
    assert voice.stream.keyframes == 0


def test_sound_that_was_overtaken_is_left_out(voice: Act) -> None:
    voice.stream.run()
    sender, end = voice.call.sender, voice.call.stage.end
    one, two, three = (sender.make_frame()[0] for _ in range(3))
    for packet in (one, three, two):
        end.send(bytes(packet))
    assert [timestamp for _, timestamp, _ in voice.stream.sent] == [one.timestamp, three.timestamp]


def cameras(call: Call) -> tuple[Ingress, Ingress]:
    return call.stage.source(mid="0"), call.stage.source(mid="1")


def test_a_better_layer_takes_over_with_its_keyframe(two: Call) -> None:
    low, high = cameras(two)
    act = Act(two, EDGES)
    act.begin()
    act.frames(2)
    act.source.use(high)
    other = two.senders[1]
    inputs = []
    for keyframe in (False, False, True):
        act.frames(1)
        other.frame(keyframe=keyframe, length=1200)
        inputs.append(act.source.ingress)
    assert inputs == [low, low, high]
    assert low.on_tap is None
    two.sender.frame(keyframe=True)
    other.frame(length=1200)
    assert [len(whole) for whole, _, _ in act.stream.sent[-3:]] == [2500, 1200, 1200]
    ahead = steps([timestamp for _, timestamp, _ in act.stream.sent], 1 << 32)
    assert all(0 < step < 4 * 3000 for step in ahead)


def test_a_layer_that_came_to_nothing_is_forgotten(two: Call) -> None:
    low, high = cameras(two)
    act = Act(two, EDGES)
    act.begin()
    act.source.use(high)
    act.source.use(low)
    assert high.on_tap is None
    two.senders[1].frame(keyframe=True)
    assert len(act.stream.sent) == 1


def test_a_camera_whose_clock_jumps_does_not_stop_anything(act: Act) -> None:
    act.begin()
    act.frames(2)
    act.call.sender.timestamp += 1 << 30
    act.frames(2)
    ahead = steps([timestamp for _, timestamp, _ in act.stream.sent], 1 << 32)
    assert all(0 < step < 4 * 3000 for step in ahead)


def test_a_long_pause_is_a_long_pause(act: Act) -> None:
    act.begin()
    act.frames(1)
    act.call.net.now += 60
    act.call.sender.timestamp += 60 * 90_000
    act.frames(1)
    assert act.stream.sent[-1][1] - act.stream.sent[-2][1] == 60 * 90_000 + 3000


def test_lost_packets_are_waited_for_and_asked_for(act: Act) -> None:
    act.begin()
    sender, end = act.call.sender, act.call.stage.end
    packets = [p for _ in range(3) for p in sender.make_frame()]
    end.told()
    for packet in packets[:4] + packets[5:]:
        end.send(bytes(packet))
    assert len(act.stream.sent) == 2
    asked = [s for p in end.told() if isinstance(p, Nack) for s in p.seqs]
    assert asked == [packets[4].seq]
    assert nack_items(asked)
    end.send(bytes(packets[4]))
    assert len(act.stream.sent) == 4


def test_what_comes_as_vp9_leaves_as_vp8(net: Wire) -> None:
    stage = publisher(net, publish_section(codecs=[VP9], remote_ssrcs=[1000]))
    sender = Sender(stage.end)
    sender.payload_type = 102
    keyframe = b"\x82\x49\x83\x42\x00\x27\xf0\x16\x70" + bytes(30)
    stage.end.send(bytes(sender.make(b"\x88\x81\x23" + keyframe, marker=True)))
    call = Call(net)
    engine = HandEngine()
    spec = StreamSpec(Kind.VIDEO, "VP9", "title")
    source = EffectSource(
        Kind.VIDEO,
        stage.source(),
        (EDGES,),
        net.counters,
        Owner(),
        lambda listener: engine.open(spec, (EDGES,), listener),
        lambda: None,
    )
    engine.stream.run()
    sender.timestamp += 3000
    stage.end.send(bytes(sender.make(b"\x88\x81\x24" + keyframe, marker=True)))
    assert [whole for whole, _, _ in engine.stream.sent] == [keyframe]
    assert call.egress.attach(source)
    engine.stream.give(keyframe=True)
    assert len(call.end.packets()) == 3
