"""What becomes of a publisher's packets: order, loss, padding, and streams that begin anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rooms.participant import Kind
from server.media.nack import MAX_MISSING
from server.media.rtcp import Nack, PictureLoss
from tests.support.media_links import Wire, subscribe_section, subscriber
from tests.support.media_packets import Rtp, read_vp8
from tests.support.media_received import payloads, pictures
from tests.support.media_scenes import Show

if TYPE_CHECKING:
    from server.media.source import Packet


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
