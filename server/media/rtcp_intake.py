"""RTCP of one peer: authenticated before it is believed, and no more than makes sense."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from server.media.rtcp import FIRST_KIND, LAST_KIND, parse
from server.media.seam import unprotect_rtcp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.media.counters import Counters
    from server.media.link import Link
    from server.media.rtcp import Rtcp
    from server.media.seam import CData

MIN_BYTES = 8
MAX_COMPOUNDS = 200
WITHIN_S = 0.05
"""In this time a peer may send so many; fifty streams in distress send fewer."""
MAX_PACKETS = 64
"""Of one compound that are looked at."""
MAX_SENDERS = 256
"""SSRCs that a peer may send RTCP from: libsrtp keeps a state for each."""


def is_rtcp(buffer: bytearray) -> bool:
    """Whether a packet is RTCP and not RTP (RFC 5761, section 4)."""
    return FIRST_KIND <= buffer[1] <= LAST_KIND


class RtcpIntake:
    """Decrypts compounds of one link."""

    def __init__(self, link: Link, counters: Counters) -> None:
        self._link = link
        self._counters = counters
        self._senders: set[int] = set()
        self._compounds, self._since = 0, float("-inf")

    def read(
        self, buffer: bytearray, pointer: CData, length: int, now: float
    ) -> Iterable[Rtcp] | None:
        """The packets of a compound that is still encrypted; None when it is refused."""
        sender = int.from_bytes(buffer[4:8], "big")
        if now - self._since >= WITHIN_S:
            self._compounds, self._since = 0, now
        self._compounds += 1
        known = sender in self._senders or len(self._senders) < MAX_SENDERS
        if self._compounds > MAX_COMPOUNDS or not known:
            self._counters.refused += 1
            return None
        size = self._link.size
        size[0] = length
        if length < MIN_BYTES or unprotect_rtcp(self._link.rx, pointer, size):
            self._counters.unauthentic += 1
            return None
        self._senders.add(sender)
        return islice(parse(bytes(buffer[: size[0]])), MAX_PACKETS)
