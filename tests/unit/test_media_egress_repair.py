"""What a subscriber missed comes again, whatever source it came from."""

from server.media.rtcp import Nack, nack_items
from tests.support.media_links import VP8, Wire, subscribe_section, subscriber
from tests.support.media_packets import Rtp
from tests.support.media_received import steps
from tests.support.media_scenes import Call


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
