"""The source that an effect makes, with a worker that does what the test says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from rooms.errors import TooManyEffects
from rooms.participant import Kind
from server.media.effect import MAX_WAITING, EffectSource
from server.media.rtcp import PictureLoss, SenderInfo
from server.workers.streams import Encoded, StreamState
from tests.support.effect_scenes import Act, Owner
from tests.support.effect_streams import BLUR, EDGES, HandStream
from tests.support.media_links import (
    subscribe_section,
)
from tests.support.media_packets import read_vp8
from tests.support.media_received import beginnings, picture_ids, pictures, steps

if TYPE_CHECKING:
    from tests.support.media_scenes import Call


@pytest.fixture
def act(call: Call) -> Act:
    return Act(call, EDGES)


def test_whole_frames_go_in_from_a_keyframe_on(act: Act) -> None:
    act.stream.run()
    act.call.sender.frames(2)
    assert act.stream.sent == []
    act.call.sender.frame(keyframe=True)
    act.call.sender.frame()
    timestamps = [packet.timestamp for packet in act.call.sender.sent]
    assert [(len(whole), timestamp) for whole, timestamp, _ in act.stream.sent] == [
        (2500, timestamps[-6]),
        (2500, timestamps[-1]),
    ]


def test_the_publisher_is_asked_for_a_keyframe_though_nobody_watches(call: Call) -> None:
    call.stage.end.told()
    call.net.now += 1
    call.sender.frame()
    act = Act(call, EDGES)
    assert PictureLoss(11, 1000) in call.stage.end.told()
    act.stream.run()
    call.sender.frame(keyframe=True)
    for _ in range(20):
        call.sender.frame()
        call.stage.tick()
        act.source.tick(call.net.now)
    assert call.stage.end.told().count(PictureLoss(11, 1000)) == 0


def test_one_encoding_goes_to_all_who_watch(act: Act) -> None:
    act.begin()
    second = act.call.out.add(subscribe_section(mid="1", ssrc=700))
    act.frames(1)
    asked = act.stream.keyframes
    assert second.attach(act.source)
    act.source.tick(time.monotonic() + 1)
    assert act.stream.keyframes == asked + 1
    act.frames(1)
    act.call.sender.frame()
    act.stream.give(keyframe=True)
    act.frames(1)
    got = act.got()
    one, other = ([p for p in got if p.ssrc == ssrc] for ssrc in (500, 700))
    assert steps([p.seq for p in one], 1 << 16) == {1}
    assert pictures(other) == pictures(one)[-6:]
    assert len(one) == 15
    assert len(act.engine.streams) == 1


def test_timestamps_are_those_of_the_camera(act: Act) -> None:
    act.begin()
    sent = [act.stream.sent[-1][1]]
    for _ in range(4):
        act.frames(1)
        sent.append(act.stream.sent[-1][1])
    assert steps([p.timestamp for p in beginnings(act.got())], 1 << 32) == {3000}
    assert steps(sent, 1 << 32) == {3000}


def test_a_switch_from_the_camera_to_its_effect_and_back_leaves_no_seam(act: Act) -> None:
    act.call.start()
    act.stream.run()
    act.call.sender.frame(keyframe=True)
    for turn in range(12):
        source = act.source if turn % 2 == 0 else act.call.stage.source()
        assert act.call.egress.attach(source)
        act.frames(2)
        act.call.sender.frame(keyframe=True)
        act.stream.give(keyframe=True)
        assert act.call.egress.source is source
        act.frames(2)
    got = act.got()
    assert steps([p.seq for p in got], 1 << 16) == {1}
    starts = beginnings(got)
    assert steps(picture_ids(starts), 1 << 15) == {1}
    assert steps([read_vp8(p.payload).tl0 or 0 for p in starts], 256) == {1}
    for ahead in steps([p.timestamp for p in starts], 1 << 32):
        assert 0 < ahead < 5 * 3000


def test_a_worker_that_begins_anew_is_no_seam_either(act: Act) -> None:
    act.begin()
    act.frames(3)
    act.stream.made += 700
    act.call.sender.frame()
    act.stream.give(keyframe=True)
    act.frames(3)
    got = act.got()
    assert steps([p.seq for p in got], 1 << 16) == {1}
    assert steps(picture_ids(beginnings(got)), 1 << 15) == {1}


def test_what_is_missed_is_sent_again(act: Act) -> None:
    act.begin()
    act.frames(2)
    missed = act.got()[4]
    act.call.nack(missed.seq)
    (again,) = act.got()
    assert again.payload[2:] == missed.payload
    assert again.payload[:2] == missed.seq.to_bytes(2, "big")


def test_its_own_encoder_is_asked_for_keyframes_and_seldom(act: Act) -> None:
    act.begin()
    act.frames(1)
    asked = act.stream.keyframes
    act.call.stage.end.told()
    for _ in range(100):
        act.call.end.say(PictureLoss(1, 500))
    assert act.stream.keyframes == asked
    act.source.tick(time.monotonic() + 1)
    assert act.stream.keyframes == asked + 1
    act.call.sender.frame()
    act.stream.give(keyframe=True)
    act.source.tick(time.monotonic() + 3)
    assert act.stream.keyframes == asked + 1
    assert PictureLoss(11, 1000) not in act.call.stage.end.told()


def test_the_clock_of_the_publisher_is_told_to_subscribers(act: Act) -> None:
    act.begin()
    act.call.end.told()
    act.call.stage.end.say(SenderInfo(1000, 5 << 32, 12_345, 1, 1))
    act.source.tick(act.call.net.now)
    (info,) = [p for p in act.call.end.told() if isinstance(p, SenderInfo)]
    assert info.ntp >> 32 == 5
    (first, *_) = act.got()
    assert info.rtp == pytest.approx(12_345 + first.timestamp - act.stream.sent[0][1], abs=90)


def test_frames_wait_for_a_worker_that_starts(act: Act) -> None:
    act.stream.room = 0
    act.call.sender.frame(keyframe=True)
    act.call.sender.frames(4)
    assert act.stream.sent == []
    act.stream.room = 2
    act.source.tick(act.call.net.now)
    assert len(act.stream.sent) == 2
    act.stream.room = 9
    act.stream.run()
    assert steps([timestamp for _, timestamp, _ in act.stream.sent], 1 << 32) == {3000}
    assert len(act.stream.sent) == 5


def test_not_too_many_of_them_wait(act: Act) -> None:
    act.stream.room = 0
    act.call.sender.frame(keyframe=True)
    act.call.sender.frames(MAX_WAITING + 5)
    act.stream.room = 100
    act.stream.run()
    act.call.sender.frames(1)
    assert act.stream.sent == []
    act.call.sender.frame(keyframe=True)
    assert len(act.stream.sent) == 1


def test_frames_that_are_not_taken_cost_a_keyframe(act: Act) -> None:
    act.begin()
    act.call.net.now += 1
    act.call.stage.end.told()
    act.stream.room = 0
    act.call.sender.frames(3)
    act.call.stage.tick(3)
    assert act.call.stage.end.told().count(PictureLoss(11, 1000)) == 1
    act.stream.room = 10
    act.call.sender.frames(1)
    assert len(act.stream.sent) == 1
    act.call.sender.frame(keyframe=True)
    act.call.sender.frames(1)
    assert len(act.stream.sent) == 3


def test_after_a_picture_that_is_refused_a_keyframe_is_asked_for_until_it_comes(act: Act) -> None:
    act.begin()
    call = act.call
    call.net.now += 1
    call.sender.frame(keyframe=True, size=(9999, 9999))
    taken = len(act.stream.sent)
    asked = 0
    for _ in range(40):
        call.sender.frames(1)
        call.stage.tick()
        asked += call.stage.end.told().count(PictureLoss(11, 1000))
    assert asked >= 3
    assert len(act.stream.sent) == taken
    call.sender.frame(keyframe=True)
    call.sender.frames(1)
    assert len(act.stream.sent) == taken + 2
    call.stage.end.told()
    call.net.now += 1
    call.sender.frames(1)
    call.stage.tick()
    assert PictureLoss(11, 1000) not in call.stage.end.told()


def test_a_decoder_that_is_lost_gets_its_keyframe(act: Act) -> None:
    act.begin()
    act.call.net.now += 1
    act.call.sender.frame()
    act.call.stage.end.told()
    act.stream.listener.on_keyframe_needed()
    act.call.stage.tick()
    assert PictureLoss(11, 1000) in act.call.stage.end.told()


def test_nothing_that_was_made_without_what_hides_leaves_behind_it(act: Act) -> None:
    act.begin()
    act.frames(1)
    act.call.sender.frames(2)
    shown = len(act.got())
    assert shown == 6
    act.source.configure((EDGES, BLUR), 0.0)
    for frame in (-2, -1):
        act.stream.give(frame=frame)
    asked = act.stream.keyframes
    assert asked > 0
    act.frames(1)
    assert act.got() == []
    act.call.sender.frame()
    act.stream.give(keyframe=True)
    act.frames(1)
    got = act.got()
    assert read_vp8(got[0].payload).keyframe
    assert len(got) == 6


def test_what_hides_and_moves_before_another_holds_what_was_made_in_the_old_order(
    call: Call,
) -> None:
    act = Act(call, EDGES, BLUR)
    act.begin()
    act.frames(1)
    act.got()
    act.source.configure((BLUR, EDGES), 0.0)
    act.frames(1)
    assert act.got() == []
    act.call.sender.frame()
    act.stream.give(keyframe=True)
    assert act.got()
    act.source.configure((EDGES, BLUR), 0.0)
    act.frames(1)
    assert act.got()


def test_another_parameter_is_no_reason_to_hold_anything(call: Call) -> None:
    act = Act(call, BLUR)
    act.begin()
    act.got()
    act.source.configure((EDGES, BLUR), 0.0)
    act.frames(1)
    assert len(act.got()) == 3


async def test_what_is_closed_gives_and_takes_nothing(act: Act) -> None:
    act.begin()
    act.got()
    frame = Encoded(1, act.call.net.now, True, (b"\x90\x80\x01\x00",), 640, 360)
    await act.source.close()
    assert act.stream.closed
    act.stream.listener.on_frame(frame)
    act.stream.listener.on_state(StreamState.RUNNING)
    act.call.sender.frame(keyframe=True)
    assert act.got() == []
    assert act.owner.states == [StreamState.RUNNING]
    assert act.call.stage.source().on_tap is None


def test_where_no_stream_is_to_be_had_nothing_is_tapped(call: Call) -> None:
    def refuse(_: object) -> HandStream:
        raise TooManyEffects

    ingress = call.stage.source()
    with pytest.raises(TooManyEffects):
        EffectSource(
            Kind.VIDEO, ingress, (EDGES,), call.net.counters, Owner(), refuse, lambda: None
        )
    assert ingress.on_tap is None


def test_it_is_as_active_and_as_large_as_what_comes_out(act: Act) -> None:
    before = act.source.active, act.source.size
    act.begin()
    after = act.source.active, act.source.size
    act.call.sender.frame()
    act.stream.give(keyframe=True, size=(320, 180))
    assert (before, after) == ((False, None), (True, (640, 360)))
    assert act.source.size == (320, 180)
    act.source.measure(10.0)
    act.frames(4)
    act.source.measure(11.0)
    assert act.source.bitrate_bps == pytest.approx(8 * 4 * 2500, rel=0.02)
