"""Signalling as one part: opened, attached to the web application, closed."""

import asyncio
import contextlib
import random
import time
from collections.abc import Coroutine
from pathlib import Path

import structlog
from aiohttp import web

from rooms.errors import RoomError, RoomNotFound
from rooms.events import Event, LeaveReason
from rooms.ids import ParticipantId
from rooms.room import Room
from server.config import Config
from server.metrics import Metrics
from server.signalling.client import Client, Member
from server.signalling.handlers import Handlers
from server.signalling.pacing import TokenBucket
from server.signalling.presence import Presence
from server.signalling.socket import Connection, Respond, SocketServer
from server.signalling.tokens import KEY_BYTES, ResumeTokens, load_key
from server.store import RoomStore

SWEEP_EVERY_S = 0.5
RETIRE_EVERY_S = 3600.0
RENEWALS_PER_GRACE = 4
MAX_RENEWALS_PER_SWEEP = 100

log = structlog.get_logger()


class Signalling:
    """Rooms over Socket.IO. The store is opened and closed by the caller."""

    def __init__(self, config: Config, store: RoomStore, metrics: Metrics) -> None:
        self._config = config
        self._store = store
        self._metrics = metrics
        self._renew_every_s = config.resume_grace_s / RENEWALS_PER_GRACE
        self._presence = Presence(metrics)
        self._clients: dict[Connection, Client] = {}
        self._timers: dict[Connection, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._closing = False
        self._handlers: Handlers | None = None
        self._socket = SocketServer(
            ping_interval_s=config.ping_interval_s,
            ping_timeout_s=config.ping_timeout_s,
            on_open=self._opened,
            on_event=self._received,
            on_malformed=self._malformed,
            on_close=self._closed,
        )

    def attach(self, app: web.Application) -> None:
        """Add the Socket.IO route. Checking the Origin header is up to the application."""
        app.router.add_get("/socket.io/", self._socket.handle)

    async def start(self) -> None:
        """Take over the rooms of an earlier run and begin to look after absences."""
        key = await asyncio.to_thread(self._load_key)
        tokens = ResumeTokens(key, self._config.resume_grace_s + self._renew_every_s)
        self._handlers = Handlers(self._config, self._store, self._presence, tokens)
        now = time.time()
        for room in await self._store.rooms():
            self._presence.adopt(
                await self._store.update(
                    room.id, lambda draft: draft.lose_everyone(now, self._config.resume_grace_s)
                )
            )
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="signalling-sweeper")

    async def close(self) -> None:
        """Close every connection. Places are kept: clients may come back to the next process."""
        self._closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        for timer in self._timers.values():
            timer.cancel()
        await self._socket.close_all()
        if self._ending:
            await asyncio.wait(self._ending)

    def _load_key(self) -> bytes:
        if self._config.store == "memory":
            # Nothing of this process outlives it, so neither do its tokens.
            return random.SystemRandom().randbytes(KEY_BYTES)
        return load_key(Path(self._config.data_dir))

    # What the socket says

    def _opened(self, connection: Connection) -> bool:
        if (
            self._handlers is None
            or self._closing
            or len(self._clients) >= self._config.max_connections
        ):
            self._metrics.rejected.labels("server-full").inc()
            return False
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
        self._timers[connection] = asyncio.get_running_loop().call_later(
            self._config.join_timeout_s, self._joined_in_time, client
        )
        self._metrics.connections.set(len(self._clients))
        return True

    async def _received(
        self, connection: Connection, name: str, data: object, respond: Respond
    ) -> None:
        client = self._clients.get(connection)
        if client is not None:
            await client.receive(name, data, respond)

    async def _malformed(self, connection: Connection) -> None:
        client = self._clients.get(connection)
        if client is not None:
            self._metrics.rejected.labels("invalid-message").inc()
            await client.malformed()

    async def _closed(self, connection: Connection) -> None:
        client = self._clients.pop(connection, None)
        timer = self._timers.pop(connection, None)
        if timer is not None:
            timer.cancel()
        self._metrics.connections.set(len(self._clients))
        if client is not None:
            # In a task of its own: a socket may be found dead while its room is telling something,
            # and losing its participant changes the same room.
            self._spawn(self._lost(client))

    def _joined_in_time(self, client: Client) -> None:
        self._timers.pop(client.connection, None)
        if client.member is None:
            self._spawn(client.end("not-joined-in-time"))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _lost(self, client: Client) -> None:
        await client.close()
        member = self._presence.detach(client)
        if member is not None and not self._closing:
            await self._lose(member, client.grace_s)

    async def _lose(self, member: Member, grace_s: float) -> None:
        def change(room: Room) -> list[Event]:
            if self._presence.client(member.room_id, member.participant_id) is not None:
                return []  # came back by another connection in the meantime
            return room.lose(member.participant_id, time.time(), grace_s)

        with contextlib.suppress(RoomError):
            await self._store.update(member.room_id, change, self._presence.tell)

    # What time does

    async def _sweep_forever(self) -> None:
        retire_at = time.monotonic()
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await self._time_out()
                await self._renew_tokens()
                if time.monotonic() >= retire_at:
                    retire_at = time.monotonic() + RETIRE_EVERY_S
                    await self._retire_rooms()
                self._metrics.rooms.set(self._store.count())
            except Exception:
                # The boundary of one sweep: a store that fails now may answer in half a second.
                log.exception("sweep-failed")

    async def _time_out(self) -> None:
        for member in self._presence.overdue(time.time()):

            def change(room: Room, who: ParticipantId = member.participant_id) -> list[Event]:
                now = time.time()
                if who not in room.overdue(now):
                    return []
                return room.leave(who, now, LeaveReason.TIMED_OUT)

            with contextlib.suppress(RoomNotFound):
                await self._store.update(member.room_id, change, self._presence.tell)

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
        oldest = time.time() - self._config.room_retention_days * 86_400
        for room in await self._store.rooms():
            if not room.participants and room.active_at < oldest:
                await self._store.delete(room.id)
