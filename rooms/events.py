"""What happened in a room: one frozen value per fact, each with the room's sequence number."""

from dataclasses import dataclass
from enum import StrEnum

from rooms.effects import Effects
from rooms.ids import ParticipantId
from rooms.participant import Participant, Source, Track
from rooms.topology import MediaPolicy, Reason, Route


class LeaveReason(StrEnum):
    LEFT = "left"
    TIMED_OUT = "timed-out"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A stored chat message. `sent_at` is Unix time in seconds, as the server saw it."""

    seq: int
    client_id: str
    sender: ParticipantId
    name: str
    text: str
    sent_at: float


@dataclass(frozen=True, slots=True)
class ParticipantJoined:
    seq: int
    participant: Participant


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    seq: int
    participant_id: ParticipantId
    reason: LeaveReason


@dataclass(frozen=True, slots=True)
class ParticipantAway:
    seq: int
    participant_id: ParticipantId


@dataclass(frozen=True, slots=True)
class ParticipantReturned:
    seq: int
    participant: Participant


@dataclass(frozen=True, slots=True)
class TrackChanged:
    seq: int
    participant_id: ParticipantId
    track: Track


@dataclass(frozen=True, slots=True)
class TrackRemoved:
    seq: int
    participant_id: ParticipantId
    source: Source


@dataclass(frozen=True, slots=True)
class ChatSent:
    seq: int
    message: ChatMessage


@dataclass(frozen=True, slots=True)
class RoomUpdated:
    seq: int
    title: str
    capacity: int
    media: MediaPolicy


@dataclass(frozen=True, slots=True)
class RouteChanged:
    """How a participant's media travels from now on, or only why; `reason` is None for direct."""

    seq: int
    participant_id: ParticipantId
    route: Route
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class EffectsChanged:
    """Other filters are shown than before; `effects` is what everybody may know of them."""

    seq: int
    participant_id: ParticipantId
    effects: Effects


@dataclass(frozen=True, slots=True)
class GainChanged:
    seq: int
    participant_id: ParticipantId
    gain_db: float
    room_gain_db: float


@dataclass(frozen=True, slots=True)
class HandChanged:
    seq: int
    participant_id: ParticipantId
    raised: bool


Event = (
    ParticipantJoined
    | ParticipantLeft
    | ParticipantAway
    | ParticipantReturned
    | TrackChanged
    | TrackRemoved
    | ChatSent
    | RoomUpdated
    | RouteChanged
    | EffectsChanged
    | GainChanged
    | HandChanged
)
