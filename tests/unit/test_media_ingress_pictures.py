"""When a publisher is asked for keyframes, and which pictures are too large."""

import pytest

from server.media.inbound import InboundLimits
from server.media.rtcp import PictureLoss
from tests.support.media_links import Sender, Wire, publisher, subscribe_section, subscriber
from tests.support.media_received import payloads
from tests.support.media_scenes import Show


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


def test_small_pictures_may_be_all_that_is_allowed(net: Wire) -> None:
    stage = publisher(net, limits=InboundLimits(320, 240))
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    assert stage.source().size is None
    assert net.counters.refused == 3
