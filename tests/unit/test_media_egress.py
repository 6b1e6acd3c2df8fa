"""What a subscriber gets of one source: the packets themselves, from a keyframe on."""

import socket

import pytest

from rooms.participant import Kind
from server.media.rtcp import PictureLoss
from tests.support.media_links import (
    H264,
    PROFILES,
    SEND_TIME,
    VP8,
    VP9,
    Sender,
    Wire,
    publish_section,
    publisher,
    subscribe_section,
    subscriber,
    wire,
)
from tests.support.media_packets import read_vp8
from tests.support.media_received import beginnings, payloads, picture_ids, steps
from tests.support.media_scenes import Call

NONE: dict[str, int] = {}


def test_packets_arrive_unaltered_and_in_order(call: Call) -> None:
    call.start()
    before = len(call.sender.sent)
    call.sender.frames(20)
    got = call.end.packets()
    sent = call.sender.sent[before - 3 :]
    assert payloads(got) == payloads(sent)
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
    assert payloads(end.packets()) == payloads(sender.sent[3:])


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
    assert picture_ids(beginnings(call.end.packets())) == [8, 9, 10, 11]


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
    assert payloads(got) == payloads(call.sender.sent[-3:])
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
    assert payloads(got) == payloads(call.sender.sent[-len(got) :])


def test_subscribers_with_and_without_extensions_get_the_same(call: Call) -> None:
    ends = []
    for extensions in (NONE, NONE, None, None):
        end, out = subscriber(call.net)
        out.add(subscribe_section(extensions=extensions)).attach(call.stage.source())
        ends.append(end)
    call.sender.frame(keyframe=True)
    call.sender.frames(5)
    got = [payloads(end.packets()) for end in ends]
    assert got == [payloads(call.sender.sent[3:])] * 4


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
    assert payloads(got) == payloads(call.sender.sent[-6:])


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
