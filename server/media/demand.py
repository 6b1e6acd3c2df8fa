"""Which layers of each publisher's camera anybody wants."""

from collections.abc import Collection, Sequence

from rooms.ids import ParticipantId

RESTS_AFTER = 3
"""Seconds without anybody who wants a layer before the publisher is told: views come and go."""


class Demand:
    """Remembers how long nobody has wanted a layer. The lowest one is always wanted."""

    def __init__(self) -> None:
        self._unwanted: dict[ParticipantId, tuple[str, dict[str, int]]] = {}

    def forget(self, who: ParticipantId) -> None:
        """Its page may send all layers again."""
        self._unwanted.pop(who, None)

    def look(
        self, who: ParticipantId, session: str, rids: Sequence[str], wanted: Collection[str]
    ) -> list[str] | None:
        """Once a second: the layers to ask this session for, if these are others now.

        Args:
            who: the publisher.
            session: of its page, which sends every layer at first.
            rids: its layers, low to high.
            wanted: those that somebody wants just now.
        """
        known, seconds = self._unwanted.get(who, ("", {}))
        if known != session:
            seconds = dict.fromkeys(rids, 0)
            self._unwanted[who] = session, seconds
        before = [rid for rid in rids if seconds.get(rid, 0) < RESTS_AFTER]
        for rid in rids:
            used = rid in wanted or rid == rids[0]
            seconds[rid] = 0 if used else seconds.get(rid, 0) + 1
        now = [rid for rid in rids if seconds[rid] < RESTS_AFTER]
        return now if now != before else None
