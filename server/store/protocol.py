"""What the server needs of a room store. One suite of tests holds every store to it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from rooms.errors import InternalError, RoomError
from rooms.events import ChatMessage, Event
from rooms.ids import ParticipantId, RoomId
from rooms.room import Room

Change = Callable[[Room], Sequence[Event]]
Condition = Callable[[Room], bool]
Tell = Callable[[Room, Sequence[Event]], Awaitable[None]]


def always(room: Room) -> bool:
    """The condition that every room meets."""
    return True


class DuplicateMessage(RoomError):
    """The chat message was stored before; `stored` is what to answer with."""

    def __init__(self, stored: ChatMessage) -> None:
        super().__init__("This message was stored before.")
        self.stored = stored


class StoreClosed(InternalError):
    """The store is closing: nothing more is written."""


class StoreFailing(InternalError):
    """The last write failed a moment ago."""


class RoomStore(Protocol):
    """Rooms and their chat.

    Changes of one room happen one after the other. A change is visible, and is told, only after it
    is stored, unless it was made lazily; one that raises leaves nothing behind.
    """

    async def open(self) -> None:
        """Make the store ready. Rooms of an earlier run are there afterwards."""

    async def close(self) -> None:
        """Write what is accepted, then release everything. Safe to call twice."""

    async def ping(self) -> None:
        """Raise unless the store answers."""

    async def create(self, room: Room) -> None:
        """Raises RoomExists: the id is taken."""

    async def get(self, room_id: RoomId) -> Room:
        """The room as it is now, to read and not to change. Raises RoomNotFound."""

    async def update(
        self,
        room_id: RoomId,
        change: Change,
        tell: Tell | None = None,
        *,
        lazily: bool = False,
    ) -> Room:
        """Change a room.

        Args:
            room_id: the room.
            change: gets a draft, changes it and answers with what happened. It may raise, and then
                nothing has happened. One that changes nothing ends here.
            tell: called with the changed room and the events, of which there may be none, before
                the next change of this room.
            lazily: a change without events may be stored up to a second later, with those that
                follow: for what changes many times a second. A crash may lose it.

        Raises:
            RoomNotFound: there is no such room.
            DuplicateMessage: the sender's chat message with this client id is stored already.
        """

    async def delete(self, room_id: RoomId, only_if: Condition = always) -> None:
        """Forget a room and its chat if it is there and still as `only_if` wants it."""

    async def rooms(self) -> Sequence[Room]:
        """Every room as it is now, to read and not to change."""

    def count(self) -> int:
        """How many rooms there are."""

    async def find_message(
        self, room_id: RoomId, sender: ParticipantId, client_id: str
    ) -> ChatMessage | None:
        """The message that this sender sent under this client id, if it is stored."""

    async def chat(
        self,
        room_id: RoomId,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[list[ChatMessage], bool]:
        """Messages in order of `seq`, and whether there are more in the direction asked for.

        With `after` the oldest after it, with `before` the newest before it, else the newest.
        """
