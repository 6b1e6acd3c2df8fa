"""Changes that are written a moment later: visible at once, together, and not for nothing."""

import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiosqlite
import pytest
import structlog

from rooms.effects import Effect, Effects
from rooms.events import Event
from rooms.ids import ParticipantId, RoomId
from rooms.room import Room, hash_host_key
from server.store import SqliteStore, StoreClosed, late
from server.store.records import load_room
from tests.support.waiting import until

ROOM, ANA = RoomId("room"), ParticipantId("ana")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rooms.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """With Ana in a room, who uses one effect."""
    it = SqliteStore(path, 100)
    await it.open()
    room = Room.create(ROOM, "Rehearsal", hash_host_key("key"), 9, now=time.time())
    room.join(ANA, "Ana", "key", [], now=time.time())
    room.set_effects(ANA, moved(0), now=time.time())
    await it.create(room)
    yield it
    await it.close()


def moved(low: float) -> Effects:
    return Effects((Effect("e1", "edges", "Edges", (("low", low),)),), shown=True)


async def move(store: SqliteStore, low: float) -> Room:
    return await store.update(
        ROOM, lambda room: room.set_effects(ANA, moved(low), time.time()), lazily=True
    )


def written(path: Path) -> Effects | None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        row = db.execute("SELECT record FROM rooms").fetchone()
    return load_room(ROOM, row[0]).participants[ANA].effects if row else None


async def test_a_lazy_change_is_visible_and_told_before_it_is_written(
    store: SqliteStore, path: Path
) -> None:
    told: list[Effects] = []

    async def tell(room: Room, events: Sequence[Event]) -> None:
        assert events == []
        told.append(room.participants[ANA].effects)

    await store.update(
        ROOM, lambda room: room.set_effects(ANA, moved(1), time.time()), tell, lazily=True
    )
    assert told == [moved(1)]
    assert (await store.get(ROOM)).participants[ANA].effects == moved(1)
    assert written(path) == moved(0)


async def test_many_lazy_changes_are_written_once_and_soon(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late, "WITHIN_S", 0.05)
    before = writes(path)
    for low in range(1, 101):
        await move(store, low)
    await until(lambda: written(path) == moved(100))
    assert writes(path) - before < 10


def writes(path: Path) -> int:
    """Pages in the write-ahead log: each commit adds some."""
    return path.with_name(path.name + "-wal").stat().st_size // 4096


async def test_what_is_due_is_written_before_the_store_is_closed(
    store: SqliteStore, path: Path
) -> None:
    await move(store, 7)
    await store.close()
    assert written(path) == moved(7)
    with pytest.raises(StoreClosed):
        await move(store, 8)


async def test_a_change_that_is_written_takes_the_lazy_ones_with_it(
    store: SqliteStore, path: Path
) -> None:
    await move(store, 7)
    await store.update(ROOM, lambda room: room.raise_hand(ANA, True, time.time()))
    assert written(path) == moved(7)


async def test_a_lazy_change_with_events_is_written_at_once(store: SqliteStore, path: Path) -> None:
    off = Effects()
    await store.update(ROOM, lambda room: room.set_effects(ANA, off, time.time()), lazily=True)
    assert written(path) == off


async def test_a_deleted_room_does_not_come_back(store: SqliteStore, path: Path) -> None:
    await move(store, 7)
    await store.delete(ROOM)
    await store.close()
    assert written(path) is None


async def test_what_cannot_be_written_is_tried_again(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(late, "WITHIN_S", 0.02)
    async with aiosqlite.connect(path) as other:
        await other.execute(
            "CREATE TRIGGER no BEFORE INSERT ON rooms BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        await other.commit()
        with structlog.testing.capture_logs() as events:
            await move(store, 7)
            await until(lambda: len(events) >= 2)
        assert {event["event"] for event in events} == {"late-write-failed"}
        await other.execute("DROP TRIGGER no")
        await other.commit()
    await until(lambda: written(path) == moved(7))
    assert (await store.get(ROOM)).participants[ANA].effects == moved(7)
