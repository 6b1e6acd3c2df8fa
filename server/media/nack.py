"""Bookkeeping of lost packets: what to ask publishers for, and how much to send again."""

from dataclasses import dataclass, field

RETRY_S = 0.04
"""The least time between two requests for one packet: just under one tick."""
MAX_TRIES = 8
GIVE_UP_S = 0.6
MAX_MISSING = 300
"""With more packets missing, a keyframe costs less than all of them."""
MAX_ROUND_TRIP_S = 0.5


@dataclass(slots=True)
class _Absence:
    since: float
    asked_at: float
    tries: int = 0


@dataclass(slots=True)
class Missing:
    """The packets of one stream that did not come yet, by unwrapped sequence number.

    Attributes:
        lost: packets given up so far.
        round_trip_s: how long a packet takes to come when it is asked for; 0 when not known.
    """

    lost: int = 0
    round_trip_s: float = 0.0
    _absent: dict[int, _Absence] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._absent)

    def add(self, begin: int, end: int, now: float) -> bool:
        """Note that `begin` to before `end` did not come; False when these are too many to ask for.

        Then all of them count as lost, and so do those that were missing before.
        """
        if len(self._absent) + end - begin > MAX_MISSING:
            self.lost += end - begin
            self.give_up()
            return False
        for seq in range(begin, end):
            self._absent[seq] = _Absence(now, float("-inf"))
        return True

    def came(self, seq: int, now: float) -> bool:
        """Whether a packet was missing; it no longer is."""
        absence = self._absent.pop(seq, None)
        if absence is None:
            return False
        if absence.tries == 1:
            took = min(now - absence.asked_at, MAX_ROUND_TRIP_S)
            self.round_trip_s += (took - self.round_trip_s) / (4 if self.round_trip_s else 1)
        return True

    def due(self, now: float) -> list[int]:
        """The packets to ask for now, ascending; those asked for in vain are given up."""
        wait_s = max(RETRY_S, self.round_trip_s)
        asked: list[int] = []
        gone: list[int] = []
        for seq, absence in self._absent.items():
            if now - absence.since > GIVE_UP_S:
                gone.append(seq)
            elif absence.tries < MAX_TRIES and now - absence.asked_at >= wait_s:
                absence.tries += 1
                absence.asked_at = now
                asked.append(seq)
        for seq in gone:
            del self._absent[seq]
        self.lost += len(gone)
        return asked

    def give_up(self) -> None:
        self.lost += len(self._absent)
        self._absent.clear()


FLOOR_BYTES_PER_S = 20_000
SHARE = 0.25
BURST_S = 1.0


@dataclass(slots=True)
class Allowance:
    """What may be sent again to one subscriber, in bytes.

    A share of what it gets anyway, so that asking again and again makes nothing bigger; and a
    little more, so that it suffices when it gets little.

    Attributes:
        sent_bps: what it gets.
        left: what there was to send when it was last asked for.
    """

    sent_bps: int = 0
    left: float = FLOOR_BYTES_PER_S * BURST_S
    _filled_at: float | None = None

    def take(self, size: int, now: float) -> bool:
        """Whether so many bytes may be sent; then they are counted."""
        rate = FLOOR_BYTES_PER_S + SHARE * self.sent_bps / 8
        elapsed_s = 0.0 if self._filled_at is None else now - self._filled_at
        self.left = min(self.left + rate * elapsed_s, rate * BURST_S)
        self._filled_at = now
        if self.left < size:
            return False
        self.left -= size
        return True
