"""What is made of one participant's microphone and camera before the others get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self, cast

from rooms.effect_shapes import CostShape
from rooms.effects import NO_EFFECTS, Effects
from rooms.messages import EffectCostFact, EffectMendedFact, EffectTroubleFact, FilterEmittedFact
from rooms.participant import Kind
from server.log import hash_id
from server.media.channel import Channel
from server.media.layers import Layer, suitable_bps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rooms.ids import ParticipantId
    from rooms.messages import Fact
    from rooms.participant import Participant
    from server.media.effect import EffectSource
    from server.media.ingress import Ingress
    from server.media.plane import Plane
    from server.media.source import Source
    from server.workers.streams import Cost, Trouble

RID: Final = "effect"
"""Names the only layer of an effect among those of cameras."""
NARROWEST: Final = 0.3
"""Of the rate that suits a picture: what is given to one subscriber is given to all, so the line of
one of them may not spoil it for the others."""
STEP: Final = 0.1
"""The least change of the rate, as a share of it, that is worth telling the encoder."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a participant wants done to what they send, and what filters may know of them.

    Attributes:
        covered: whether somebody else ended what hid the camera; see `Participant`.
        gain_db: all gains together.
    """

    effects: Effects = NO_EFFECTS
    gain_db: float = 0.0
    name: str = ""
    hand_raised: bool = False
    covered: bool = False

    @classmethod
    def of(cls, person: Participant) -> Self:
        gain_db = sum(person.gains_db)
        return cls(person.effects, gain_db, person.name, person.hand_raised, person.covered)

    @property
    def sounds(self) -> Effects:
        """Nobody hears a preview: its sound is made when it is shown."""
        return self.effects if self.effects.shown else NO_EFFECTS


class Stage(Protocol):
    """What it needs of its room."""

    def changed(self) -> None:
        """What the others, or the owner, get is another source now."""

    def tell(self, who: ParticipantId, fact: Fact) -> None: ...

    def tell_everyone(self, fact: Fact) -> None: ...

    def drop_effect(self, who: ParticipantId, effect_id: str) -> None:
        """It failed too often."""


class Processing:
    """The effects of one participant, as long as they publish. Fulfils `EffectOwner`."""

    def __init__(
        self, participant_id: ParticipantId, plane: Plane, treatment: Treatment, stage: Stage
    ) -> None:
        self._id = participant_id
        self._plane = plane
        self._stage = stage
        self._treatment = treatment
        self._speaking = False
        self._line_bps = float("inf")
        self._target_bps = 0
        self._costs: dict[Kind, Cost] = {}
        title = hash_id(participant_id)
        self._picture = Channel(Kind.VIDEO, title, plane, self)
        self._sound = Channel(Kind.AUDIO, title, plane, self)
        self._configure()

    # What is wanted

    def follow(self, treatment: Treatment) -> None:
        before, self._treatment = self._treatment, treatment
        if treatment != before:
            self._configure()

    def use(self, cameras: Sequence[tuple[Layer, Ingress | None]], sound: Ingress | None) -> None:
        """Take the best of what is being sent as the input."""
        best = self._picture.source.ingress if self._picture.source else None
        sent = [ingress for layer, ingress in cameras if ingress is not None and layer.active]
        known = [ingress for _, ingress in cameras if ingress is not None]
        if sent:
            best = sent[-1]
        elif best not in known:
            best = known[-1] if known else None
        if best is not None:
            self._picture.use(best)
        if sound is not None:
            self._sound.use(sound)

    def set_speaking(self, speaking: bool) -> None:
        if speaking != self._speaking:
            self._speaking = speaking
            self._tell_facts()

    def set_line(self, bps: float) -> None:
        """What the narrowest line to those who watch carries of it."""
        self._line_bps = bps

    # Who gets what

    @property
    def seen_by_owner(self) -> bool:
        """Whether the owner gets the picture as it has become."""
        return bool(self._treatment.effects.video)

    @property
    def has_picture(self) -> bool:
        """Whether the camera is needed here, whoever watches."""
        return self._picture.wanted

    def hides(self, kind: Kind) -> bool:
        """Whether nothing but the effect may go to the others, not even for a moment.

        Nor anything at all when the effect was ended by somebody else than its owner.
        """
        if kind is Kind.VIDEO and self._treatment.covered:
            return True
        effects = self._treatment.effects
        chain = effects.video if kind is Kind.VIDEO else effects.audio
        return effects.shown and any(effect.private for effect in chain)

    def cameras(
        self, bare: Sequence[tuple[Layer, Ingress | None]], *, own: bool
    ) -> list[tuple[Layer, Source | None]]:
        """The layers that the others get instead of the bare ones, or that the owner gets."""
        source, effects = self._picture.source, self._treatment.effects
        if own or self.hides(Kind.VIDEO):
            return [] if source is None else [_layer(source, bare)]
        if not effects.shown or not effects.video or source is None or self._picture.bypassed:
            return list(bare)
        return [_layer(source, bare)]

    def microphone(self, bare: Ingress | None) -> Source | None:
        """The sound that the others get instead of the bare one."""
        if not self._sound.wanted:
            return bare
        if self.hides(Kind.AUDIO):
            return self._sound.source
        return bare if self._sound.bypassed else self._sound.source

    def tick(self, now: float, count: int) -> None:
        self._picture.tick(now, count)
        self._sound.tick(now, count)
        if count % 20 == 0:
            self._tell_cost()
            self._choose_bitrate()

    async def close(self) -> None:
        await self._picture.close()
        await self._sound.close()

    # As the owner of its sources

    def on_state(self, source: EffectSource) -> None:
        self._stage.changed()

    def on_trouble(self, trouble: Trouble) -> None:
        fact = EffectTroubleFact(
            id=trouble.effect_id,
            filter=trouble.filter,
            title=trouble.title,
            kind=trouble.kind.value,
            message=trouble.message,
            file=trouble.file,
            line=trouble.line,
            off=trouble.off,
        )
        self._stage.tell(self._id, fact)
        if trouble.off and not self._is_private(trouble.effect_id):
            self._stage.drop_effect(self._id, trouble.effect_id)

    def on_mended(self, effect_id: str) -> None:
        self._stage.tell(self._id, EffectMendedFact(id=effect_id))

    def on_cost(self, kind: Kind, cost: Cost) -> None:
        self._costs[kind] = cost

    def on_emitted(self, name: str, kind: str, data: dict[str, object]) -> None:
        """What a filter has found is for those who see what it makes."""
        known = cast("Literal['detections', 'caption']", kind)
        fact = FilterEmittedFact(participant_id=self._id, filter=name, kind=known, data=data)
        if self._treatment.effects.shown:
            self._stage.tell_everyone(fact)
        else:
            self._stage.tell(self._id, fact)

    # Inside

    def _is_private(self, effect_id: str) -> bool:
        """Whether it hides something: without it all would be seen, so its owner takes it away."""
        effects = self._treatment.effects
        return any(e.private for e in (*effects.video, *effects.audio) if e.id == effect_id)

    def _configure(self) -> None:
        treatment = self._treatment
        self._picture.configure(treatment.effects.video)
        self._sound.configure(treatment.sounds.audio, treatment.gain_db)
        self._tell_facts()

    def _tell_facts(self) -> None:
        facts = self._treatment.name, self._speaking, self._treatment.hand_raised
        self._picture.set_facts(*facts)
        self._sound.set_facts(*facts)

    def _tell_cost(self) -> None:
        if self._costs:
            video, audio = self._costs.get(Kind.VIDEO), self._costs.get(Kind.AUDIO)
            self._costs = {}
            self._stage.tell(self._id, EffectCostFact(video=_shape(video), audio=_shape(audio)))

    def _choose_bitrate(self) -> None:
        """As much as suits the picture and the narrowest line."""
        source = self._picture.source
        if source is None or source.size is None:
            return
        suits = min(suitable_bps(*source.size), self._plane.max_effect_bps)
        target = int(min(suits, max(NARROWEST * suits, self._line_bps)))
        if abs(target - self._target_bps) > STEP * self._target_bps:
            self._target_bps = target
            self._picture.set_bitrate(target)


def _layer(
    source: EffectSource, bare: Sequence[tuple[Layer, Ingress | None]]
) -> tuple[Layer, Source | None]:
    size = source.size or max(((layer.width, layer.height) for layer, _ in bare), default=(0, 0))
    bps = source.bitrate_bps or suitable_bps(*size)
    return Layer(RID, *size, bps, source.active), source


def _shape(cost: Cost | None) -> CostShape | None:
    if cost is None:
        return None
    return CostShape(
        ms=cost.ms,
        filters=dict(cost.filters),
        dropped=cost.dropped,
        delay_ms=cost.delay_ms,
        fps=cost.fps,
        width=cost.width,
        height=cost.height,
        degraded=None if cost.degraded is None else cost.degraded.value,
        peak_dbfs=cost.peak_dbfs,
    )
