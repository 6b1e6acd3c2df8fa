"""The source that an effect makes: encoded once, whoever gets it."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final, Protocol

from rooms.effects import hides_more
from rooms.participant import Kind
from server.media.effect_input import EffectInput
from server.media.feed import Fed, Feed
from server.media.ingress import ACTIVE_S, KEYFRAMES_EVERY_S, REPORTS_EVERY_S
from server.media.payloads import FORMATS
from server.media.source import Packet
from server.workers.streams import StreamState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rooms.effects import Effect
    from server.media.assembly import AccessUnit
    from server.media.counters import Counters
    from server.media.ingress import Ingress
    from server.media.source import SenderReport
    from server.workers.streams import Cost, EffectStream, Encoded, StreamListener, Trouble

CODECS: Final = {Kind.VIDEO: "VP8", Kind.AUDIO: "opus"}
CLOCK_RATES: Final = {Kind.VIDEO: 90_000, Kind.AUDIO: 48_000}
NEWCOMERS_EVERY_S: Final = 0.15
"""How often there is a keyframe while one after the other comes to watch."""
MAX_WAITING: Final = 16
"""Frames from a keyframe on that wait for a worker that starts."""


class EffectOwner(Protocol):
    """Who is told what becomes of an effect."""

    def on_state(self, source: EffectSource) -> None: ...

    def on_trouble(self, trouble: Trouble) -> None: ...

    def on_mended(self, effect_id: str) -> None: ...

    def on_cost(self, kind: Kind, cost: Cost) -> None: ...

    def on_emitted(self, name: str, kind: str, data: dict[str, object]) -> None: ...


class EffectSource(Fed):
    """A source: what comes out of the effects of one sound or picture. Fulfils `StreamListener`.

    Attributes:
        state: of the stream in its worker.
        size: width and height of its pictures.
        bitrate_bps: of the last second, payloads only.
        feed: where its packets go.
    """

    def __init__(
        self,
        kind: Kind,
        ingress: Ingress,
        chain: Sequence[Effect],
        counters: Counters,
        owner: EffectOwner,
        open_stream: Callable[[StreamListener], EffectStream],
        flush: Callable[[], None],
    ) -> None:
        """Begin with what an ingress receives.

        Args:
            kind: of the media.
            ingress: its first input; the others have the same codec.
            chain: what `open_stream` opens the stream with.
            counters: of the media plane.
            owner: told what becomes of it.
            open_stream: opens the stream.
            flush: lets packets leave that were sent on.

        Raises:
            TooManyEffects: as `open_stream` does.
        """
        self.kind = kind
        self.codec = CODECS[kind]
        self.clock_rate = CLOCK_RATES[kind]
        self.input_codec = ingress.codec
        self.state = StreamState.STARTING
        self.size: tuple[int, int] | None = None
        self.bitrate_bps = 0
        self.feed = Feed(self, kind, FORMATS[self.codec], counters)
        self._owner = owner
        self._flush = flush
        self._chain = tuple(chain)
        self._seq = random.randrange(1, 0x8000)
        self._came_at = self._asked_at = self._reported_at = self._measured_at = float("-inf")
        self._measured_octets = 0
        self._wants_keyframe = False
        self._reported: SenderReport | None = None
        self._closed = False
        self._waiting: list[AccessUnit] = []
        self._sent_at = self._outdated_at = float("-inf")
        self._begins_anew = False
        self._input = EffectInput(self._deliver)
        self._stream = open_stream(self)
        self._input.use(ingress)

    # As a source

    @property
    def active(self) -> bool:
        return time.monotonic() - self._came_at < ACTIVE_S

    @property
    def sender_report(self) -> SenderReport | None:
        return self._input.sender_report

    def request_keyframe(self) -> None:
        """Of our own encoder: the publisher is not asked."""
        if self.kind is Kind.VIDEO:
            self._wants_keyframe = True
            self._ask_for_keyframe(time.monotonic())

    # As its owner uses it

    @property
    def watched(self) -> bool:
        """Whether anybody gets it, or waits for it."""
        return bool(self.feed.attached or self.feed.waiting)

    @property
    def ingress(self) -> Ingress | None:
        return self._input.ingress

    def use(self, ingress: Ingress) -> None:
        """Take another input, of the same codec, from its next keyframe on."""
        self._input.use(ingress)

    def configure(self, chain: Sequence[Effect], gain_db: float) -> None:
        """Apply these effects from now on.

        When they hide more than before, what the worker has made until now does not leave: the last
        picture stays.
        """
        if hides_more(chain, self._chain):
            self._outdated_at = self._sent_at
            self._begins_anew = self.kind is Kind.VIDEO
            self.request_keyframe()
        self._chain = tuple(chain)
        self._stream.configure(chain, gain_db)

    def set_facts(self, name: str, speaking: bool, hand_raised: bool) -> None:
        self._stream.set_facts(name, speaking, hand_raised)

    def set_bitrate(self, bps: int) -> None:
        self._stream.set_bitrate(bps)

    def tick(self, now: float) -> None:
        """Every 50 ms."""
        self._hand_over()
        self._input.look(now)
        if self._wants_keyframe:
            self._ask_for_keyframe(now)
        report = self.sender_report
        if report != self._reported and now - self._reported_at >= REPORTS_EVERY_S:
            self._reported, self._reported_at = report, now
            for egress in self.feed.attached:
                egress.report(now)

    def measure(self, now: float) -> None:
        """Bring rate and counters up to date, about once a second."""
        octets, elapsed = self.feed.octets, now - self._measured_at
        if elapsed > 0:
            self.bitrate_bps = int(8 * (octets - self._measured_octets) / elapsed)
            self._measured_at, self._measured_octets = now, octets
        self.feed.count()

    async def close(self) -> None:
        """Send nothing more; what came can still be sent again."""
        self._closed = True
        self._input.close()
        self._waiting.clear()
        self.feed.count()
        await self._stream.close()

    # As a listener of its stream

    def on_frame(self, frame: Encoded) -> None:
        if self._closed or frame.at <= self._outdated_at or not frame.payloads:
            return
        if self._begins_anew and not frame.keyframe:
            return
        self._begins_anew = False
        self._came_at = time.monotonic()
        send_time = int(time.time() * 262_144) & 0xFFFFFF
        last = len(frame.payloads) - 1
        for n, payload in enumerate(frame.payloads):
            seq = self._seq = self._seq + 1 & 0xFFFF
            marker = 0x80 if n == last and self.kind is Kind.VIDEO else 0
            packet = Packet(seq, frame.timestamp, marker, payload, frame.at, send_time, frame.level)
            if n == 0 and (frame.keyframe or self.kind is Kind.AUDIO):
                self._begin(packet, frame)
            self.feed.push(*packet)
        self._flush()

    def on_keyframe_needed(self) -> None:
        self._input.request_keyframe()

    def on_state(self, state: StreamState) -> None:
        if self._closed:
            return
        self.state = state
        if state is StreamState.STARTING:
            self._input.request_keyframe()  # a worker that starts anew knows of nothing
        self._hand_over()
        self._owner.on_state(self)

    def on_trouble(self, trouble: Trouble) -> None:
        if not self._closed:
            self._owner.on_trouble(trouble)

    def on_mended(self, effect_id: str) -> None:
        if not self._closed:
            self._owner.on_mended(effect_id)

    def on_cost(self, cost: Cost) -> None:
        if not self._closed:
            self._owner.on_cost(self.kind, cost)

    def on_emitted(self, effect_id: str, name: str, kind: str, data: dict[str, object]) -> None:
        if not self._closed:
            self._owner.on_emitted(name, kind, data)

    # Inside

    def _deliver(self, unit: AccessUnit) -> bool:
        """Give a frame to the worker. While that starts, frames from a keyframe on wait for it."""
        if unit.keyframe:
            self._waiting.clear()
        if self._waiting:
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.clear()
                return False
            self._waiting.append(unit)
            self._hand_over()
            return True
        if self._send(unit):
            return True
        if unit.keyframe and self.state is StreamState.STARTING:
            self._waiting.append(unit)
            return True
        return False

    def _hand_over(self) -> None:
        while self._waiting:
            if not self._send(self._waiting[0]):
                return
            del self._waiting[0]

    def _send(self, unit: AccessUnit) -> bool:
        taken = self._stream.send(unit.parts, unit.timestamp, unit.at)
        if taken:
            self._sent_at = unit.at
        return taken

    def _begin(self, packet: Packet, frame: Encoded) -> None:
        """Something that can be decoded without what came before it begins with this packet."""
        if self.kind is Kind.VIDEO:
            self._wants_keyframe = False
            self.size = frame.width, frame.height
            if not self._follows(packet):
                self.feed.restart(packet)
        if self.feed.waiting:
            self.feed.start(packet)

    def _follows(self, packet: Packet) -> bool:
        """Whether its picture id is the next one: a worker that was started anew counts anew."""
        find, latest = FORMATS[self.codec].numbers, self.progress.latest
        if find is None or latest is None:
            return True
        before = find(latest.payload).picture_id(latest.payload)
        now = find(packet.payload).picture_id(packet.payload)
        return before is None or now is None or (now - before & 0x7FFF) == 1

    def _ask_for_keyframe(self, now: float) -> None:
        """Newcomers do not wait for long: it costs no publisher anything."""
        every_s = NEWCOMERS_EVERY_S if self.feed.waiting else KEYFRAMES_EVERY_S
        if now - self._asked_at >= every_s:
            self._asked_at = now
            self._stream.request_keyframe()
