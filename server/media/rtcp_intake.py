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
"""Of one peer in a tick; fifty streams in distress send fewer."""
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
        self._compounds = 0

    def tick(self) -> None:
        """A new tick has begun, and with it a new count of compounds."""
        self._compounds = 0

    def read(self, buffer: bytearray, pointer: CData, length: int) -> Iterable[Rtcp]:
        """The packets of a compound that is still encrypted; none when it is refused."""
        sender = int.from_bytes(buffer[4:8], "big")
        self._compounds += 1
        known = sender in self._senders or len(self._senders) < MAX_SENDERS
        if self._compounds > MAX_COMPOUNDS or not known:
            self._counters.refused += 1
            return ()
        size = self._link.size
        size[0] = length
        if length < MIN_BYTES or unprotect_rtcp(self._link.rx, pointer, size):
            self._counters.unauthentic += 1
            return ()
        self._senders.add(sender)
        return islice(parse(bytes(buffer[: size[0]])), MAX_PACKETS)
