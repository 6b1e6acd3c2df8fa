"""Who is in a room and what they send: values, replaced and never changed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from rooms.effects import NO_EFFECTS, Effects
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


def by_source(tracks: Iterable[Track]) -> tuple[Track, ...]:
    """At most one track per source, the last one said, in a fixed order."""
    latest = {track.source: track for track in tracks}
    return tuple(latest[source] for source in Source if source in latest)


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
        gain_db: what they changed their own volume by, in decibels; 0 leaves it as it is.
        covered: whether effects that hid the camera were ended by somebody else: the server lets
            nobody have it until its owner has chosen effects again, or that there are none.
        room_gain_db: what a host changed it by for the whole room; both add up.
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
    effects: Effects = NO_EFFECTS
    gain_db: float = 0.0
    room_gain_db: float = 0.0
    hand_raised: bool = False
    covered: bool = False

    @property
    def here(self) -> bool:
        return self.away_since is None

    @property
    def gains_db(self) -> tuple[float, float]:
        """The own gain and the room's."""
        return self.gain_db, self.room_gain_db

    @property
    def permissions(self) -> frozenset[Permission]:
        return ROLES[self.role]

    def with_demand(self, reason: Reason, on: bool) -> Self:
        demands = self.demands | {reason} if on else self.demands - {reason}
        return self if demands == self.demands else replace(self, demands=demands)

    def with_effects(self, effects: Effects) -> Self:
        """As its owner chooses them.

        Only what others shall get needs the server for them: a preview demands nothing.
        """
        chosen = replace(self, effects=effects, covered=False)
        return chosen.with_demand(Reason.EFFECT, effects.shown)

    def without_effects(self) -> Self:
        """As somebody else ends effects: what these hid stays unseen."""
        hidden = self.effects.shown and self.effects.private
        return replace(self.with_effects(NO_EFFECTS), covered=self.covered or hidden)

    def with_gains(self, gain_db: float, room_gain_db: float) -> Self:
        changed = replace(self, gain_db=gain_db, room_gain_db=room_gain_db)
        return changed.with_demand(Reason.GAIN, sum(changed.gains_db) != 0.0)
