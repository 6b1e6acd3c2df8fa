"""Publishers that send what no browser would, and strangers that forge it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.media.inbound import MAX_SSRCS
from server.media.rtcp import Goodbye, SenderInfo
from server.media.rtcp_intake import MAX_COMPOUNDS, MAX_SENDERS
from tests.support.media_links import (
    MID,
    PROFILES,
    RID,
    Sender,
    Wire,
    publish_section,
    publisher,
    subscribe_section,
    subscriber,
    wire,
)
from tests.support.media_packets import Rtp
from tests.support.media_received import pictures
from tests.support.media_scenes import CAMERA, MICROPHONE


def test_a_storm_of_ssrcs_reaches_nothing(net: Wire) -> None:
    stage = publisher(net, MICROPHONE, CAMERA)
    for ssrc in range(5000):
        packet = Rtp(96, False, 1, 1, ssrc, b"\0\0", {MID: b"v", RID: b"q"})
        stage.end.send(bytes(packet))
    assert len(stage.inbound._streams) == MAX_SSRCS
    assert len(stage.found) == MAX_SSRCS
    assert net.counters.refused == 5000 - MAX_SSRCS
    assert net.counters.unauthentic == 0, "refused before it costs anything"


def test_forged_packets_use_up_no_places(net: Wire) -> None:
    stage = publisher(net)
    for ssrc in range(2000, 2100):
        stage.end.deliver(bytes(Rtp(96, False, 1, 1, ssrc, b"\x10\0" + bytes(40))))
        stage.end.deliver(bytes(SenderInfo(ssrc, 1, 1, 1, 1)) + bytes(30))
    assert net.counters.unauthentic == 200
    Sender(stage.end).frame(keyframe=True)
    assert stage.source().reception.received == 3


def test_forged_reports_are_not_believed(net: Wire) -> None:
    stage = publisher(net)
    Sender(stage.end).frame(keyframe=True)
    stage.end.deliver(bytes(SenderInfo(1000, 1, 1, 1, 1)) + bytes(40))
    assert stage.source().sender_report is None


def test_reports_of_others_than_streams_are_passed_over(net: Wire) -> None:
    stage = publisher(net)
    Sender(stage.end).frame(keyframe=True)
    stage.end.say(SenderInfo(4711, 1, 1, 1, 1), Goodbye((1000,)))
    assert stage.source().sender_report is None
    assert stage.source().active


def test_a_flood_of_reports_is_bounded(net: Wire) -> None:
    stage = publisher(net)
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    end, out = subscriber(net)
    out.add(subscribe_section()).attach(stage.source())
    sender.frame(keyframe=True)
    for turn in range(MAX_COMPOUNDS + 50):
        stage.end.say(*[SenderInfo(1000, turn << 32, 1, 1, 1)] * 40)
    assert len([p for p in end.told() if isinstance(p, SenderInfo)]) == 1
    assert net.counters.refused == 50
    stage.tick()
    net.now += 1
    stage.end.say(SenderInfo(1000, 1 << 32, 1, 1, 1))
    assert len([p for p in end.told() if isinstance(p, SenderInfo)]) == 1


def test_reports_come_from_few_ssrcs(net: Wire) -> None:
    stage = publisher(net)
    for ssrc in range(MAX_SENDERS + 30):
        stage.end.say(SenderInfo(ssrc, 1, 1, 1, 1))
        net.now += 0.001
    assert net.counters.refused == 30


@pytest.mark.parametrize("length", range(13))
def test_short_datagrams_are_harmless(net: Wire, length: int) -> None:
    stage = publisher(net)
    for second in (96, 200):
        stage.end.deliver((bytes([0x80, second]) + bytes(12))[:length])
    counters = net.counters
    assert counters.malformed + counters.unauthentic == 2


@pytest.mark.parametrize("profile", PROFILES)
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_hostile_packets_never_raise_and_do_not_stop_the_stream(
    profile: int, data: st.DataObject
) -> None:
    """Packets of a publisher that has the keys: headers and payloads as it pleases."""
    with wire() as net:
        stage = publisher(net, publish_section(remote_ssrcs=[1000, 1001]), profile=profile)
        sender = Sender(stage.end)
        sender.frame(keyframe=True)
        end, out = subscriber(net, profile)
        out.add(subscribe_section()).attach(stage.source())
        sender.frame(keyframe=True)
        for _ in range(data.draw(st.integers(1, 12))):
            sender.extensions = data.draw(
                st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=4), max_size=4)
            )
            (packet, *_) = sender.make_frame(keyframe=data.draw(st.booleans()), length=60)
            octets = bytearray(bytes(packet))
            octets[1] = data.draw(st.sampled_from([96, 96 | 0x80, 97, 98, 12]))
            octets[8:12] = data.draw(st.sampled_from([1000, 1000, 1001, 77])).to_bytes(4, "big")
            for _ in range(data.draw(st.integers(0, 5))):
                place = data.draw(st.integers(12, len(octets) - 1))
                octets[place] = data.draw(st.integers(0, 255))
            octets[0] = 0x80 | data.draw(st.sampled_from([0, 0, 0x10, 0x20, 0x30, 3, 0x3F]))
            size = data.draw(st.integers(12, len(octets)))
            try:
                protected = stage.end.tx.protect(bytes(octets[:size]))
            except Exception:
                continue  # libsrtp of the sender refuses it: it cannot be sent
            stage.end.deliver(protected)
            stage.tick()
        stage.tick(20)
        end.packets()
        net.now += 1
        sender.extensions = {}
        for _ in range(3):
            sender.frame(keyframe=True)
        assert pictures(end.packets())[-6:] == pictures(sender.sent[-6:])
