"""Which stream a packet belongs to, before and after another negotiation."""

import pytest

from rooms.participant import Kind
from tests.support.media_feedback import decode
from tests.support.media_links import (
    H264,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    VP8,
    Sender,
    Wire,
    publish_section,
    publisher,
    retransmission,
    subscribe_section,
    subscriber,
)
from tests.support.media_packets import Rtp
from tests.support.media_scenes import CAMERA, MICROPHONE, layers


def test_layers_are_told_apart_by_their_ids(net: Wire) -> None:
    stage = publisher(net, MICROPHONE, CAMERA)
    for rid, sender in layers(stage).items():
        sender.frame(keyframe=True, size=(320 * ("qhf".index(rid) + 1), 180))
    voice = Sender(stage.end, Kind.AUDIO, ssrc=9, extensions={MID: b"a"})
    voice.frame()
    assert set(stage.inbound.sources) == {("v", "q"), ("v", "h"), ("v", "f"), ("a", "")}
    assert [stage.source(rid, "v").size for rid in "qhf"] == [(320, 180), (640, 180), (960, 180)]
    assert stage.found == list(stage.inbound.sources.values())
    assert stage.source("", "a").codec == "opus"


def test_a_known_stream_needs_no_ids_any_more(net: Wire) -> None:
    stage = publisher(net, MICROPHONE, CAMERA)
    low = layers(stage)["q"]
    low.frame(keyframe=True)
    low.extensions = {}
    low.frames(3)
    assert stage.source("q", "v").reception.received == 12


def test_declared_ssrcs_need_no_ids(net: Wire) -> None:
    stage = publisher(
        net,
        publish_section(mid="0", remote_ssrcs=[5, 6]),
        publish_section(mid="1", remote_ssrcs=[7, 8]),
    )
    for ssrc in (7, 5):
        Sender(stage.end, ssrc=ssrc).frame(keyframe=True)
    assert {mid: s.ssrc for (mid, _), s in stage.inbound.sources.items()} == {"0": 5, "1": 7}


def test_a_declared_ssrc_is_of_the_layer_that_it_names(net: Wire) -> None:
    """Browsers other than Chromium declare the SSRCs of their layers as well."""
    stage = publisher(net, publish_section(mid="v", rids=["q", "h", "f"], remote_ssrcs=[100]))
    for sender in layers(stage).values():
        sender.frame(keyframe=True)
    assert set(stage.inbound.sources) == {("v", "q"), ("v", "h"), ("v", "f")}


def test_a_payload_type_of_one_m_line_alone_is_enough(net: Wire) -> None:
    stage = publisher(net, publish_section(Kind.AUDIO, mid="a"), publish_section(mid="v"))
    Sender(stage.end, ssrc=3).frame(keyframe=True)
    Sender(stage.end, Kind.AUDIO, ssrc=4).frame()
    assert set(stage.inbound.sources) == {("v", ""), ("a", "")}


def test_a_payload_type_of_two_m_lines_is_not(net: Wire) -> None:
    stage = publisher(net, publish_section(mid="0"), publish_section(mid="1"))
    Sender(stage.end, ssrc=3).frame(keyframe=True)
    assert stage.inbound.sources == {}
    assert net.counters.refused == 3


@pytest.mark.parametrize(
    ("extensions", "payload_type"),
    [
        ({MID: b"nobody", RID: b"q"}, 96),
        ({MID: b"v", RID: b"x"}, 96),
        ({MID: b"v"}, 96),
        ({MID: b"v", RID: b"\xff\xfe"}, 96),
        ({MID: b"v", RID: b"q"}, 35),
        ({MID: b"v", REPAIRED_RID: b"q"}, 97),
    ],
)
def test_streams_that_are_nobodys_are_refused(
    net: Wire, extensions: dict[int, bytes], payload_type: int
) -> None:
    stage = publisher(net, MICROPHONE, CAMERA, publish_section(mid="w"))
    sender = Sender(stage.end, ssrc=3, extensions=extensions)
    sender.payload_type = payload_type
    sender.frame(keyframe=True)
    assert stage.inbound.sources == {}
    assert net.counters.refused == 3


@pytest.mark.parametrize("ids", [{MID: b"v", REPAIRED_RID: b"h"}, {MID: b"v", RID: b"h"}])
def test_retransmissions_name_the_layer_that_they_repair(net: Wire, ids: dict[int, bytes]) -> None:
    stage = publisher(net, CAMERA)
    senders = layers(stage)
    for sender in senders.values():
        sender.frame(keyframe=True)
    lost, *others = senders["h"].make_frame()
    for packet in others:
        stage.end.send(bytes(packet))
    stage.end.send(bytes(retransmission(lost, 900, 1, ids)))
    entry = stage.source("h", "v").packet(lost.seq)
    assert entry is not None
    assert entry.payload == lost.payload
    assert net.counters.recovered == 1


def test_retransmissions_of_declared_streams_need_no_ids(net: Wire) -> None:
    stage = publisher(
        net,
        publish_section(mid="0", remote_ssrcs=[5, 6]),
        publish_section(mid="1", remote_ssrcs=[7, 8]),
    )
    senders = [Sender(stage.end, ssrc=ssrc, seq=ssrc * 100) for ssrc in (5, 7)]
    for sender in senders:
        sender.frame(keyframe=True)
    lost, *others = senders[1].make_frame()
    for packet in others:
        stage.end.send(bytes(packet))
    stage.end.send(bytes(retransmission(lost, 8, 1, {})))
    assert stage.source("", "1").packet(lost.seq) is not None
    assert stage.source("", "0").packet(lost.seq) is None


def test_retransmissions_before_the_stream_wait_for_it(net: Wire) -> None:
    stage = publisher(net, CAMERA)
    low = layers(stage)["q"]
    first, *others = low.make_frame(keyframe=True)
    again = retransmission(first, 900, 1, {MID: b"v", REPAIRED_RID: b"q", TRANSPORT_CC: b"\0\x07"})
    stage.end.send(bytes(again))
    assert stage.inbound.sources == {}
    assert stage.inbound._arrivals.times == {7: net.now}
    for packet in others:
        stage.end.send(bytes(packet))
    again = retransmission(others[0], 900, 2, {MID: b"v", REPAIRED_RID: b"q"})
    stage.end.send(bytes(again))
    assert net.counters.packets_in == 1


def test_a_new_ssrc_of_a_layer_replaces_the_old(net: Wire) -> None:
    stage = publisher(net, CAMERA)
    low = layers(stage)["q"]
    low.frame(keyframe=True)
    before = stage.source("q", "v")
    low.ssrc = 4444
    low.frame(keyframe=True)
    after = stage.source("q", "v")
    assert after is not before
    assert after.ssrc == 4444
    assert stage.found == [before, after]


def test_a_change_of_codec_is_a_new_source(net: Wire) -> None:
    both = publish_section(codecs=[VP8, H264], remote_ssrcs=[1000, 1001])
    stage = publisher(net, both)
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    before = stage.source()
    end, out = subscriber(net)
    egress = out.add(subscribe_section(codecs=[VP8, H264]))
    egress.attach(before)
    sender.frame(keyframe=True)
    net.now += 1
    sender.payload_type = 98
    idr = sender.make(b"\x65" + bytes(40))
    stage.end.send(bytes(idr))
    after = stage.source()
    assert (before.codec, after.codec) == ("VP8", "H264")
    assert stage.found == [before, after]
    latest = after.progress.latest
    assert latest is not None
    assert latest.payload == idr.payload
    assert not before.active
    egress.attach(after)
    sender.timestamp += 3000
    stage.end.send(bytes(sender.make(b"\x65" + bytes(40))))
    assert [p.payload_type for p in end.packets()] == [96, 96, 96, 98]
    lost = sender.make(b"\x41" + bytes(40))
    stage.end.send(bytes(sender.make(b"\x41" + bytes(40))))
    stage.end.send(bytes(retransmission(lost, 1001, 1)))
    assert after.packet(lost.seq) is not None


def test_changes_of_codec_are_rare(net: Wire) -> None:
    stage = publisher(net, publish_section(codecs=[VP8, H264], remote_ssrcs=[1000]))
    sender = Sender(stage.end)
    for turn in range(100):
        sender.payload_type = 98 if turn % 2 else 96
        stage.end.send(bytes(sender.make(b"\x41" + bytes(40))))
        net.now += 0.01
    assert len(stage.found) <= 3


def test_a_payload_type_that_was_not_negotiated_is_refused(net: Wire) -> None:
    stage = publisher(net)
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    net.now += 1
    sender.payload_type = 35
    sender.frame(keyframe=True)
    assert len(stage.found) == 1
    assert net.counters.refused == 3


def test_streams_go_on_over_a_renegotiation(net: Wire) -> None:
    stage = publisher(net, MICROPHONE, CAMERA)
    low = layers(stage)["q"]
    low.frame(keyframe=True)
    source = stage.source("q", "v")
    stage.inbound.update([MICROPHONE, CAMERA, publish_section(mid="w", remote_ssrcs=[50])])
    low.extensions = {}
    low.frames(2)
    assert stage.source("q", "v") is source
    assert source.reception.received == 9
    Sender(stage.end, ssrc=50).frame(keyframe=True)
    assert ("w", "") in stage.inbound.sources


def test_streams_of_an_m_line_that_is_gone_end(net: Wire) -> None:
    stage = publisher(net, MICROPHONE, CAMERA)
    low = layers(stage)["q"]
    low.frame(keyframe=True)
    source = stage.source("q", "v")
    stage.inbound.update([MICROPHONE])
    low.frames(2)
    assert stage.inbound.sources == {}
    assert source.reception.received == 3
    assert not source.active


def test_after_the_end_nothing_is_taken_in_or_asked_for(net: Wire) -> None:
    stage = publisher(net)
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    source = stage.source()
    receive = stage.end.link.receive
    assert receive is not None
    stage.inbound.close()
    assert stage.end.link.receive is None
    stage.end.link.receive = receive
    stage.end.told()
    sender.frames(5)
    source.request_keyframe()
    stage.tick(40)
    assert source.reception.received == 3
    assert stage.end.told() == []
    assert not source.active
    assert net.counters.packets_in == 3


def test_every_packet_is_told_of_sound_repair_and_padding_too(net: Wire) -> None:
    stage = publisher(net, MICROPHONE, publish_section(mid="v", remote_ssrcs=[1000, 1001]), CAMERA)
    voice = Sender(stage.end, Kind.AUDIO, ssrc=9)
    camera = Sender(stage.end)
    numbers = iter(range(0xFFFE, 0x10010))

    def next_number() -> dict[int, bytes]:
        return {TRANSPORT_CC: (next(numbers) & 0xFFFF).to_bytes(2, "big")}

    camera.extensions = next_number()
    camera.frame(keyframe=True, length=500)
    voice.extensions = {**next_number(), MID: b"a", 2: b"\x30"}
    voice.frame()
    camera.extensions = next_number()
    stage.end.send(camera.padding())
    again = retransmission(camera.sent[0], 1001, 1, next_number())
    stage.end.send(bytes(again))
    next(numbers)
    stage.end.send(bytes(Rtp(33, False, 1, 1, 333, b"nobody's", next_number())))
    stage.end.collect()
    stage.end.compounds.clear()
    stage.tick(2)
    stage.end.collect()
    ((_, told),) = map(decode, stage.end.compounds)
    assert list(told) == [0xFFFE, 0xFFFF, 0, 1, 2, 3]
    assert [n for n, at in told.items() if at is None] == [2]
    stage.tick(2)
    stage.end.collect()
    assert len(stage.end.compounds) == 1
