"""The room aggregate: who may do what, and what is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import (
    NoSuchParticipant,
    NotPermitted,
    PeerAway,
    RoomFull,
    StalePeer,
    TokenInvalid,
)
from rooms.events import (
    ChatSent,
    LeaveReason,
    ParticipantAway,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantReturned,
    RoomUpdated,
    TrackChanged,
    TrackRemoved,
)
from rooms.ids import ParticipantId, RoomId
from rooms.participant import Source, Track
from rooms.permissions import ROLES, Permission, Role
from rooms.room import Room, hash_host_key

HOST_KEY = "the key"
ANA, BO, CY = ParticipantId("ana"), ParticipantId("bo"), ParticipantId("cy")


def room(capacity: int = 3) -> Room:
    return Room.create(RoomId("r"), "Rehearsal", hash_host_key(HOST_KEY), capacity, now=1.0)


def room_with(*people: ParticipantId) -> Room:
    it = room()
    for person in people:
        it.join(person, person.title(), None, [], now=2.0)
    return it


def test_joining_tells_who_came() -> None:
    it = room()
    (event,) = it.join(ANA, "Ana", None, [Track(Source.CAMERA, muted=False)], now=2.0)
    assert isinstance(event, ParticipantJoined)
    assert event.seq == 1
    assert event.participant.name == "Ana"
    assert event.participant.role is Role.SPEAKER
    assert event.participant.tracks == (Track(Source.CAMERA, muted=False),)


def test_being_first_does_not_make_a_host() -> None:
    it = room_with(ANA)
    assert it.participant(ANA).role is Role.SPEAKER


def test_the_host_key_makes_a_host_and_a_wrong_one_is_refused() -> None:
    it = room()
    it.join(ANA, "Ana", HOST_KEY, [], now=2.0)
    assert it.participant(ANA).role is Role.HOST
    with pytest.raises(NotPermitted):
        it.join(BO, "Bo", "guess", [], now=2.0)
    assert list(it.participants) == [ANA]


def test_the_room_takes_as_many_as_its_capacity_and_keeps_places_for_the_absent() -> None:
    it = room(capacity=2)
    it.join(ANA, "Ana", None, [], now=2.0)
    it.join(BO, "Bo", None, [], now=2.0)
    it.lose(BO, now=3.0, grace_s=10)
    with pytest.raises(RoomFull):
        it.join(CY, "Cy", None, [], now=4.0)


def test_leaving_frees_the_place() -> None:
    it = room_with(ANA, BO)
    (event,) = it.leave(ANA, now=3.0)
    assert event == ParticipantLeft(3, ANA, LeaveReason.LEFT)
    assert list(it.participants) == [BO]
    with pytest.raises(NoSuchParticipant):
        it.leave(ANA, now=3.0)


def test_losing_a_connection_is_told_once_and_ends_with_the_grace() -> None:
    it = room_with(ANA)
    (event,) = it.lose(ANA, now=10.0, grace_s=5)
    assert isinstance(event, ParticipantAway)
    assert it.lose(ANA, now=11.0, grace_s=5) == []
    assert it.overdue(15.9) == []
    assert it.overdue(16.0) == [ANA]


def test_coming_back_keeps_identity_and_a_new_page_gets_a_new_generation() -> None:
    it = room_with(ANA)
    it.lose(ANA, now=3.0, grace_s=5)
    (event,) = it.resume(ANA, 1, fresh=False, tracks=None, now=4.0)
    assert isinstance(event, ParticipantReturned)
    assert event.participant.generation == 1
    assert event.participant.here
    it.resume(ANA, 2, fresh=True, tracks=[Track(Source.MICROPHONE, muted=True)], now=5.0)
    assert it.participant(ANA).generation == 2
    assert it.participant(ANA).tracks == (Track(Source.MICROPHONE, muted=True),)


def test_a_token_works_again_until_the_next_one_was_used() -> None:
    it = room_with(ANA)
    it.resume(ANA, 1, fresh=False, tracks=None, now=3.0)
    it.resume(ANA, 1, fresh=False, tracks=None, now=3.0)  # the answer with token 2 was lost
    it.resume(ANA, 2, fresh=False, tracks=None, now=4.0)
    for replayed in (0, 1, 4):
        with pytest.raises(TokenInvalid):
            it.resume(ANA, replayed, fresh=False, tracks=None, now=5.0)


def test_who_left_cannot_come_back_with_a_token() -> None:
    it = room_with(ANA)
    it.leave(ANA, now=3.0)
    with pytest.raises(TokenInvalid):
        it.resume(ANA, 1, fresh=False, tracks=None, now=3.0)


def test_tracks_are_one_per_source_and_only_changes_are_told() -> None:
    it = room_with(ANA)
    (event,) = it.set_track(ANA, Source.CAMERA, muted=False, now=3.0)
    assert event == TrackChanged(2, ANA, Track(Source.CAMERA, muted=False))
    assert it.set_track(ANA, Source.CAMERA, muted=False, now=3.0) == []
    it.set_track(ANA, Source.CAMERA, muted=True, now=3.0)
    assert it.participant(ANA).tracks == (Track(Source.CAMERA, muted=True),)
    (removed,) = it.remove_track(ANA, Source.CAMERA, now=3.0)
    assert isinstance(removed, TrackRemoved)
    assert it.remove_track(ANA, Source.CAMERA, now=3.0) == []


def test_a_muted_participant_may_still_chat() -> None:
    it = room_with(ANA)
    it.set_track(ANA, Source.MICROPHONE, muted=True, now=3.0)
    (event,) = it.say(ANA, "m1", "hello", now=4.0)
    assert isinstance(event, ChatSent)
    assert (event.message.seq, event.message.name, event.message.text) == (3, "Ana", "hello")


def test_only_a_host_renames_the_room() -> None:
    it = room()
    it.join(ANA, "Ana", HOST_KEY, [], now=2.0)
    it.join(BO, "Bo", None, [], now=2.0)
    with pytest.raises(NotPermitted):
        it.update(BO, title="Mine now", now=3.0)
    (event,) = it.update(ANA, title="Opening night", now=3.0)
    assert isinstance(event, RoomUpdated)
    assert it.title == "Opening night"
    assert it.update(ANA, title="Opening night", now=3.0) == []


def test_roles_are_sets_of_permissions() -> None:
    assert ROLES[Role.HOST] == frozenset(Permission)
    assert Permission.MANAGE_ROOM not in ROLES[Role.SPEAKER]


def test_signalling_reaches_only_present_members_of_the_room() -> None:
    it = room_with(ANA, BO)
    assert it.reachable(ANA, BO, 1).id == BO
    for target, error in ((CY, NoSuchParticipant), (ANA, NoSuchParticipant)):
        with pytest.raises(error):
            it.reachable(ANA, target, 1)
    with pytest.raises(StalePeer):
        it.reachable(ANA, BO, 2)
    it.lose(BO, now=3.0, grace_s=5)
    with pytest.raises(PeerAway):
        it.reachable(ANA, BO, 1)


def test_a_restart_makes_everyone_absent_with_a_new_grace() -> None:
    it = room_with(ANA, BO)
    it.lose(BO, now=3.0, grace_s=1)
    events = it.lose_everyone(now=100.0, grace_s=5)
    assert [type(event) for event in events] == [ParticipantAway]
    assert it.overdue(104.9) == []
    assert set(it.overdue(105.0)) == {ANA, BO}


def test_a_draft_does_not_touch_its_room() -> None:
    it = room_with(ANA)
    draft = it.copy()
    draft.leave(ANA, now=3.0)
    assert (list(it.participants), it.seq) == ([ANA], 1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "lose", "resume", "track", "say"]),
        st.sampled_from([ANA, BO, CY]),
        st.booleans(),
    ),
    max_size=40,
)


@given(STEPS)
def test_sequence_numbers_grow_by_one_whatever_happens(
    steps: list[tuple[str, ParticipantId, bool]],
) -> None:
    it = room()
    seen = []
    for now, (step, who, flag) in enumerate(steps, start=2):
        here = who in it.participants
        if step == "join" and not here:
            events = it.join(who, who, None, [], now)
        elif not here or step == "join":
            continue
        elif step == "leave":
            events = it.leave(who, now)
        elif step == "lose":
            events = it.lose(who, now, 5)
        elif step == "resume":
            serial = it.participant(who).token_serial
            events = it.resume(who, serial, fresh=flag, tracks=None, now=now)
        elif step == "track":
            events = it.set_track(who, Source.CAMERA, flag, now)
        else:
            events = it.say(who, str(now), "x", now)
        seen += [event.seq for event in events]
    assert seen == list(range(1, it.seq + 1))
