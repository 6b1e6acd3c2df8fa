"""The timestamps of a stream that goes on from another source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from server.media.source import Packet, Source

AGREE_S = 0.2
"""Two clocks that tell of times less than this apart tell of the same."""
NTP_PER_S = 1 << 32


class End(NamedTuple):
    """What the last packet before a switch was sent with.

    Attributes:
        at: monotonic seconds when it had come.
        captured: seconds of its sender's clock when it was captured; None while unknown.
    """

    seq: int
    timestamp: int
    at: float
    captured: float | None


def captured(source: Source, packet: Packet) -> float | None:
    """When a packet was captured, in seconds of its sender's clock; None while unknown."""
    report = source.sender_report
    if report is None:
        return None
    ticks = (packet.timestamp - report.rtp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
    return report.ntp / NTP_PER_S + ticks / source.clock_rate


def timestamp_after(end: End, source: Source, packet: Packet) -> int:
    """The timestamp of the first packet of a source, on the time line of what was sent before.

    As much later as it came later; or as it was captured later, where the clocks of both sources
    are seen to be the same, since the network delays each packet differently.
    """
    passed = packet.at - end.at
    at = captured(source, packet)
    if at is not None and end.captured is not None:
        by_clock = at - end.captured
        if abs(by_clock - passed) < AGREE_S:
            passed = by_clock
    return end.timestamp + max(1, round(passed * source.clock_rate))
