"""What a source sends on: its last packets, and the egresses that they go to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from rooms.participant import Kind
from server.media.fanout import AUDIO_HEAD_BYTES, VIDEO_HEAD_BYTES, Send, make_send
from server.media.source import Packet, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.media.counters import Counters
    from server.media.egress import Egress
    from server.media.payloads import Format
    from server.media.source import Source

HISTORY = 1024
_MASK = HISTORY - 1

Entry = tuple[int, int, int, bytes, float, int, int]
"""The fields of `Packet`: a plain tuple is made in a tenth of the time."""


class Feed:
    """The outgoing half of a source, whatever its packets come from.

    Attributes:
        attached: the egresses that get every packet.
        waiting: those that get them from the next packet on that they can start with.
        latest: the newest packet; None before the first.
        tap: called with every packet that is sent on.
        send: the inner loop over the rows of all attached.
    """

    __slots__ = (
        "_counted",
        "_counters",
        "_form",
        "_head",
        "_history",
        "_kind",
        "_rows",
        "_source",
        "attached",
        "latest",
        "octets",
        "packets",
        "send",
        "tap",
        "waiting",
    )

    def __init__(self, source: Source, kind: Kind, form: Format, counters: Counters) -> None:
        self.attached: list[Egress] = []
        self.waiting: list[Egress] = []
        self.latest: Entry | None = None
        self.packets = 0
        self.octets = 0
        self.tap: Callable[[Packet], None] | None = None
        self.send: Send = self._renew
        self._source = source
        self._kind = kind
        self._form = form
        self._head = AUDIO_HEAD_BYTES if kind is Kind.AUDIO else VIDEO_HEAD_BYTES
        self._counters = counters
        self._history: list[Entry | None] = [None] * HISTORY
        self._rows = 0
        self._counted = (0, 0)

    @property
    def used(self) -> bool:
        """Whether anybody wants its packets."""
        return bool(self.attached or self.waiting) or self.tap is not None

    @property
    def progress(self) -> Progress:
        latest = None if self.latest is None else Packet(*self.latest)
        return Progress(latest, self.packets, self.octets)

    def packet(self, seq: int) -> Packet | None:
        """One of the last packets."""
        entry = self._history[seq & _MASK]
        return Packet(*entry) if entry is not None and entry[0] == seq else None

    def push(
        self,
        seq: int,
        timestamp: int,
        marker: int,
        payload: bytes,
        at: float,
        send_time: int,
        level: int,
    ) -> None:
        """Send on the packet that follows the latest; arguments as in `Packet`."""
        entry = seq, timestamp, marker, payload, at, send_time, level
        self.latest = self._history[seq & _MASK] = entry
        self.packets += 1
        self.octets += len(payload)
        self.send(seq, timestamp, marker, payload, send_time, level)
        if self.tap is not None:
            self.tap(Packet(*entry))

    def push_late(self, packet: Packet) -> None:
        """Send on a packet that others have overtaken, to whom it is not older than their start."""
        self._history[packet.seq & _MASK] = packet
        for egress in self.attached:
            egress.send_late(packet)
        if self.tap is not None:
            self.tap(packet)

    def start(self, packet: Packet) -> None:
        """Let those that wait start with a packet that is about to be sent on."""
        waiting, self.waiting = self.waiting, []
        for egress in waiting:
            self._attach(egress, packet)

    def start_late(self, packet: Packet) -> None:
        """The same with a packet that was overtaken: what has overtaken it follows it at once."""
        waiting, self.waiting = self.waiting, []
        behind = 1 + (self.progress.latest or packet).seq - packet.seq & 0xFFFF
        following = [self.packet(packet.seq + i & 0xFFFF) for i in range(min(behind, HISTORY))]
        for egress in waiting:
            self._attach(egress, packet)
            for each in following:
                if each is not None and egress in self.attached:
                    egress.send_late(each)

    def restart(self, packet: Packet) -> None:
        """Let everybody start anew: numbers and clock of the source have jumped."""
        for egress in self.attached:
            egress.switch(self._source, packet)
        self.rebuild()

    def wait(self, egress: Egress) -> None:
        if egress not in self.waiting:
            self.waiting.append(egress)

    def leave(self, egress: Egress) -> None:
        if egress in self.waiting:
            self.waiting.remove(egress)
        if egress in self.attached:
            self.attached.remove(egress)
            self.rebuild()

    def rebuild(self) -> None:
        """Make the inner loop anew before the next packet."""
        self.count()
        self._rows = 0
        self.send = self._renew

    def count(self) -> None:
        """Bring the counters up to date."""
        packets, octets = self._counted
        self._counted = self.packets, self.octets
        sent = (self.packets - packets) * self._rows
        self._counters.packets_out += sent
        self._counters.bytes_out += (self.octets - octets) * self._rows + sent * self._head

    def _attach(self, egress: Egress, packet: Packet) -> None:
        egress.switch(self._source, packet)
        if egress.source is self._source and egress not in self.attached:
            self.attached.append(egress)
            self.rebuild()

    def _renew(
        self, seq: int, timestamp: int, marker: int, payload: bytes, send_time: int, level: int
    ) -> None:
        rows = [egress.row for egress in self.attached]
        # This packet is in the sums already: all before it went to the rows before.
        self._rows = len(rows)
        self._counted = self.packets - 1, self.octets - len(payload)
        self.send = make_send(self._kind, self._form, rows, self._counters)
        self.send(seq, timestamp, marker, payload, send_time, level)


class Fed(ABC):
    """As much of a source as its feed is."""

    __slots__ = ()

    feed: Feed

    @abstractmethod
    def request_keyframe(self) -> None: ...

    @property
    def progress(self) -> Progress:
        return self.feed.progress

    @property
    def on_tap(self) -> Callable[[Packet], None] | None:
        return self.feed.tap

    @on_tap.setter
    def on_tap(self, tap: Callable[[Packet], None] | None) -> None:
        self.feed.tap = tap

    def packet(self, seq: int) -> Packet | None:
        return self.feed.packet(seq)

    def wait(self, egress: Egress) -> None:
        self.feed.wait(egress)
        self.request_keyframe()

    def leave(self, egress: Egress) -> None:
        self.feed.leave(egress)

    def rebuild(self) -> None:
        self.feed.rebuild()
