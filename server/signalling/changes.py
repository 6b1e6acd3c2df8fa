"""The one way to change a room: routes follow from it, then it is stored, then it is told."""

import time
from collections.abc import Sequence

from rooms.events import Event
from rooms.ids import RoomId
from rooms.room import Room
from rooms.topology import TopologyLimits
from server.signalling.presence import Presence
from server.store import RoomStore
from server.store.protocol import Change, Tell


class Changes:
    """Changes rooms of a store and tells those who are here.

    Args:
        store: keeps the rooms.
        presence: tells what happened.
        limits: what the server allows of routes.
    """

    def __init__(self, store: RoomStore, presence: Presence, limits: TopologyLimits) -> None:
        self._store = store
        self._presence = presence
        self.limits = limits

    async def make(
        self,
        room_id: RoomId,
        change: Change,
        tell: Tell | None = None,
        *,
        lazily: bool = False,
    ) -> Room:
        """Change a room as `RoomStore.update` does, with the routes that follow from the change.

        Args:
            room_id: the room.
            change: as for `RoomStore.update`.
            tell: instead of telling everybody who is here, and the media plane.
            lazily: as for `RoomStore.update`.

        Returns:
            The room. Whatever is sent before the next wait comes before the room's next change.
        """

        def with_routes(room: Room) -> Sequence[Event]:
            return [*change(room), *room.settle_routes(self.limits, time.time())]

        return await self._store.update(
            room_id, with_routes, tell or self._presence.tell, lazily=lazily
        )

    async def settle(self, room_id: RoomId) -> None:
        """Let routes follow from the time that has passed."""
        await self.make(room_id, lambda room: [])
