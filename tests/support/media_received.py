"""What tests look for in the RTP that came."""

from collections.abc import Iterable
from itertools import pairwise

from tests.support.media_packets import Rtp, read_vp8


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
