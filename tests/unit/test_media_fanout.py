"""The inner loop where something is out of the ordinary."""

from pylibsrtp import Policy, Session

from server.media.fanout import renumbered
from server.media.payloads import FORMATS
from tests.support.media_links import Sender, Wire, publisher, subscribe_section, subscriber
from tests.support.media_packets import vp8_frame


def test_a_packet_that_cannot_be_encrypted_is_counted_and_the_others_are_sent(net: Wire) -> None:
    stage = publisher(net)
    sender = Sender(stage.end)
    sender.frame(keyframe=True)
    ends = []
    other = Session(Policy(key=bytes(30), ssrc_type=Policy.SSRC_SPECIFIC, ssrc_value=4711))
    for broken in (False, True, False):
        end, out = subscriber(net)
        if broken:
            end.link.tx = other._srtp[0]
        out.add(subscribe_section()).attach(stage.source())
        ends.append(end)
    sender.frame(keyframe=True)
    assert [len(end.packets()) for end in ends] == [3, 0, 3]
    assert net.counters.unsent == 3


def test_numbers_are_left_alone_where_there_are_none() -> None:
    payload = vp8_frame(3, keyframe=False)[0]
    assert renumbered(payload, FORMATS["H264"], 5, 5) is payload
    assert renumbered(payload, FORMATS["VP8"], 0, 0) is payload
    assert renumbered(b"", FORMATS["VP9"], 5, 5) == b""
    assert renumbered(b"\x10\0", FORMATS["VP8"], 5, 5) == b"\x10\0"
