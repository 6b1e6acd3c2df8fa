"""The effects of one participant's picture, or of their sound: a worker's stream, when needed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from rooms.errors import RoomError
from server.media.effect import EffectSource
from server.workers.streams import StreamSpec, StreamState, Trouble, TroubleKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rooms.effects import Effect
    from rooms.participant import Kind
    from server.media.effect import EffectOwner
    from server.media.ingress import Ingress
    from server.media.plane import Plane

LEAVES_WITHIN_S: Final = 2.0
"""How long a source that nobody wants any more goes on, until what replaces it has a keyframe."""
TRY_AGAIN_S: Final = 2.0


class Channel:
    """Has a source while there is something to do and something comes in.

    Attributes:
        source: what comes out; None while there is none.
    """

    def __init__(self, kind: Kind, title: str, plane: Plane, owner: EffectOwner) -> None:
        self.kind = kind
        self.source: EffectSource | None = None
        self._title = title
        self._plane = plane
        self._owner = owner
        self._chain: tuple[Effect, ...] = ()
        self._gain_db = 0.0
        self._facts: tuple[str, bool, bool] | None = None
        self._bitrate_bps = 0
        self._ingress: Ingress | None = None
        self._leaving: list[tuple[EffectSource, float]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._try_at = float("-inf")
        self._refused: str | None = None

    @property
    def wanted(self) -> bool:
        return bool(self._chain) or self._gain_db != 0.0

    @property
    def bypassed(self) -> bool:
        """Whether the bare source is all there is to show."""
        return self.source is None or self.source.state is StreamState.BYPASSED

    def configure(self, chain: Sequence[Effect], gain_db: float = 0.0) -> None:
        if (tuple(chain), gain_db) == (self._chain, self._gain_db):
            return
        self._chain, self._gain_db = tuple(chain), gain_db
        if self.wanted and self.source is not None:
            self.source.configure(self._chain, gain_db)
        self._settle(time.monotonic())

    def use(self, ingress: Ingress | None) -> None:
        """Take this as the input; None when nothing has come yet."""
        if ingress is self._ingress:
            return
        self._ingress = ingress
        self._settle(time.monotonic())

    def set_facts(self, name: str, speaking: bool, hand_raised: bool) -> None:
        if self._facts != (name, speaking, hand_raised):
            self._facts = name, speaking, hand_raised
            if self.source is not None:
                self.source.set_facts(*self._facts)

    def set_bitrate(self, bps: int) -> None:
        if self._bitrate_bps != bps:
            self._bitrate_bps = bps
            if self.source is not None:
                self.source.set_bitrate(bps)

    def tick(self, now: float, count: int) -> None:
        """Every 50 ms, with a number that grows by one each time."""
        for source in self._sources():
            source.tick(now)
            if count % 20 == 0:
                source.measure(now)
        for source, until in list(self._leaving):
            if not source.watched or now > until:
                self._leaving.remove((source, until))
                self._end(source)
        if self.source is None and now >= self._try_at:
            self._settle(now)

    async def close(self) -> None:
        for source in self._sources():
            self._end(source)
        self.source, self._ingress, self._chain, self._gain_db = None, None, (), 0.0
        self._leaving.clear()
        if self._closing:
            await asyncio.wait(self._closing)

    def _sources(self) -> list[EffectSource]:
        return [*([self.source] if self.source else []), *(source for source, _ in self._leaving)]

    def _settle(self, now: float) -> None:
        """Have a source for the present input, or let go of the one there is."""
        source, ingress = self.source, self._ingress
        if source is not None and (
            not self.wanted or (ingress is not None and ingress.codec != source.input_codec)
        ):
            self._leaving.append((source, now + LEAVES_WITHIN_S))
            self.source = source = None
        if not self.wanted or ingress is None:
            return
        if source is None:
            source = self.source = self._take_back(ingress) or self._open(ingress, now)
        if source is not None:
            source.use(ingress)

    def _take_back(self, ingress: Ingress) -> EffectSource | None:
        """One that was about to end is wanted again."""
        for source, until in self._leaving:
            if source.input_codec == ingress.codec:
                self._leaving.remove((source, until))
                source.configure(self._chain, self._gain_db)
                return source
        return None

    def _open(self, ingress: Ingress, now: float) -> EffectSource | None:
        engine = self._plane.effects
        if engine is None:
            return None
        longer, shorter = self._plane.picture_limits
        spec = StreamSpec(self.kind, ingress.codec, self._title, longer, shorter)
        chain, gain_db = self._chain, self._gain_db
        try:
            source = EffectSource(
                self.kind,
                ingress,
                chain,
                self._plane.counters,
                self._owner,
                lambda listener: engine.open(spec, chain, listener, gain_db),
                self._plane.flush,
            )
        except RoomError as error:
            self._try_at = now + TRY_AGAIN_S
            self._refuse(error)
            return None
        if self._facts is not None:
            source.set_facts(*self._facts)
        if self._bitrate_bps:
            source.set_bitrate(self._bitrate_bps)
        if self._refused is not None:
            self._owner.on_mended(self._refused)
            self._refused = None
        return source

    def _refuse(self, error: RoomError) -> None:
        """Tell the owner once; it is tried again."""
        if self._refused is None and self._chain:
            first = self._chain[0]
            self._refused = first.id
            trouble = Trouble(first.id, first.filter, first.title, TroubleKind.SLOW, str(error))
            self._owner.on_trouble(trouble)

    def _end(self, source: EffectSource) -> None:
        task = asyncio.create_task(source.close(), name="effect-close")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
