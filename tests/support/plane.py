"""A media plane that forwards nothing and remembers everything, and a server around it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from rooms.events import Event
from rooms.ids import ParticipantId, RoomId
from rooms.messages import Fact
from rooms.participant import Source
from rooms.room import Room
from rooms.topology import Route
from server import http
from server.config import Config
from server.metrics import Metrics
from server.signalling import Signalling
from server.signalling.catalogue import FilterCatalogue
from server.signalling.media import DropEffect, MediaPlane, TellOne
from server.store import open_store

ANSWER = "v=0\r\ns=answer\r\n"


class RecordingPlane:
    """Does as it is told.

    Attributes:
        busy: what it says of itself.
        refusal: what requests raise, if anything.
        answering: requests wait until it is set, as it is at first.
        calls: what signalling asked for, in order: the name of the method and its arguments.
        applied: the room's sequence number and its events, for each time it was told.
        rooms: each room as it was told last.
    """

    def __init__(self) -> None:
        self.busy = False
        self.refusal: Exception | None = None
        self.answering = asyncio.Event()
        self.answering.set()
        self.calls: list[tuple[Any, ...]] = []
        self.applied: list[tuple[int, list[Event]]] = []
        self.rooms: dict[str, Room] = {}
        self.tell: TellOne | None = None
        self.drop_effect: DropEffect | None = None

    def connect(self, tell: TellOne, drop_effect: DropEffect) -> None:
        assert self.tell is None
        self.tell = tell
        self.drop_effect = drop_effect

    def apply(self, room: Room, events: Sequence[Event]) -> None:
        self.applied.append((room.seq, list(events)))
        self.rooms[room.id] = room

    async def publish(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        session: str,
        sdp: str,
        tracks: Mapping[str, Source],
    ) -> str:
        await self._asked("publish", room_id, participant_id, session, sdp, dict(tracks))
        return ANSWER

    async def unpublish(self, room_id: RoomId, participant_id: ParticipantId, session: str) -> None:
        await self._asked("unpublish", room_id, participant_id, session)

    async def subscribe(
        self, room_id: RoomId, participant_id: ParticipantId, session: str, codecs: Sequence[str]
    ) -> None:
        await self._asked("subscribe", room_id, participant_id, session, list(codecs))

    async def answer(
        self, room_id: RoomId, participant_id: ParticipantId, session: str, number: int, sdp: str
    ) -> None:
        await self._asked("answer", room_id, participant_id, session, number, sdp)

    async def unsubscribe(
        self, room_id: RoomId, participant_id: ParticipantId, session: str
    ) -> None:
        await self._asked("unsubscribe", room_id, participant_id, session)

    def set_view(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        tiles: Mapping[ParticipantId, tuple[int, int]],
    ) -> None:
        self.calls.append(("set_view", room_id, participant_id, dict(tiles)))

    def path_taken(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        publisher: ParticipantId,
        route: Route,
    ) -> None:
        self.calls.append(("path_taken", room_id, participant_id, publisher, route))

    async def say(self, room_id: str, participant_id: str, fact: Fact) -> None:
        """Tell one page something, as a media plane does."""
        assert self.tell is not None
        await self.tell(RoomId(room_id), ParticipantId(participant_id), fact)

    async def _asked(self, *call: Any) -> None:
        self.calls.append(call)
        await self.answering.wait()
        if self.refusal is not None:
            raise self.refusal


@asynccontextmanager
async def running_signalling(
    media: MediaPlane | None, catalogue: FilterCatalogue | None = None, **settings: Any
) -> AsyncIterator[str]:
    """The server without its forwarder, on a free port of the loopback interface: its URL."""
    usual = {"port": 0, "store": "memory", "rooms_per_minute": 100_000, "messages_per_s": 1000}
    config = Config(**{**usual, **settings})
    app, metrics = web.Application(), Metrics("1")
    store = await open_store(config)
    signalling = Signalling(config, store, metrics, media, catalogue)
    http.attach(app, config, store, metrics)
    signalling.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await signalling.start()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}"
    finally:
        await signalling.close()
        await runner.cleanup()
        await store.close()
