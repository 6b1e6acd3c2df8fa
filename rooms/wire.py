"""From the domain to the wire: events to facts, rooms to snapshots."""

from collections.abc import Iterable

from rooms.effect_shapes import (
    ChoiceShape,
    EffectShape,
    EffectsShape,
    FilterErrorShape,
    FilterShape,
    ParamShape,
)
from rooms.effects import Effect, Effects, FilterError, FilterInfo, ParamInfo
from rooms.events import (
    ChatMessage,
    ChatSent,
    EffectsChanged,
    Event,
    GainChanged,
    HandChanged,
    ParticipantAway,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantReturned,
    RoomUpdated,
    RouteChanged,
    TrackChanged,
    TrackRemoved,
)
from rooms.messages import (
    ChatSentFact,
    EffectsChangedFact,
    Fact,
    GainChangedFact,
    HandChangedFact,
    ParticipantAwayFact,
    ParticipantJoinedFact,
    ParticipantLeftFact,
    ParticipantReturnedFact,
    RoomUpdatedFact,
    RouteChangedFact,
    TrackChangedFact,
    TrackRemovedFact,
)
from rooms.participant import Participant, Track
from rooms.room import Room
from rooms.shapes import (
    ChatMessageShape,
    ParticipantShape,
    ReasonName,
    RoomInfo,
    ShownEffect,
    TrackShape,
)
from rooms.topology import Reason


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def track_shape(track: Track) -> TrackShape:
    return TrackShape(source=track.source.value, kind=track.kind.value, muted=track.muted)


def participant_shape(participant: Participant, now: float) -> ParticipantShape:
    away_s = 0.0 if participant.away_since is None else max(0.0, now - participant.away_since)
    return ParticipantShape(
        id=participant.id,
        name=participant.name,
        role=participant.role.value,
        generation=participant.generation,
        presence="here" if participant.here else "reconnecting",
        away_s=round(away_s, 1),
        joined_at=milliseconds(participant.joined_at),
        route=participant.route.value,
        route_reason=_name(participant.route_reason),
        tracks=[track_shape(track) for track in participant.tracks],
        effects=shown_effects(participant.effects),
        gain_db=participant.gain_db,
        room_gain_db=participant.room_gain_db,
        hand_raised=participant.hand_raised,
    )


def participant_shapes(room: Room, now: float) -> list[ParticipantShape]:
    return [participant_shape(person, now) for person in room.participants.values()]


def room_info(room: Room) -> RoomInfo:
    return RoomInfo(id=room.id, title=room.title, capacity=room.capacity, media=room.media.value)


def chat_shape(message: ChatMessage) -> ChatMessageShape:
    return ChatMessageShape(
        seq=message.seq,
        client_id=message.client_id,
        sender=message.sender,
        name=message.name,
        text=message.text,
        sent_at=milliseconds(message.sent_at),
    )


def shown_effects(effects: Effects) -> list[ShownEffect]:
    """What others may know of somebody's effects."""
    seen = effects.as_seen
    return [
        *(ShownEffect(filter=e.filter, title=e.title, kind="video") for e in seen.video),
        *(ShownEffect(filter=e.filter, title=e.title, kind="audio") for e in seen.audio),
    ]


def effects_shape(effects: Effects) -> EffectsShape:
    """All of them, for their owner."""
    return EffectsShape(
        video=[_effect_shape(effect) for effect in effects.video],
        audio=[_effect_shape(effect) for effect in effects.audio],
        shown=effects.shown,
    )


def _effect_shape(effect: Effect) -> EffectShape:
    return EffectShape(
        id=effect.id, filter=effect.filter, title=effect.title, params=dict(effect.params)
    )


def filter_shape(info: FilterInfo) -> FilterShape:
    return FilterShape(
        name=info.name,
        title=info.title,
        kind=info.kind.value,
        category=info.category,
        description=info.description,
        private=info.private,
        origin=info.origin.value,
        file=info.file,
        broken=info.broken,
        error=_filter_error_shape(info.error),
        params=[_param_shape(param) for param in info.params],
    )


def _filter_error_shape(error: FilterError | None) -> FilterErrorShape | None:
    return None if error is None else FilterErrorShape(message=error.message, line=error.line)


def _param_shape(param: ParamInfo) -> ParamShape:
    return ParamShape(
        name=param.name,
        title=param.title,
        kind=param.kind.value,
        default=param.default,
        low=param.low,
        high=param.high,
        step=param.step,
        whole=param.whole,
        unit=param.unit,
        choices=[ChoiceShape(value=value, title=title) for value, title in param.choices],
    )


def _name(reason: Reason | None) -> ReasonName | None:
    return None if reason is None else reason.value


def facts(room: Room, events: Iterable[Event], now: float) -> list[Fact]:
    """The facts that tell a room's events, in the same order."""
    return [_fact(room, event, now) for event in events]


def _fact(room: Room, event: Event, now: float) -> Fact:
    match event:
        case ParticipantJoined(seq, participant):
            shape = participant_shape(participant, now)
            return ParticipantJoinedFact(seq=seq, participant=shape)
        case ParticipantReturned(seq, participant):
            shape = participant_shape(participant, now)
            return ParticipantReturnedFact(seq=seq, participant=shape)
        case ParticipantLeft(seq, participant_id, reason):
            return ParticipantLeftFact(seq=seq, participant_id=participant_id, reason=reason.value)
        case ParticipantAway(seq, participant_id):
            return ParticipantAwayFact(seq=seq, participant_id=participant_id)
        case TrackChanged(seq, participant_id, track):
            return TrackChangedFact(
                seq=seq, participant_id=participant_id, track=track_shape(track)
            )
        case TrackRemoved(seq, participant_id, source):
            return TrackRemovedFact(seq=seq, participant_id=participant_id, source=source.value)
        case ChatSent(seq, message):
            return ChatSentFact(seq=seq, message=chat_shape(message))
        case RoomUpdated(seq, title, capacity, media):
            info = RoomInfo(id=room.id, title=title, capacity=capacity, media=media.value)
            return RoomUpdatedFact(seq=seq, room=info)
        case RouteChanged(seq, participant_id, route, reason):
            return RouteChangedFact(
                seq=seq,
                participant_id=participant_id,
                route=route.value,
                reason=_name(reason),
            )
        case EffectsChanged(seq, participant_id, effects):
            shown = shown_effects(effects)
            return EffectsChangedFact(seq=seq, participant_id=participant_id, effects=shown)
        case GainChanged(seq, participant_id, gain_db, room_gain_db):
            return GainChangedFact(
                seq=seq, participant_id=participant_id, gain_db=gain_db, room_gain_db=room_gain_db
            )
        case HandChanged(seq, participant_id, raised):
            return HandChangedFact(seq=seq, participant_id=participant_id, raised=raised)
