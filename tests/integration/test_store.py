"""One contract for every store."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import aiosqlite
import pytest

from rooms.effects import Effect, Effects
from rooms.errors import NotPermitted, RoomExists, RoomNotFound
from rooms.events import Event
from rooms.ids import ParticipantId, RoomId
from rooms.participant import Source, Track
from rooms.room import Room, hash_host_key
from rooms.topology import MediaPolicy, Reason, TopologyLimits
from server.store import DuplicateMessage, MemoryStore, RoomStore, SqliteStore, StoreClosed
from server.store.records import BrokenRecord, dump_room, load_room

ROOM, ANA, BO = RoomId("room"), ParticipantId("ana"), ParticipantId("bo")
MAX_CHAT = 200


def new_room(room_id: RoomId = ROOM) -> Room:
    return Room.create(room_id, "Rehearsal", hash_host_key("key"), 9, now=time.time())


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RoomStore]:
    it: RoomStore = (
        MemoryStore(MAX_CHAT)
        if request.param == "memory"
        else SqliteStore(tmp_path / "data" / "rooms.sqlite3", MAX_CHAT)
    )
    await it.open()
    yield it
    await it.close()


async def join(store: RoomStore, who: ParticipantId, room_id: RoomId = ROOM) -> None:
    await store.update(room_id, lambda room: room.join(who, who, None, [], time.time()))


async def say(store: RoomStore, who: ParticipantId, client_id: str, text: str = "x") -> None:
    await store.update(ROOM, lambda room: room.say(who, client_id, text, time.time()))


async def test_a_room_is_made_once(store: RoomStore) -> None:
    await store.create(new_room())
    with pytest.raises(RoomExists):
        await store.create(new_room())
    assert store.count() == 1
    assert (await store.get(ROOM)).title == "Rehearsal"
    await store.ping()


async def test_an_absent_room_is_not_found(store: RoomStore) -> None:
    with pytest.raises(RoomNotFound):
        await store.get(ROOM)
    with pytest.raises(RoomNotFound):
        await join(store, ANA)
    await store.delete(ROOM)


async def test_a_change_that_raises_leaves_nothing_behind(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)

    def half(room: Room) -> Sequence[Event]:
        room.leave(ANA, time.time())
        raise NotPermitted

    with pytest.raises(NotPermitted):
        await store.update(ROOM, half)
    assert list((await store.get(ROOM)).participants) == [ANA]


async def test_a_change_without_events_is_kept_and_told_and_one_of_nothing_is_not(
    store: RoomStore,
) -> None:
    await store.create(new_room())
    await join(store, ANA)
    await store.update(ROOM, lambda room: room.lose(ANA, now=10.0, grace_s=5))
    told: list[float | None] = []

    async def tell(room: Room, events: Sequence[Event]) -> None:
        assert events == []
        told.append(room.participants[ANA].away_until)

    await store.update(ROOM, lambda room: room.lose(ANA, now=20.0, grace_s=5), tell)
    assert (await store.get(ROOM)).participants[ANA].away_until == 25.0
    await store.update(ROOM, lambda room: [], tell)
    assert told == [25.0]


async def test_a_room_is_deleted_only_while_it_is_as_was_asked(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)
    await store.delete(ROOM, lambda room: not room.participants)
    assert store.count() == 1
    await store.delete(ROOM, lambda room: bool(room.participants))
    assert store.count() == 0


async def test_changes_of_a_room_are_told_in_order_after_they_are_stored(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)
    told: list[int] = []

    async def tell(room: Room, events: Sequence[Event]) -> None:
        assert (await store.get(ROOM)).seq == room.seq
        await asyncio.sleep(0)
        told.extend(event.seq for event in events)

    await asyncio.gather(
        *(
            store.update(ROOM, lambda room, n=n: room.say(ANA, str(n), "x", time.time()), tell)  # type: ignore[misc]
            for n in range(50)
        )
    )
    assert told == list(range(2, 52))


async def test_a_cancelled_caller_does_not_tear_a_change(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)
    telling, go_on = asyncio.Event(), asyncio.Event()
    told: list[int] = []

    async def slow(room: Room, events: Sequence[Event]) -> None:
        telling.set()
        await go_on.wait()
        told.append(room.seq)

    async def quick(room: Room, events: Sequence[Event]) -> None:
        told.append(room.seq)

    first = asyncio.create_task(
        store.update(ROOM, lambda room: room.say(ANA, "a", "x", time.time()), slow)
    )
    await telling.wait()
    first.cancel()
    second = asyncio.create_task(
        store.update(ROOM, lambda room: room.say(ANA, "b", "x", time.time()), quick)
    )
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert told == [2, 3]


async def test_a_chat_message_is_stored_once_per_client_id(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)
    await join(store, BO)
    await say(store, ANA, "one", "first")
    with pytest.raises(DuplicateMessage) as duplicate:
        await say(store, ANA, "one", "again")
    assert duplicate.value.stored.text == "first"
    await say(store, BO, "one", "somebody else's")
    messages, more = await store.chat(ROOM)
    assert [message.text for message in messages] == ["first", "somebody else's"]
    assert not more


async def test_history_is_read_in_pages_of_both_directions(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)
    for n in range(10):
        await say(store, ANA, str(n))
    newest, more = await store.chat(ROOM, limit=4)
    assert [m.client_id for m in newest] == ["6", "7", "8", "9"]
    assert more
    older, more = await store.chat(ROOM, before=newest[0].seq, limit=6)
    assert [m.client_id for m in older] == ["0", "1", "2", "3", "4", "5"]
    assert not more
    later, more = await store.chat(ROOM, after=older[0].seq, limit=3)
    assert [m.client_id for m in later] == ["1", "2", "3"]
    assert more


async def test_the_oldest_messages_go_when_a_room_has_too_many(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)
    for n in range(MAX_CHAT + 64):
        await say(store, ANA, str(n))
    messages, _ = await store.chat(ROOM, limit=1000)
    assert MAX_CHAT <= len(messages) < MAX_CHAT + 64
    assert messages[-1].client_id == str(MAX_CHAT + 63)
    assert [m.seq for m in messages] == sorted(m.seq for m in messages)


async def test_a_deleted_room_takes_its_chat_with_it(store: RoomStore) -> None:
    await store.create(new_room())
    await join(store, ANA)
    await say(store, ANA, "one")
    await store.delete(ROOM)
    assert store.count() == 0
    await store.create(new_room())
    assert await store.chat(ROOM) == ([], False)


async def test_rooms_settings_people_and_chat_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite3"
    first = SqliteStore(path, MAX_CHAT)
    await first.open()
    await first.create(new_room())
    await join(first, ANA)
    await first.update(ROOM, lambda room: room.set_track(ANA, Source.CAMERA, True, time.time()))
    await say(first, ANA, "one", "still here")
    before = await first.get(ROOM)
    await first.close()

    second = SqliteStore(path, MAX_CHAT)
    await second.open()
    assert await second.get(ROOM) == before
    messages, _ = await second.chat(ROOM)
    assert [m.text for m in messages] == ["still here"]
    with pytest.raises(DuplicateMessage):
        await say(second, ANA, "one", "again")
    await second.close()


async def test_what_was_acknowledged_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rooms.sqlite3"
    store = SqliteStore(path, MAX_CHAT)
    await store.open()
    await store.create(new_room())
    async with (
        aiosqlite.connect(path) as other,
        other.execute("SELECT id FROM rooms") as cursor,
    ):
        assert [tuple(row) for row in await cursor.fetchall()] == [(ROOM,)]
    await store.close()


async def test_a_closed_store_refuses_and_closing_twice_is_fine(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "rooms.sqlite3", MAX_CHAT)
    await store.open()
    await store.create(new_room())
    await store.close()
    await store.close()
    with pytest.raises(StoreClosed):
        await join(store, ANA)
    with pytest.raises(StoreClosed):
        await store.ping()


async def test_writers_of_one_batch_learn_that_it_failed_and_the_next_succeeds(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rooms.sqlite3"
    store = SqliteStore(path, MAX_CHAT)
    await store.open()
    await store.create(new_room())
    await join(store, ANA)
    async with aiosqlite.connect(path) as other:
        await other.execute(
            "CREATE TRIGGER no BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        await other.commit()
        with pytest.raises(aiosqlite.Error):
            await say(store, ANA, "one")
        assert (await store.get(ROOM)).seq == 1
        await other.execute("DROP TRIGGER no")
        await other.commit()
    await say(store, ANA, "one")
    assert (await store.get(ROOM)).seq == 2
    await store.close()


def test_a_record_gives_back_the_same_room() -> None:
    room = new_room()
    room.join(ANA, "Ana", "key", [Track(Source.MICROPHONE, muted=False)], now=5.0)
    room.lose(ANA, now=6.0, grace_s=3)
    assert load_room(ROOM, dump_room(room)) == room
    room.join(BO, "Bo", "key", [], now=7.0)
    room.update(BO, media=MediaPolicy.MESH, now=7.0)
    room.report_unreachable(ANA, BO, now=7.0)
    room.demand(BO, Reason.EFFECT, on=True, now=7.0)
    room.settle_routes(TopologyLimits(), now=7.0)
    room.demand(BO, Reason.EFFECT, on=False, now=8.0)
    room.demand(ANA, Reason.GAIN, on=True, now=8.0)
    room.settle_routes(TopologyLimits(), now=8.0)
    assert room.participants[BO].direct_at is not None
    assert load_room(ROOM, dump_room(room)) == room
    assert load_room(ROOM, dump_room(replace(room, participants={}))) != room


EFFECTS = Effects(
    (
        Effect(
            "e1",
            "gone.by.now",
            "Gone",
            (("low", 80.0), ("size", 3), ("keep", True), ("words", "1")),
            private=True,
        ),
    ),
    (Effect("e2", "echo", "Echo"),),
    shown=True,
)


def test_a_record_gives_back_effects_gains_and_hands_as_they_were() -> None:
    room = new_room()
    room.join(ANA, "Ana", "key", [], now=5.0)
    room.join(BO, "Bo", None, [], now=5.0)
    room.set_effects(BO, EFFECTS, now=6.0)
    room.set_gain(BO, BO, 3.5, now=6.0)
    room.set_gain(ANA, BO, -20, now=6.0)
    room.raise_hand(ANA, True, now=6.0)
    room.participants[ANA] = replace(room.participants[ANA], covered=True)
    back = load_room(ROOM, dump_room(room))
    assert back == room
    params = back.participants[BO].effects.video[0].params
    assert [type(value) for _, value in params] == [float, int, bool, str]


def test_a_record_from_before_there_were_effects_is_a_room_without() -> None:
    room = new_room()
    room.join(ANA, "Ana", None, [], now=5.0)
    record = json.loads(dump_room(room))
    for name in ("effects", "gain_db", "room_gain_db", "hand_raised", "covered"):
        del record["participants"][0][name]
    assert load_room(ROOM, json.dumps(record)) == room


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("effects", None),
        ("effects", {"video": "edges"}),
        ("effects", {"video": [{"id": "e1"}]}),
        ("effects", {"video": [{"id": "e1", "filter": "x", "title": "X", "params": [["low"]]}]}),
        ("effects", {"video": [{"id": "e1", "filter": "x", "title": "X", "params": [["l", []]]}]}),
        ("gain_db", "loud"),
        ("hand_raised", "perhaps"),
    ],
)
def test_a_record_with_damaged_effects_is_refused(name: str, value: object) -> None:
    room = new_room()
    room.join(ANA, "Ana", None, [], now=5.0)
    record = json.loads(dump_room(room))
    record["participants"][0][name] = value
    with pytest.raises(BrokenRecord):
        load_room(ROOM, json.dumps(record))


def test_a_record_from_before_there_were_routes_is_a_room_of_direct_ones() -> None:
    room = new_room()
    room.join(ANA, "Ana", "key", [Track(Source.MICROPHONE, muted=False)], now=5.0)
    record = json.loads(dump_room(room))
    del record["media"], record["unreachable"]
    for name in ("route", "route_reason", "direct_at", "demands"):
        del record["participants"][0][name]
    assert load_room(ROOM, json.dumps(record)) == room


@pytest.mark.parametrize(
    ("name", "value"),
    [("media", "loud"), ("unreachable", [["ana", 5]]), ("unreachable", 7)],
)
def test_a_record_with_damaged_routes_is_refused(name: str, value: object) -> None:
    record = json.loads(dump_room(new_room()))
    with pytest.raises(BrokenRecord):
        load_room(ROOM, json.dumps({**record, name: value}))


def test_a_record_of_a_newer_version_is_refused() -> None:
    text = dump_room(new_room()).replace('"version":1', '"version":2')
    with pytest.raises(ValueError, match="version 2"):
        load_room(ROOM, text)
