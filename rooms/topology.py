"""Who travels how. Decided for each publisher, by a pure function of the room."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


MAX_UNREACHABLE_PAIRS: Final = 1024


class MediaPolicy(StrEnum):
    """What the host wants: what fits, the server only where it must be, always, or never."""

    AUTO = "auto"
    MESH = "mesh"
    FORWARDED = "forwarded"
    PRIVATE = "private"


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
    if not _may_forward(room, limits):
        return dict.fromkeys(room.participants)
    shared = _reason_for_everyone(room, limits)
    alone = _in_unreachable_pairs(room)
    return {
        person.id: _own_reason(person)
        or shared
        or (Reason.UNREACHABLE if person.id in alone else None)
        for person in room.participants.values()
    }


def settled(room: Room, limits: TopologyLimits, now: float) -> list[Participant]:
    """Those whose route, its reason or its planned end follows from what the room is now.

    Forwarding takes effect at once. Going back to direct waits until there was no reason for
    `direct_after_s`, but not where nothing may be forwarded.
    """
    wait_s = limits.direct_after_s if _may_forward(room, limits) else None
    people = room.participants
    after = (_settled(people[who], why, wait_s, now) for who, why in wanted(room, limits).items())
    return [person for person in after if person != people[person.id]]


def _settled(
    before: Participant, reason: Reason | None, wait_s: float | None, now: float
) -> Participant:
    if reason is not None:
        if (before.route_reason, before.direct_at) == (reason, None):
            return before
        return replace(before, route=Route.FORWARDED, route_reason=reason, direct_at=None)
    if before.route is Route.DIRECT:
        return before
    if wait_s is not None:
        direct_at = now + wait_s if before.direct_at is None else before.direct_at
        if now < direct_at:
            return replace(before, direct_at=direct_at)
    return replace(before, route=Route.DIRECT, route_reason=None, direct_at=None)


def _may_forward(room: Room, limits: TopologyLimits) -> bool:
    return limits.forwarding and room.media is not MediaPolicy.PRIVATE


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


def with_pair(
    known: frozenset[frozenset[ParticipantId]], pair: frozenset[ParticipantId]
) -> frozenset[frozenset[ParticipantId]]:
    """The pairs and one more; over the limit only one with somebody who is in none yet."""
    if len(known) < MAX_UNREACHABLE_PAIRS or not pair <= frozenset().union(*known):
        return known | {pair}
    return known
