"""What tests look for in the RTP that came."""

from collections.abc import Iterable
from itertools import pairwise

from tests.support.media_packets import Rtp, read_vp8
from tests.support.media_streams import Flow


def steps(values: Iterable[int], modulus: int) -> set[int]:
    """By how much each differs from the one before."""
    return {(b - a) % modulus for a, b in pairwise(values)}


def payloads(packets: Iterable[Rtp]) -> list[bytes]:
    return [packet.payload for packet in packets]


def pictures(packets: Iterable[Rtp]) -> list[bytes]:
    """What is behind the numbers of VP8, which may differ between publisher and subscriber."""
    return [packet.payload[5:] for packet in packets]


def picture_ids(packets: Iterable[Rtp]) -> list[int]:
    found = [read_vp8(packet.payload).picture_id for packet in packets]
    return [number for number in found if number is not None]


def beginnings(packets: Iterable[Rtp]) -> list[Rtp]:
    """The first packet of each frame."""
    return [packet for packet in packets if read_vp8(packet.payload).begins]


def assert_continues(flow: Flow, *, pause_s: float = 1.0) -> None:
    """Sequence numbers, picture ids and time go on, whatever the packets were taken from.

    Args:
        flow: of pictures.
        pause_s: the longest that may lie between two of them.
    """
    packets = sorted(flow.recent, key=lambda packet: (packet.seq - flow.recent[0].seq) & 0xFFFF)
    for before, after in pairwise(packets):
        assert (after.seq - before.seq) & 0xFFFF == 1
        elapsed = (after.timestamp - before.timestamp) & 0xFFFFFFFF
        assert elapsed < 90_000 * pause_s
        assert (elapsed > 0) == before.marker
        one, two = read_vp8(before.payload), read_vp8(after.payload)
        assert one.picture_id is not None
        assert two.picture_id is not None
        assert two.tl0 is not None
        assert one.tl0 is not None
        step = int(before.marker)
        assert (two.picture_id - one.picture_id) & 0x7FFF == step
        assert (two.tl0 - one.tl0) & 0xFF == step
