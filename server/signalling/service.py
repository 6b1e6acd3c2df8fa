"""Signalling as one part: opened, attached to the web application, closed."""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
from aiohttp import web

from rooms.errors import RoomNotFound, ServerFull
from rooms.events import Event, LeaveReason
from rooms.ids import ParticipantId
from rooms.room import Room
from rooms.topology import TopologyLimits
from server.config import Config
from server.metrics import Metrics
from server.signalling.catalogue import FilterCatalogue
from server.signalling.changes import Changes
from server.signalling.client import Client, Member
from server.signalling.effect_handlers import EffectHandlers
from server.signalling.handlers import Handlers
from server.signalling.media import MediaPlane
from server.signalling.pacing import TokenBucket
from server.signalling.presence import Presence
from server.signalling.socket import Connection, Respond, SocketServer
from server.signalling.tokens import KEY_BYTES, ResumeTokens, load_key
from server.store import RoomStore

SWEEP_EVERY_S = 0.5
RETIRE_EVERY_S = 60.0
TIGHT = 0.9
"""The share of `max_rooms` from which on rooms that nobody entered make place for others."""
KEEP_UNUSED_S = 3600.0
RENEWALS_PER_GRACE = 4
MAX_RENEWALS_PER_SWEEP = 100

log = structlog.get_logger()


class Signalling:
    """Rooms over Socket.IO. The store is opened and closed by the caller.

    Args:
        config: the settings.
        store: keeps rooms and chat.
        metrics: what is counted.
        media: forwards media; None when this server does not.
        catalogue: the filters; None when this server has no effects.
    """

    def __init__(
        self,
        config: Config,
        store: RoomStore,
        metrics: Metrics,
        media: MediaPlane | None = None,
        catalogue: FilterCatalogue | None = None,
    ) -> None:
        self._config = config
        self._store = store
        self._metrics = metrics
        self._renew_every_s = min(config.resume_grace_s, config.turn_ttl_s) / RENEWALS_PER_GRACE
        media = media if config.forwarding else None
        self._media = media
        catalogue = catalogue if config.effects and media is not None else None
        self._presence = Presence(metrics, media, catalogue.forget_pictures if catalogue else None)
        limits = TopologyLimits(
            config.mesh_limit,
            config.direct_after_s,
            forwarding=media is not None,
        )
        self._changes = Changes(store, self._presence, limits)
        self._effects = EffectHandlers(store, self._presence, self._changes, catalogue)
        if media is not None:
            media.connect(self._presence.tell_one, self._effects.drop)
        self._clients: dict[Connection, Client] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._closing = False
        self._handlers: Handlers | None = None
        self._socket = SocketServer(
            ping_interval_s=config.ping_interval_s,
            ping_timeout_s=config.ping_timeout_s,
            has_room=self._has_room,
            on_open=self._opened,
            on_event=self._received,
            on_malformed=self._malformed,
            on_slow=self._cut_off,
            on_close=self._closed,
        )

    def attach(self, app: web.Application) -> None:
        """Add the Socket.IO route. Checking the Origin header is up to the application."""
        app.router.add_get("/socket.io/", self._socket.handle)

    async def start(self) -> None:
        """Take over the rooms of an earlier run and begin to look after absences."""
        key = await asyncio.to_thread(self._load_key)
        tokens = ResumeTokens(key, self._config.resume_grace_s + self._renew_every_s)
        self._handlers = Handlers(
            self._config,
            self._store,
            self._presence,
            self._changes,
            tokens,
            self._media,
            self._effects,
        )
        await self._adopt_rooms()
        self._effects.start()
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="signalling-sweeper")

    async def _adopt_rooms(self) -> None:
        now = time.time()

        def change(room: Room) -> Sequence[Event]:
            ended = [] if self._effects.available else room.end_effects(now)
            return ended + room.lose_everyone(now, self._config.resume_grace_s)

        for room in await self._store.rooms():
            self._presence.adopt(await self._changes.make(room.id, change, _tell_nobody))

    async def close(self) -> None:
        """Close every connection. Places are kept: clients may come back to the next process."""
        self._closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        await self._effects.close()
        await self._socket.close_all()
        if self._ending:
            await asyncio.wait(self._ending)

    def _load_key(self) -> bytes:
        if self._config.store == "memory":
            # Nothing of this process outlives it, so neither do its tokens.
            return random.SystemRandom().randbytes(KEY_BYTES)
        return load_key(Path(self._config.data_dir))

    # What the socket says

    def _has_room(self) -> bool:
        full = len(self._clients) >= self._config.max_connections
        if full or self._closing or self._handlers is None:
            self._metrics.rejected.labels(ServerFull.code).inc()
            return False
        return True

    def _opened(self, connection: Connection) -> None:
        assert self._handlers is not None
        bucket = TokenBucket(
            self._config.messages_per_s, self._config.message_burst, time.monotonic()
        )
        client = Client(
            connection,
            self._handlers.handle,
            self._metrics,
            bucket,
            grace_s=self._config.resume_grace_s,
        )
        self._clients[connection] = client
        self._metrics.connections.set(len(self._clients))

    async def _received(
        self, connection: Connection, name: str, data: object, size: int, respond: Respond
    ) -> None:
        client = self._clients.get(connection)
        if client is not None:
            await client.receive(name, data, size, respond)

    async def _malformed(self, connection: Connection) -> None:
        client = self._clients.get(connection)
        if client is not None:
            self._metrics.rejected.labels("invalid-message").inc()
            await client.malformed()

    def _cut_off(self) -> None:
        log.warning("client-too-slow")
        self._metrics.rejected.labels("too-slow").inc()

    async def _closed(self, connection: Connection) -> None:
        client = self._clients.pop(connection, None)
        self._metrics.connections.set(len(self._clients))
        if client is not None:
            # In a task of its own: a socket may be found dead while its room is telling something,
            # and losing its participant changes the same room.
            task = asyncio.create_task(self._lost(client), name="client-lost")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _lost(self, client: Client) -> None:
        await client.close()
        member = self._presence.detach(client)
        if member is None or self._closing:
            return
        try:
            await self._lose(member, None if client.leaving else client.grace_s)
        except Exception:
            # The sweeper finds everybody who is present without a connection, and tries again.
            log.exception("loss-not-stored")

    async def _lose(self, member: Member, grace_s: float | None) -> None:
        """The connection is gone: keep the place for a while, or give it up at once for None."""
        who = member.participant_id

        def change(room: Room) -> list[Event]:
            back = self._presence.client(member.room_id, who) is not None
            if back or who not in room.participants or not room.participants[who].here:
                return []
            now = time.time()
            return room.leave(who, now) if grace_s is None else room.lose(who, now, grace_s)

        with contextlib.suppress(RoomNotFound):
            await self._changes.make(member.room_id, change)

    # What time does

    async def _sweep_forever(self) -> None:
        retire_at = time.monotonic()
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await self._end_outsiders()
                await self._find_missing()
                await self._time_out()
                await self._settle_routes()
                await self._renew_tokens()
                if time.monotonic() >= retire_at:
                    retire_at = time.monotonic() + RETIRE_EVERY_S
                    await self._retire_rooms()
                self._metrics.rooms.set(self._store.count())
            except Exception:
                # The boundary of one sweep: a store that fails now may answer in half a second.
                log.exception("sweep-failed")

    async def _end_outsiders(self) -> None:
        oldest = time.monotonic() - self._config.join_timeout_s
        for client in list(self._clients.values()):
            if client.outside_since is not None and client.outside_since <= oldest:
                await client.end("not-joined-in-time")

    async def _find_missing(self) -> None:
        """Heal what a failed write left behind: people whom the store has as present."""
        for member in self._presence.missing(await self._store.rooms()):
            await self._lose(member, self._config.resume_grace_s)

    async def _time_out(self) -> None:
        for member in self._presence.overdue(time.time()):

            def change(room: Room, who: ParticipantId = member.participant_id) -> list[Event]:
                now = time.time()
                if who not in room.overdue(now):
                    return []
                return room.leave(who, now, LeaveReason.TIMED_OUT)

            with contextlib.suppress(RoomNotFound):
                await self._changes.make(member.room_id, change)

    async def _settle_routes(self) -> None:
        now = time.time()
        for room in await self._store.rooms():
            if room.routes_due(now):
                with contextlib.suppress(RoomNotFound):
                    await self._changes.settle(room.id)

    async def _renew_tokens(self) -> None:
        assert self._handlers is not None
        now = time.monotonic()
        due = [client for client in self._presence.clients() if client.token_due <= now]
        for client in due[:MAX_RENEWALS_PER_SWEEP]:
            if client.token_due:
                await self._handlers.renew_token(client)
            # Not all at once: a thousand who joined together are spread over the period.
            client.token_due = now + self._renew_every_s * random.uniform(0.7, 1.0)

    async def _retire_rooms(self) -> None:
        """Forget rooms that nobody used for long and, when it gets tight, those nobody entered."""
        now = time.time()
        forgotten = now - self._config.room_retention_days * 86_400
        unused = now - KEEP_UNUSED_S
        tight = self._store.count() >= TIGHT * self._config.max_rooms

        def is_over(room: Room) -> bool:
            never_entered = room.seq == 0 and room.created_at < unused
            return not room.participants and (
                room.active_at < forgotten or (tight and never_entered)
            )

        for room in await self._store.rooms():
            if is_over(room):
                await self._store.delete(room.id, is_over)


async def _tell_nobody(room: Room, events: Sequence[Event]) -> None:
    """Before the first connection there is nobody to tell."""
