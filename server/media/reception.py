"""How well a stream arrives: what receiver reports say (RFC 3550, section 6.4 and appendix A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.media.rtcp import Block

if TYPE_CHECKING:
    from server.media.source import SenderReport


class Reception:
    """Sums over the packets of one SSRC. The per-packet code writes the plain attributes.

    Attributes:
        received: packets so far.
        octets: of those, RTP headers included.
        heard_at: monotonic seconds of the last one.
        timestamp: of the newest one.
        transit: its arrival minus its timestamp, in ticks of the RTP clock.
        jitter: in the same ticks.
    """

    __slots__ = (
        "_expected_before",
        "_first",
        "_received_before",
        "_uncounted",
        "heard_at",
        "jitter",
        "octets",
        "received",
        "timestamp",
        "transit",
    )

    def __init__(self, first: int) -> None:
        """Args: the packet number to expect from."""
        self.received = 0
        self.octets = 0
        self.heard_at = float("-inf")
        self.timestamp = -1
        self.transit = 0.0
        self.jitter = 0.0
        self.begin(first)

    def begin(self, first: int, already: int = 0) -> None:
        """Expect packets from this number on, and count from here; so many of them were counted."""
        self._first = first
        self._uncounted = self.received - already
        self._expected_before = self._received_before = 0

    def report(self, ssrc: int, newest: int, told: SenderReport | None, now: float) -> Block | None:
        """A report block on what came since the last one; None when nothing did.

        Args:
            ssrc: of the stream.
            newest: its newest packet number.
            told: its newest sender report.
            now: monotonic seconds.
        """
        received = self.received - self._uncounted
        expected = newest - self._first + 1
        came = received - self._received_before
        if came <= 0:
            return None
        due = expected - self._expected_before
        self._received_before, self._expected_before = received, expected
        return Block(
            ssrc,
            fraction_lost=min(255, 256 * max(0, due - came) // due) if due > 0 else 0,
            lost=expected - received,
            highest=newest & 0xFFFFFFFF,
            jitter=int(self.jitter) & 0xFFFFFFFF,
            last_sr=told.ntp >> 16 & 0xFFFFFFFF if told else 0,
            delay=int((now - told.at) * 65536) & 0xFFFFFFFF if told else 0,
        )
