"""The forwarder: signalling's way to the media plane, and the one timer that drives it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from rooms.errors import MediaUnavailable
from rooms.events import Event
from rooms.ids import ParticipantId, RoomId
from rooms.messages import Fact
from rooms.participant import Source
from rooms.room import Room
from rooms.topology import Route
from server.config import Config
from server.media.connection import prepare
from server.media.counters import Counters
from server.media.media_room import MediaRoom
from server.media.overload import Overload
from server.media.plane import Engine, Plane
from server.media.udp import MediaSockets

TICK_S = 0.05

log = structlog.get_logger()

Tell = Callable[[RoomId, ParticipantId, Fact], Awaitable[None]]
DropEffect = Callable[[RoomId, ParticipantId, str], Awaitable[None]]


class Forwarder:
    """Relays media of all rooms. It fulfils the `MediaPlane` of signalling.

    Args:
        config: the settings.
        effects: runs effects; somebody else starts and closes it.
    """

    def __init__(self, config: Config, effects: Engine | None = None) -> None:
        self.counters = Counters()
        self._sockets = MediaSockets(config, self.counters)
        self._plane = Plane(config, self._sockets, self.counters, effects)
        self._overload = Overload(config.overload_lag_ms / 1000, config.overload_cpu)
        self._rooms: dict[RoomId, MediaRoom] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._tell: Tell | None = None
        self._drop_effect: DropEffect | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ticks = 0
        self._closed = False

    @property
    def port(self) -> int:
        """The UDP port of all media."""
        return self._sockets.port

    @property
    def busy(self) -> bool:
        return self._overload.busy

    @property
    def connections(self) -> int:
        """Peer connections at the server, those on their way included."""
        return len(self._plane.connections)

    def routes(self) -> Counter[Route]:
        """How many participants travel by each route."""
        return Counter(route for room in self._rooms.values() for route in room.routes)

    async def start(self) -> None:
        """Raises OSError: the port cannot be used."""
        prepare()
        await self._sockets.start()
        self._overload.start()
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    async def close(self) -> None:
        """End every peer connection."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for room_id in list(self._rooms):
            self._end(room_id)
        if self._ending:
            await asyncio.wait(self._ending)
        await self._overload.close()
        await self._sockets.close()

    def connect(self, tell: Tell, drop_effect: DropEffect) -> None:
        self._tell = tell
        self._drop_effect = drop_effect

    # What signalling says

    def apply(self, room: Room, events: Sequence[Event]) -> None:
        if self._closed:
            return
        try:
            if room.participants:
                self._room(room.id).follow(room)
            else:
                self._end(room.id)
        except Exception:
            # The room is stored and told: whatever this is, it may not undo that.
            log.exception("media-room-not-followed")

    async def publish(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        session: str,
        sdp: str,
        tracks: Mapping[str, Source],
    ) -> str:
        return await self._existing(room_id).publish(participant_id, session, sdp, tracks)

    async def unpublish(self, room_id: RoomId, participant_id: ParticipantId, session: str) -> None:
        if room_id in self._rooms:
            self._rooms[room_id].unpublish(participant_id, session)

    async def subscribe(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        session: str,
        codecs: Sequence[str],
    ) -> None:
        self._existing(room_id).subscribe(participant_id, session, codecs)

    async def answer(
        self, room_id: RoomId, participant_id: ParticipantId, session: str, number: int, sdp: str
    ) -> None:
        await self._existing(room_id).answer(participant_id, session, number, sdp)

    async def unsubscribe(
        self, room_id: RoomId, participant_id: ParticipantId, session: str
    ) -> None:
        if room_id in self._rooms:
            self._rooms[room_id].unsubscribe(participant_id, session)

    def set_view(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        tiles: Mapping[ParticipantId, tuple[int, int]],
    ) -> None:
        self._existing(room_id).set_view(participant_id, tiles)

    def path_taken(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        publisher: ParticipantId,
        route: Route,
    ) -> None:
        self._existing(room_id).path_taken(participant_id, publisher, route)

    # Inside

    def _existing(self, room_id: RoomId) -> MediaRoom:
        room = self._rooms.get(room_id)
        if room is None:
            raise MediaUnavailable
        return room

    def _room(self, room_id: RoomId) -> MediaRoom:
        room = self._rooms.get(room_id)
        if room is None:

            async def tell(who: ParticipantId, fact: Fact) -> None:
                if self._tell is not None:
                    await self._tell(room_id, who, fact)

            async def drop_effect(who: ParticipantId, effect_id: str) -> None:
                if self._drop_effect is not None:
                    await self._drop_effect(room_id, who, effect_id)

            room = self._rooms[room_id] = MediaRoom(self._plane, tell, drop_effect)
        return room

    def _end(self, room_id: RoomId) -> None:
        room = self._rooms.pop(room_id, None)
        if room is not None:
            task = asyncio.create_task(room.close(), name="media-room-close")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)
        now = time.monotonic()
        self._ticks += 1
        self._sockets.hold()
        for room in list(self._rooms.values()):
            if room.idle:
                continue
            try:
                room.tick(now, self._ticks)
            except Exception:
                # The boundary of one room: the others get their tick.
                log.exception("media-tick-failed")
        self._sockets.flush()
