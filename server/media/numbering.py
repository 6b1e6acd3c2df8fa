"""Sequence numbers of a received stream, unwrapped, and without those that carry nothing."""

from bisect import bisect_left

SKIPPED_KEPT = 2048
"""More than the packets within which order is kept."""


class Numbering:
    """Gives packets that are sent on numbers without gaps where padding was.

    Attributes:
        newest: the number of the newest packet, counted on over the wrap at 2^16.
        skipped: how many packets up to it were not sent on.
    """

    __slots__ = ("_gone", "newest", "skipped")

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self.skipped = 0
        self._gone: list[int] = []

    def skip(self) -> None:
        """The newest packet is not sent on."""
        self.skipped += 1
        self._gone.append(self.newest)
        if len(self._gone) > SKIPPED_KEPT:
            del self._gone[: SKIPPED_KEPT // 2]

    def compact(self, number: int) -> int | None:
        """The number to send an older packet on with; None for one that is not sent on."""
        at = bisect_left(self._gone, number)
        if at < len(self._gone) and self._gone[at] == number:
            return None
        return number - self.skipped + len(self._gone) - at & 0xFFFF

    def restart(self, newest: int) -> None:
        """Go on at a number far away; what is sent on goes on without a gap."""
        self.skipped += newest - self.newest
        self.newest = newest
        self._gone.clear()
