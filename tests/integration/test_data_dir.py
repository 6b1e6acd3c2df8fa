"""What the data directory of an earlier run does to a start."""

import json
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from rooms.errors import RoomExists, RoomNotFound
from rooms.ids import RoomId
from rooms.room import Room
from server.app import CannotStart, Server
from server.config import Config
from server.log import HashedId
from server.store import SqliteStore

GOOD, BAD = RoomId("good"), RoomId("bad")


def new_room(room_id: RoomId) -> Room:
    return Room.create(room_id, "Rehearsal", "hash", 9, now=5.0)


async def keep_two_rooms(path: Path) -> None:
    store = SqliteStore(path, 100)
    await store.open()
    await store.create(new_room(GOOD))
    await store.create(new_room(BAD))
    await store.close()


def rewrite(path: Path, change: Callable[[dict[str, Any]], Any]) -> str:
    """Change the record of the bad room by hand; the answer is what it is then."""
    database = sqlite3.connect(path)
    with database:
        (text,) = database.execute("SELECT record FROM rooms WHERE id = ?", (BAD,)).fetchone()
        text = json.dumps(change(json.loads(text)))
        database.execute("UPDATE rooms SET record = ? WHERE id = ?", (text, BAD))
    database.close()
    return text


def record_of(path: Path) -> str:
    database = sqlite3.connect(path)
    (text,) = database.execute("SELECT record FROM rooms WHERE id = ?", (BAD,)).fetchone()
    database.close()
    return str(text)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: "no object",
        lambda record: [],
        lambda record: {**record, "version": "first"},
        lambda record: {**record, "title": None},
        lambda record: {**record, "active_at": "yesterday"},
        lambda record: {**record, "participants": [{"id": "ana"}]},
        lambda record: {**record, "seq": "x"},
    ],
)
async def test_a_damaged_room_is_left_aside_and_the_others_are_there(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    path = tmp_path / "rooms.sqlite3"
    await keep_two_rooms(path)
    damaged = rewrite(path, change)
    store = SqliteStore(path, 100)
    with structlog.testing.capture_logs() as logged:
        await store.open()
    assert (await store.get(GOOD)).title == "Rehearsal"
    with pytest.raises(RoomNotFound):
        await store.get(BAD)
    with pytest.raises(RoomExists):
        await store.create(new_room(BAD))
    await store.close()
    assert record_of(path) == damaged
    assert [line["event"] for line in logged] == ["room-record-broken"]
    assert isinstance(logged[0]["room"], HashedId)


@pytest.fixture
def directory_for_all(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    return tmp_path


async def test_the_data_is_for_the_owner_only_in_a_directory_for_all(
    directory_for_all: Path,
) -> None:
    path = directory_for_all / "rooms.sqlite3"

    async def modes_while_open() -> set[tuple[str, int]]:
        store = SqliteStore(path, 100)
        await store.open()
        await store.create(new_room(GOOD))
        modes = {(file.name, stat.S_IMODE(file.stat().st_mode)) for file in files}
        await store.delete(GOOD)
        await store.close()
        return modes

    files = [path, path.with_name("rooms.sqlite3-wal"), path.with_name("rooms.sqlite3-shm")]
    private = {(file.name, 0o600) for file in files}
    assert await modes_while_open() == private
    for file in files:  # as an earlier version left them when it was killed
        file.touch()
        file.chmod(0o644)
    assert await modes_while_open() == private


async def test_data_of_a_newer_version_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "greenroom.sqlite3"
    await keep_two_rooms(path)
    newer = rewrite(path, lambda record: {"version": record["version"] + 1, "all": "different"})
    with pytest.raises(CannotStart, match=r"was written by a newer Greenroom: .*\.$"):
        await Server(Config(port=0, data_dir=tmp_path)).start()
    assert record_of(path) == newer
