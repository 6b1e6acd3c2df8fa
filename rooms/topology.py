"""Who travels how. Decided for each publisher, by a pure function of the room."""

from enum import StrEnum

from rooms.ids import ParticipantId
from rooms.room import Room


class Route(StrEnum):
    """How a publisher's media reaches the others; `DIRECT` is end-to-end encrypted."""

    DIRECT = "direct"


def routes(room: Room) -> dict[ParticipantId, Route]:
    """The route of every participant's media: always straight to every other browser."""
    return dict.fromkeys(room.participants, Route.DIRECT)
