"""What goes into an effect: the frames of one stream, whole and in order, on one time line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rooms.participant import Kind
from server.media.assembly import AccessUnit, Assembler
from server.media.source import Packet, SenderReport
from server.media.timeline import End, captured, timestamp_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.media.ingress import Ingress

ASK_AGAIN_S: Final = 1.0
"""How often a keyframe is asked for because frames are not taken: each one costs the publisher."""
MAX_DRIFT_S: Final = 5.0
"""A clock that is further away from when frames come is another clock."""


class _Tap:
    """One ingress that is listened to."""

    def __init__(self, ingress: Ingress, take: Callable[[_Tap, AccessUnit], None]) -> None:
        self.ingress = ingress
        self._assembler = None if ingress.kind is Kind.AUDIO else Assembler(ingress.codec)
        self._deliver = take
        ingress.on_tap = self._take
        ingress.request_keyframe()

    def look(self, now: float) -> None:
        if self._assembler is None:
            return
        for unit in self._assembler.look(now):
            self._deliver(self, unit)
        if self._assembler.waiting:
            self.ingress.request_keyframe()

    def close(self) -> None:
        if self.ingress.on_tap == self._take:
            self.ingress.on_tap = None

    def _take(self, packet: Packet) -> None:
        if self._assembler is not None:
            for unit in self._assembler.take(packet):
                self._deliver(self, unit)
        elif packet.payload:
            self._deliver(self, AccessUnit([packet.payload], packet.timestamp, packet.at, True))


class EffectInput:
    """Listens to the ingress that it is told to use, and hands on what comes.

    Another layer of the same camera takes over with its first keyframe; until then the one before
    goes on. Timestamps go on as if it had been one stream.

    Args:
        deliver: takes a frame, or one packet of sound. False when it could not: then nothing comes
            before the next keyframe.
    """

    def __init__(self, deliver: Callable[[AccessUnit], bool]) -> None:
        self._deliver = deliver
        self._current: _Tap | None = None
        self._next: _Tap | None = None
        self._by = 0
        self._of: _Tap | None = None
        self._last: AccessUnit | None = None
        self._dropping = False
        self._asked_at = float("-inf")

    @property
    def ingress(self) -> Ingress | None:
        """The one that frames come from, or will first come from."""
        return None if self._current is None else self._current.ingress

    @property
    def sender_report(self) -> SenderReport | None:
        report = None if self._of is None else self._of.ingress.sender_report
        return None if report is None else report._replace(rtp=report.rtp + self._by & 0xFFFFFFFF)

    def use(self, ingress: Ingress) -> None:
        """Listen to this one, from its next keyframe on."""
        if self._next is not None:
            if self._next.ingress is ingress:
                return
            self._next.close()
            self._next = None
        if self._current is None:
            self._current = _Tap(ingress, self._take)
        elif self._current.ingress is not ingress:
            self._next = _Tap(ingress, self._take)

    def request_keyframe(self) -> None:
        if self._current is not None:
            self._current.ingress.request_keyframe()

    def look(self, now: float) -> None:
        """Give up what does not come, and ask again; to be called every 50 ms."""
        for tap in (self._current, self._next):
            if tap is not None:
                tap.look(now)
        if self._dropping and now - self._asked_at >= ASK_AGAIN_S:
            self._asked_at = now
            self.request_keyframe()

    def close(self) -> None:
        for tap in (self._current, self._next):
            if tap is not None:
                tap.close()
        self._current = self._next = None

    def _take(self, tap: _Tap, unit: AccessUnit) -> None:
        if tap is self._next:
            if self._current is not None:
                self._current.close()
            self._current, self._next = tap, None
        elif tap is not self._current:
            return
        moved = self._moved(tap, unit)
        if tap.ingress.kind is Kind.AUDIO and not self._is_later(moved):
            return  # decoders of sound have gone on
        self._last, self._of = moved, tap
        if self._dropping and not unit.keyframe:
            return
        taken = self._deliver(moved)
        if not taken and not self._dropping:
            self._asked_at = unit.at
            self.request_keyframe()
        self._dropping = not taken

    def _moved(self, tap: _Tap, unit: AccessUnit) -> AccessUnit:
        """The unit on the time line of what came before it."""
        last, clock_rate = self._last, tap.ingress.clock_rate
        if last is None or self._of is None:
            return unit
        ahead = (unit.timestamp + self._by - last.timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        drift_s = ahead / clock_rate - (unit.at - last.at)
        if tap is not self._of or abs(drift_s) > MAX_DRIFT_S:
            before = self._of.ingress
            at_source = Packet(0, last.timestamp - self._by & 0xFFFFFFFF, 0, b"", last.at)
            end = End(0, last.timestamp, last.at, captured(before, at_source))
            packet = Packet(0, unit.timestamp, 0, b"", unit.at)
            if tap is self._of:
                end = end._replace(captured=None)  # its reports are of one of the two clocks
            self._by = timestamp_after(end, tap.ingress, packet) - unit.timestamp
        return unit._replace(timestamp=unit.timestamp + self._by & 0xFFFFFFFF)

    def _is_later(self, unit: AccessUnit) -> bool:
        if self._last is None:
            return True
        return 0 < (unit.timestamp - self._last.timestamp & 0xFFFFFFFF) < 0x80000000
