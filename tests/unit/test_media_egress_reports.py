"""Requests of subscribers, the clocks and names they are told, and how it ends."""

import pytest

from rooms.participant import Kind
from server.media.rtcp import Description, FullIntra, PictureLoss, SenderInfo
from tests.support.media_links import (
    OPUS,
    End,
    Sender,
    Wire,
    publish_section,
    publisher,
    subscribe_section,
    subscriber,
)
from tests.support.media_scenes import Call


def reports(end: End) -> list[SenderInfo]:
    return [packet for packet in end.told() if isinstance(packet, SenderInfo)]


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
