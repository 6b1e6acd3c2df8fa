"""What is remembered for those who come back, and who is missing."""

import time

from rooms.ids import ParticipantId, RoomId
from rooms.room import Room, hash_host_key
from server.metrics import Metrics
from server.signalling.client import Member
from server.signalling.presence import REMEMBERED_FACTS, Presence

ROOM, ANA = RoomId("room"), ParticipantId("ana")


def new_room() -> Room:
    room = Room.create(ROOM, "Rehearsal", hash_host_key("key"), 9, now=1.0)
    room.join(ANA, "Ana", None, [], now=2.0)
    return room


async def said(presence: Presence, room: Room, times: int, text: str) -> None:
    for n in range(times):
        await presence.tell(room, room.say(ANA, f"m{room.seq}-{n}", text, time.time()))


async def test_what_was_missed_is_complete_or_nothing() -> None:
    presence, room = Presence(Metrics("1")), new_room()
    await said(presence, room, 10, "x")
    missed = presence.missed(ROOM, 5, room.seq)
    assert missed is not None
    assert [fact.dump()["seq"] for fact in missed] == [6, 7, 8, 9, 10, 11]
    assert presence.missed(ROOM, room.seq, room.seq) == []
    assert presence.missed(ROOM, 0, room.seq) is None
    assert presence.missed(ROOM, room.seq + 1, room.seq) is None


async def test_memory_is_bounded_in_number_and_in_length() -> None:
    presence, room = Presence(Metrics("1")), new_room()
    await said(presence, room, REMEMBERED_FACTS + 50, "x")
    assert presence.missed(ROOM, room.seq - REMEMBERED_FACTS, room.seq) is not None
    assert presence.missed(ROOM, room.seq - REMEMBERED_FACTS - 1, room.seq) is None
    await said(presence, room, 100, "x" * 4000)
    assert presence.missed(ROOM, room.seq - 20, room.seq) is not None
    assert presence.missed(ROOM, room.seq - 60, room.seq) is None


def test_who_is_present_without_a_connection_is_missing() -> None:
    room = new_room()
    presence = Presence(Metrics("1"))
    assert presence.missing([room]) == [Member(ROOM, ANA)]
    room.lose(ANA, now=3.0, grace_s=5)
    assert presence.missing([room]) == []
