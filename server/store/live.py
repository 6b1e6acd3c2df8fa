"""What the stores share: rooms in memory, changed one at a time, stored before they are told."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from weakref import WeakValueDictionary

from rooms.errors import RoomExists, RoomNotFound
from rooms.events import ChatMessage, ChatSent, Event
from rooms.ids import ParticipantId, RoomId
from rooms.room import Room
from server.store.protocol import Change, Condition, DuplicateMessage, Tell, always


class LiveRooms(ABC):
    """The rooms of this process. Subclasses say how a room, its chat and its end are kept."""

    def __init__(self) -> None:
        self._rooms: dict[RoomId, Room] = {}
        self._locks: WeakValueDictionary[RoomId, asyncio.Lock] = WeakValueDictionary()

    async def create(self, room: Room) -> None:
        async with self._lock(room.id):
            if room.id in self._rooms:
                raise RoomExists
            await self._keep(room, [])
            self._rooms[room.id] = room

    async def get(self, room_id: RoomId) -> Room:
        try:
            return self._rooms[room_id]
        except KeyError:
            raise RoomNotFound from None

    async def update(
        self,
        room_id: RoomId,
        change: Change,
        tell: Tell | None = None,
        *,
        lazily: bool = False,
    ) -> Room:
        if room_id not in self._rooms:
            raise RoomNotFound
        async with self._lock(room_id):
            draft = (await self.get(room_id)).copy()
            events = change(draft)
            if not events and draft == self._rooms[room_id]:
                return draft
            await self._refuse_duplicates(room_id, events)
            await _whole(self._settle(draft, events, tell, lazily and not events))
            return draft

    async def delete(self, room_id: RoomId, only_if: Condition = always) -> None:
        async with self._lock(room_id):
            room = self._rooms.get(room_id)
            if room is not None and only_if(room):
                await self._forget(room_id)
                del self._rooms[room_id]

    async def rooms(self) -> Sequence[Room]:
        return list(self._rooms.values())

    def count(self) -> int:
        return len(self._rooms)

    def _lock(self, room_id: RoomId) -> asyncio.Lock:
        return self._locks.setdefault(room_id, asyncio.Lock())

    async def _settle(
        self, draft: Room, events: Sequence[Event], tell: Tell | None, lazily: bool
    ) -> None:
        if lazily:
            self._keep_later(draft)
        else:
            await self._keep(draft, events)
        self._rooms[draft.id] = draft
        if tell is not None:
            await tell(draft, events)

    async def _refuse_duplicates(self, room_id: RoomId, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, ChatSent):
                message = event.message
                stored = await self.find_message(room_id, message.sender, message.client_id)
                if stored is not None:
                    raise DuplicateMessage(stored)

    @abstractmethod
    async def _keep(self, room: Room, events: Sequence[Event]) -> None:
        """Store the room, and the chat among the events."""

    @abstractmethod
    def _keep_later(self, room: Room) -> None:
        """Store the room as it is within a second, with what changes until then."""

    @abstractmethod
    async def _forget(self, room_id: RoomId) -> None:
        """Remove the room and its chat from where it is kept."""

    @abstractmethod
    async def find_message(
        self, room_id: RoomId, sender: ParticipantId, client_id: str
    ) -> ChatMessage | None: ...


async def _whole(work: Coroutine[object, object, None]) -> None:
    """Let work finish although the caller is cancelled, before the caller lets go of the room.

    Somebody whose connection ends while their change is being written must not tear the telling
    from the writing, or let the next change overtake it.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
