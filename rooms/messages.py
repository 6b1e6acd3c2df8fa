"""What the server says: one model per fact and answer, as `docs/protocol.md` documents them."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from rooms.effect_shapes import CostShape, EffectsShape, FilterShape
from rooms.shapes import (
    Candidate,
    ChatMessageShape,
    ParticipantShape,
    ReasonName,
    RoomInfo,
    RouteName,
    ShownEffect,
    SourceName,
    StreamShape,
    TrackShape,
    Wire,
)


class Fact(Wire):
    """Something that happened; `event` is its name on the wire."""

    event: ClassVar[str]


class ParticipantJoinedFact(Fact):
    event = "participant-joined"
    seq: int
    participant: ParticipantShape


class ParticipantLeftFact(Fact):
    event = "participant-left"
    seq: int
    participant_id: str
    reason: Literal["left", "timed-out"]


class ParticipantAwayFact(Fact):
    event = "participant-away"
    seq: int
    participant_id: str


class ParticipantReturnedFact(Fact):
    event = "participant-returned"
    seq: int
    participant: ParticipantShape


class TrackChangedFact(Fact):
    event = "track-changed"
    seq: int
    participant_id: str
    track: TrackShape


class TrackRemovedFact(Fact):
    event = "track-removed"
    seq: int
    participant_id: str
    source: SourceName


class ChatSentFact(Fact):
    event = "chat-sent"
    seq: int
    message: ChatMessageShape


class RoomUpdatedFact(Fact):
    event = "room-updated"
    seq: int
    room: RoomInfo


class RouteChangedFact(Fact):
    event = "route-changed"
    seq: int
    participant_id: str
    route: RouteName
    reason: ReasonName | None


class EffectsChangedFact(Fact):
    event = "effects-changed"
    seq: int
    participant_id: str
    effects: list[ShownEffect]


class GainChangedFact(Fact):
    event = "gain-changed"
    seq: int
    participant_id: str
    gain_db: float
    room_gain_db: float


class HandChangedFact(Fact):
    event = "hand-changed"
    seq: int
    participant_id: str
    raised: bool


class DescriptionSentFact(Fact):
    event = "description-sent"
    sender: str = Field(serialization_alias="from")
    generation: int
    type: Literal["offer", "answer"]
    sdp: str


class CandidatesSentFact(Fact):
    event = "candidates-sent"
    sender: str = Field(serialization_alias="from")
    generation: int
    candidates: list[Candidate]


class TokenRenewedFact(Fact):
    event = "token-renewed"
    token: str
    ice_servers: list[dict[str, Any]]


class SessionEndedFact(Fact):
    event = "session-ended"
    code: Literal["superseded", "flooding", "too-many-invalid", "not-joined-in-time"]
    message: str


class SubscriptionOfferedFact(Fact):
    event = "subscription-offered"
    session: str
    number: int
    sdp: str
    streams: list[StreamShape]


class StreamsChangedFact(Fact):
    event = "streams-changed"
    session: str
    streams: list[StreamShape]


class LayersWantedFact(Fact):
    event = "layers-wanted"
    session: str
    rids: list[str]


class PublishAgainFact(Fact):
    event = "publish-again"
    session: str


class PublishLostFact(Fact):
    event = "publish-lost"
    session: str


class SubscriptionLostFact(Fact):
    event = "subscription-lost"
    session: str


class PathTakenFact(Fact):
    event = "path-taken"
    participant_id: str
    route: RouteName


class SpeakerChangedFact(Fact):
    event = "speaker-changed"
    participant_id: str | None


class EffectsSetFact(Fact):
    event = "effects-set"
    effects: EffectsShape


class EffectTroubleFact(Fact):
    event = "effect-trouble"
    id: str
    filter: str
    title: str
    kind: Literal["error", "slow", "crash", "memory", "broken-file"]
    message: str
    file: str | None
    line: int | None
    off: bool


class EffectMendedFact(Fact):
    event = "effect-mended"
    id: str


class EffectCostFact(Fact):
    event = "effect-cost"
    video: CostShape | None
    audio: CostShape | None


class FilterEmittedFact(Fact):
    event = "filter-emitted"
    participant_id: str
    filter: str
    kind: Literal["detections", "caption"]
    data: dict[str, Any]


class FiltersChangedFact(Fact):
    event = "filters-changed"


FACTS: dict[str, type[Fact]] = {
    model.event: model
    for model in (
        ParticipantJoinedFact,
        ParticipantLeftFact,
        ParticipantAwayFact,
        ParticipantReturnedFact,
        TrackChangedFact,
        TrackRemovedFact,
        ChatSentFact,
        RoomUpdatedFact,
        RouteChangedFact,
        EffectsChangedFact,
        GainChangedFact,
        HandChangedFact,
        DescriptionSentFact,
        CandidatesSentFact,
        TokenRenewedFact,
        SessionEndedFact,
        SubscriptionOfferedFact,
        StreamsChangedFact,
        LayersWantedFact,
        PublishAgainFact,
        PublishLostFact,
        SubscriptionLostFact,
        PathTakenFact,
        SpeakerChangedFact,
        EffectsSetFact,
        EffectTroubleFact,
        EffectMendedFact,
        EffectCostFact,
        FilterEmittedFact,
        FiltersChangedFact,
    )
}


# Answers


class Snapshot(Wire):
    """The answer to `join`, and to a `resume` that needs the whole room."""

    kind: Literal["snapshot"] = "snapshot"
    self_id: str = Field(serialization_alias="self")
    room: RoomInfo
    participants: list[ParticipantShape]
    permissions: list[str]
    ice_servers: list[dict[str, Any]]
    token: str
    resume_grace_s: float
    seq: int
    chat: list[ChatMessageShape]
    chat_more: bool
    forwarding: bool
    effects: EffectsShape


class Missed(Wire):
    """The answer to a `resume` that needs only the facts since `since`."""

    kind: Literal["missed"] = "missed"
    facts: list[dict[str, Any]]
    permissions: list[str]
    ice_servers: list[dict[str, Any]]
    token: str
    resume_grace_s: float
    seq: int
    forwarding: bool
    effects: EffectsShape


class ChatStored(Wire):
    message: ChatMessageShape


class ChatPage(Wire):
    messages: list[ChatMessageShape]
    more: bool


class RoomChanged(Wire):
    room: RoomInfo


class Published(Wire):
    sdp: str


class EffectsTaken(Wire):
    effects: EffectsShape


class FilterList(Wire):
    filters: list[FilterShape]


class FilterPictures(Wire):
    """Small JPEGs in base64, by the name of the filter."""

    pictures: dict[str, str]


class PictureAdded(Wire):
    picture: str
