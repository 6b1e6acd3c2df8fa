"""A publisher with an effect that a test works by hand, and a subscriber who gets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rooms.participant import Kind
from server.media.effect import EffectSource
from server.workers.streams import Cost, StreamSpec, StreamState, Trouble
from tests.support.effect_streams import HandEngine, HandStream

if TYPE_CHECKING:
    from rooms.effects import Effect
    from tests.support.media_packets import Rtp
    from tests.support.media_scenes import Call


@dataclass
class Owner:
    """Remembers what it is told."""

    states: list[StreamState] = field(default_factory=list)
    told: list[object] = field(default_factory=list)

    def on_state(self, source: EffectSource) -> None:
        self.states.append(source.state)

    def on_trouble(self, trouble: Trouble) -> None:
        self.told.append(trouble)

    def on_mended(self, effect_id: str) -> None:
        self.told.append(effect_id)

    def on_cost(self, kind: Kind, cost: Cost) -> None:
        self.told.append((kind, cost))

    def on_emitted(self, name: str, kind: str, data: dict[str, object]) -> None:
        self.told.append((name, kind, data))


class Act:
    """A call of one publisher and one subscriber, and an effect on what is published."""

    def __init__(self, call: Call, *chain: Effect, kind: Kind = Kind.VIDEO) -> None:
        self.call = call
        self.owner = Owner()
        self.engine = HandEngine()
        source = call.stage.source()
        spec = StreamSpec(kind, source.codec, "title")
        self.source = EffectSource(
            kind,
            source,
            chain,
            call.net.counters,
            self.owner,
            lambda listener: self.engine.open(spec, chain, listener),
            lambda: None,
        )

    @property
    def stream(self) -> HandStream:
        return self.engine.stream

    def begin(self) -> None:
        """The worker runs, the subscriber gets its first picture."""
        self.stream.run()
        self.call.sender.frame(keyframe=True)
        assert self.call.egress.attach(self.source)
        self.stream.give(keyframe=True)

    def frames(self, count: int) -> None:
        """So many frames go in, and come out again."""
        for _ in range(count):
            self.call.sender.frame()
            self.stream.give()

    def got(self) -> list[Rtp]:
        return self.call.end.packets()
