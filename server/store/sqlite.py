"""The embedded store: one SQLite file in the data directory.

Rooms live in memory and are written through; chat is read from the file. Changes that arrive while
a transaction is being written share the next one, so that a thousand joins cost a few commits and
not a thousand. With WAL and synchronous=NORMAL a commit survives the death of the process.
"""

import asyncio
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiosqlite
import structlog

from rooms.errors import RoomExists
from rooms.events import ChatMessage, ChatSent, Event
from rooms.ids import ParticipantId, RoomId
from rooms.room import Room
from server.log import hash_id
from server.store.late import LateWrites
from server.store.live import LiveRooms
from server.store.protocol import StoreClosed, StoreFailing
from server.store.records import BrokenRecord, dump_room, load_room

SCHEMA = """
CREATE TABLE IF NOT EXISTS rooms (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    room_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    sender TEXT NOT NULL,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at REAL NOT NULL,
    PRIMARY KEY (room_id, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS message_by_client_id ON messages (room_id, sender, client_id);
"""
UPSERT_ROOM = "INSERT OR REPLACE INTO rooms VALUES (?, ?)"
INSERT_MESSAGE = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)"
COLUMNS = "seq, client_id, sender, name, text, sent_at"
TRIM = """
DELETE FROM messages WHERE room_id = ?1 AND seq <= (
    SELECT seq FROM messages WHERE room_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
)
"""
TRIM_EVERY = 64
"""How many messages of a room may pass before those over the limit are looked for."""
MAX_WAITING = 1024
"""Writers wait their turn when so many writes are queued."""
MAX_BATCH = 256
BUSY_TIMEOUT_S = 5.0
UNWELL_S = 10.0
"""How long after a failed write the store is not well, unless one succeeds before."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Write:
    """One change, written together with its neighbours; `done` tells how that went."""

    room_id: RoomId
    record: str | None
    messages: list[ChatMessage]
    done: "asyncio.Future[None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


def _make_private(path: Path) -> None:
    """Let only the owner read the chat, in a directory that others may enter as well.

    SQLite gives its -wal and -shm files the mode of the database when it makes them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        try:
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)
        except FileNotFoundError:
            continue
        except PermissionError:
            # Somebody else's file, or a file system without modes: the data is usable all the same.
            log.warning("data-readable-by-others")


class SqliteStore(LiveRooms):
    def __init__(self, path: Path, max_chat_messages: int) -> None:
        super().__init__()
        self._path = path
        self._max_chat_messages = max_chat_messages
        self._db: aiosqlite.Connection | None = None
        self._writes: asyncio.Queue[_Write | None] = asyncio.Queue(MAX_WAITING)
        self._writer: asyncio.Task[None] | None = None
        self._late = LateWrites(self._keep_as_it_is)
        self._untrimmed: dict[RoomId, int] = {}
        self._broken: set[RoomId] = set()
        self._failed_at: float | None = None

    async def open(self) -> None:
        """Make the store ready.

        Raises:
            NewerRecord: a newer version has written here.
        """
        await asyncio.to_thread(_make_private, self._path)
        db = await aiosqlite.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            await db.execute("PRAGMA journal_mode = WAL")
            await db.execute("PRAGMA synchronous = NORMAL")
            await db.executescript(SCHEMA)
            async with db.execute("SELECT id, record FROM rooms") as cursor:
                async for room_id, record in cursor:
                    self._load(RoomId(room_id), record)
        except BaseException:
            await db.close()
            raise
        self._db = db
        self._writer = asyncio.create_task(self._write_forever(db), name="sqlite-writer")

    async def close(self) -> None:
        await self._late.close()
        db, writer = self._db, self._writer
        self._db = self._writer = None
        if writer is not None:
            await self._writes.put(None)
            await writer
        if db is not None:
            await db.close()

    def _load(self, room_id: RoomId, record: str) -> None:
        """Take in one room; a damaged one is left as it is, for who can mend it."""
        try:
            self._rooms[room_id] = load_room(room_id, record)
        except BrokenRecord:
            self._broken.add(room_id)
            log.error("room-record-broken", room=hash_id(room_id))

    async def create(self, room: Room) -> None:
        if room.id in self._broken:
            raise RoomExists  # its row, and its chat, are still there
        await super().create(room)

    async def ping(self) -> None:
        if self._failed_at is not None and time.monotonic() - self._failed_at < UNWELL_S:
            raise StoreFailing
        async with self._connection().execute("SELECT 1") as cursor:
            await cursor.fetchone()

    async def find_message(
        self, room_id: RoomId, sender: ParticipantId, client_id: str
    ) -> ChatMessage | None:
        query = f"SELECT {COLUMNS} FROM messages WHERE room_id = ? AND sender = ? AND client_id = ?"
        found = await self._messages(query, (room_id, sender, client_id))
        return found[0] if found else None

    async def chat(
        self,
        room_id: RoomId,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[list[ChatMessage], bool]:
        if after is not None:
            where, bound, order = "seq > ?", after, "ASC"
        else:
            where, bound, order = "seq < ?", 2**63 - 1 if before is None else before, "DESC"
        query = (
            f"SELECT {COLUMNS} FROM messages WHERE room_id = ? AND {where}"
            f" ORDER BY seq {order} LIMIT ?"
        )
        found = await self._messages(query, (room_id, bound, limit + 1))
        page = found[:limit]
        return (page if after is not None else page[::-1]), len(found) > limit

    async def _messages(self, query: str, parameters: tuple[str | int, ...]) -> list[ChatMessage]:
        async with self._connection().execute(query, parameters) as cursor:
            return [
                ChatMessage(seq, client_id, ParticipantId(sender), name, text, sent_at)
                async for seq, client_id, sender, name, text, sent_at in cursor
            ]

    async def _keep(self, room: Room, events: Sequence[Event]) -> None:
        messages = [event.message for event in events if isinstance(event, ChatSent)]
        await self._write(_Write(room.id, dump_room(room), messages))
        self._late.discard(room.id)

    def _keep_later(self, room: Room) -> None:
        if self._db is None:
            raise StoreClosed
        self._late.add(room.id)

    async def _keep_as_it_is(self, room_id: RoomId) -> None:
        # With the lock, so that no record of a change that is being written comes before this one.
        async with self._lock(room_id):
            room = self._rooms.get(room_id)
            if room is not None:
                await self._keep(room, [])

    async def _forget(self, room_id: RoomId) -> None:
        await self._write(_Write(room_id, None, []))
        self._late.discard(room_id)
        self._untrimmed.pop(room_id, None)

    async def _write(self, write: _Write) -> None:
        if self._db is None:
            raise StoreClosed
        await self._writes.put(write)
        await write.done

    def _connection(self) -> aiosqlite.Connection:
        if self._db is None:
            raise StoreClosed
        return self._db

    async def _write_forever(self, db: aiosqlite.Connection) -> None:
        """Write batches until None is queued."""
        closing = False
        while not closing:
            batch: list[_Write] = []
            head = await self._writes.get()
            while head is not None:
                batch.append(head)
                if self._writes.empty() or len(batch) == MAX_BATCH:
                    break
                head = self._writes.get_nowait()
            closing = head is None
            if batch:
                await self._write_batch(db, batch)

    async def _write_batch(self, db: aiosqlite.Connection, batch: list[_Write]) -> None:
        try:
            await db.execute("BEGIN IMMEDIATE")
            try:
                await self._execute(db, batch)
                await db.execute("COMMIT")
            except BaseException:
                await db.execute("ROLLBACK")
                raise
        except Exception as error:
            # The writers decide what a failed write means; the next batch gets its own chance.
            self._failed_at = time.monotonic()
            for write in batch:
                if not write.done.done():
                    write.done.set_exception(error)
        else:
            self._failed_at = None
            for write in batch:
                if not write.done.done():
                    write.done.set_result(None)

    async def _execute(self, db: aiosqlite.Connection, batch: list[_Write]) -> None:
        records = {write.room_id: write.record for write in batch}
        kept = [(room_id, record) for room_id, record in records.items() if record is not None]
        gone = [(room_id,) for room_id, record in records.items() if record is None]
        said = [
            (w.room_id, m.seq, m.sender, m.client_id, m.name, m.text, m.sent_at)
            for w in batch
            for m in w.messages
        ]
        if kept:
            await db.executemany(UPSERT_ROOM, kept)
        if said:
            await db.executemany(INSERT_MESSAGE, said)
            trims = self._due_for_trimming([write for write in batch if write.messages])
            if trims:
                await db.executemany(TRIM, trims)
        if gone:
            await db.executemany("DELETE FROM rooms WHERE id = ?", gone)
            await db.executemany("DELETE FROM messages WHERE room_id = ?", gone)

    def _due_for_trimming(self, writes: list[_Write]) -> list[tuple[RoomId, int]]:
        due = []
        for write in writes:
            waiting = self._untrimmed.get(write.room_id, 0) + len(write.messages)
            if waiting >= TRIM_EVERY:
                due.append((write.room_id, self._max_chat_messages))
                waiting = 0
            self._untrimmed[write.room_id] = waiting
        return due
