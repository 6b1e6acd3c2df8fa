"""A store that forgets when the process ends: for tests, and for rooms that leave no trace."""

from collections.abc import Sequence

from rooms.events import ChatMessage, ChatSent, Event
from rooms.ids import ParticipantId, RoomId
from rooms.room import Room
from server.store.live import LiveRooms


class MemoryStore(LiveRooms):
    def __init__(self, max_chat_messages: int) -> None:
        super().__init__()
        self._max_chat_messages = max_chat_messages
        self._chat: dict[RoomId, dict[tuple[ParticipantId, str], ChatMessage]] = {}

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to release."""

    async def ping(self) -> None:
        """Memory always answers."""

    async def find_message(
        self, room_id: RoomId, sender: ParticipantId, client_id: str
    ) -> ChatMessage | None:
        return self._chat.get(room_id, {}).get((sender, client_id))

    async def chat(
        self,
        room_id: RoomId,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[list[ChatMessage], bool]:
        messages = list(self._chat.get(room_id, {}).values())
        if after is not None:
            found = [message for message in messages if message.seq > after]
            return found[:limit], len(found) > limit
        found = [message for message in messages if before is None or message.seq < before]
        return found[-limit:], len(found) > limit

    async def _keep(self, room: Room, events: Sequence[Event]) -> None:
        kept = self._chat.setdefault(room.id, {})
        for event in events:
            if isinstance(event, ChatSent):
                kept[event.message.sender, event.message.client_id] = event.message
        while len(kept) > self._max_chat_messages:
            del kept[next(iter(kept))]

    def _keep_later(self, room: Room) -> None:
        """Memory keeps it as it is."""

    async def _forget(self, room_id: RoomId) -> None:
        self._chat.pop(room_id, None)
