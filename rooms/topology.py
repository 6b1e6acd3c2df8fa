"""Who travels how. Decided for each publisher, by a pure function of the room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rooms.ids import ParticipantId
    from rooms.participant import Participant
    from rooms.room import Room


class Route(StrEnum):
    """How a publisher's media reaches the others.

    `DIRECT` goes from browser to browser and is end-to-end encrypted; `FORWARDED` goes to the
    server, which hands it on.
    """

    DIRECT = "direct"
    FORWARDED = "forwarded"


class Reason(StrEnum):
    """Why media is forwarded. When several hold, the first of this list is told."""

    EFFECT = "effect"
    GAIN = "gain"
    SOURCE = "source"
    RECORDED = "recorded"
    WATCHED = "watched"
    HOST = "host"
    CROWD = "crowd"
    UNREACHABLE = "unreachable"


OWN_REASONS: Final = frozenset(
    {Reason.EFFECT, Reason.GAIN, Reason.SOURCE, Reason.RECORDED, Reason.WATCHED}
)
"""Those that one participant has; the others come from the room."""


class MediaPolicy(StrEnum):
    """What the host wants: what fits, the server only where it must be, or always the server."""

    AUTO = "auto"
    MESH = "mesh"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class TopologyLimits:
    """What the server allows.

    Attributes:
        mesh_limit: with more participants who send something, everyone is forwarded.
        direct_after_s: how long a reason has to be gone before media goes direct again.
        forwarding: whether this server forwards at all.
    """

    mesh_limit: int = 4
    direct_after_s: float = 5.0
    forwarding: bool = True


def wanted(room: Room, limits: TopologyLimits) -> dict[ParticipantId, Reason | None]:
    """Why each participant's media should be forwarded just now; None for direct."""
    if not limits.forwarding:
        return dict.fromkeys(room.participants)
    shared = _reason_for_everyone(room, limits)
    alone = _in_unreachable_pairs(room)
    return {
        person.id: _own_reason(person)
        or shared
        or (Reason.UNREACHABLE if person.id in alone else None)
        for person in room.participants.values()
    }


def _own_reason(person: Participant) -> Reason | None:
    return next((reason for reason in Reason if reason in person.demands), None)


def _reason_for_everyone(room: Room, limits: TopologyLimits) -> Reason | None:
    if room.media is MediaPolicy.FORWARDED:
        return Reason.HOST
    publishers = sum(bool(person.tracks) for person in room.participants.values())
    if room.media is MediaPolicy.AUTO and publishers > limits.mesh_limit:
        return Reason.CROWD
    return None


def _in_unreachable_pairs(room: Room) -> frozenset[ParticipantId]:
    if room.media is MediaPolicy.MESH:
        return frozenset()
    return frozenset().union(*room.unreachable)
