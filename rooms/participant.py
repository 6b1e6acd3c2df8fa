"""Who is in a room and what they send: values, replaced and never changed."""

from dataclasses import dataclass
from enum import StrEnum

from rooms.ids import ParticipantId
from rooms.permissions import ROLES, Permission, Role
from rooms.topology import Reason, Route


class Source(StrEnum):
    MICROPHONE = "microphone"
    CAMERA = "camera"


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


KINDS: dict[Source, Kind] = {Source.MICROPHONE: Kind.AUDIO, Source.CAMERA: Kind.VIDEO}


@dataclass(frozen=True, slots=True)
class Track:
    """One thing a participant sends. A muted track stays negotiated and sends nothing."""

    source: Source
    muted: bool

    @property
    def kind(self) -> Kind:
        return KINDS[self.source]


@dataclass(frozen=True, slots=True)
class Participant:
    """A person in a room.

    Attributes:
        generation: grows when the page was loaded anew: peers know their connections are dead.
        token_serial: the newest resume token handed out is for this serial.
        joined_at: Unix time in seconds.
        away_since: Unix time in seconds when the connection was lost; None while it is there.
        away_until: when the place in the room is given up; None while the connection is there.
        route_reason: why the media is forwarded; None while it is direct.
        direct_at: when it goes direct again, Unix time in seconds; None while nothing is planned.
        demands: the reasons of their own for which this participant's media has to be forwarded.
    """

    id: ParticipantId
    name: str
    role: Role
    joined_at: float
    generation: int = 1
    token_serial: int = 1
    tracks: tuple[Track, ...] = ()
    away_since: float | None = None
    away_until: float | None = None
    route: Route = Route.DIRECT
    route_reason: Reason | None = None
    direct_at: float | None = None
    demands: frozenset[Reason] = frozenset()

    @property
    def here(self) -> bool:
        return self.away_since is None

    @property
    def permissions(self) -> frozenset[Permission]:
        return ROLES[self.role]
