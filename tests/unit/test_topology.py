"""Who travels how: every reason, their order, and the wait before media goes direct again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import NoSuchParticipant, NotPermitted
from rooms.events import Event, RoomUpdated, RouteChanged
from rooms.ids import ParticipantId, RoomId
from rooms.participant import Source, Track
from rooms.room import Room, hash_host_key
from rooms.topology import (
    MAX_UNREACHABLE_PAIRS,
    OWN_REASONS,
    MediaPolicy,
    Reason,
    Route,
    TopologyLimits,
    wanted,
)

KEY = "the key"
ANA, BO, CY, DI = (ParticipantId(name) for name in ("ana", "bo", "cy", "di"))
EVERYBODY = (ANA, BO, CY, DI)
CAMERA = Track(Source.CAMERA, muted=False)
LIMITS = TopologyLimits(mesh_limit=2, direct_after_s=5.0)
ALL_DIRECT = {ANA: None, BO: None, CY: None}


def room_of(*people: ParticipantId, tracks: int = 0, capacity: int = 9) -> Room:
    """Ana is its host; the first `tracks` people have a camera."""
    room = Room.create(RoomId("r"), "Rehearsal", hash_host_key(KEY), capacity, now=1.0)
    for n, person in enumerate(people):
        mine = [CAMERA] if n < tracks else []
        room.join(person, person, KEY if person == ANA else None, mine, now=2.0)
    return room


def settle(room: Room, now: float, limits: TopologyLimits = LIMITS) -> list[RouteChanged]:
    events = room.settle_routes(limits, now)
    assert all(isinstance(event, RouteChanged) for event in events)
    return [event for event in events if isinstance(event, RouteChanged)]


def told(events: list[RouteChanged]) -> dict[ParticipantId, tuple[Route, Reason | None]]:
    return {event.participant_id: (event.route, event.reason) for event in events}


def forwarded(room: Room) -> set[ParticipantId]:
    return {p.id for p in room.participants.values() if p.route is Route.FORWARDED}


# Reasons


def test_a_small_room_is_direct() -> None:
    room = room_of(ANA, BO, CY, tracks=2)
    assert wanted(room, LIMITS) == ALL_DIRECT
    assert settle(room, now=3.0) == []


def test_one_publisher_over_the_limit_forwards_everyone_those_without_tracks_too() -> None:
    room = room_of(ANA, BO, CY, DI, tracks=3)
    assert wanted(room, LIMITS) == dict.fromkeys(EVERYBODY, Reason.CROWD)
    room.remove_track(CY, Source.CAMERA, now=3.0)
    assert wanted(room, LIMITS) == dict.fromkeys(EVERYBODY)


def test_who_is_muted_or_reconnecting_still_counts_as_a_publisher() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    room.set_track(ANA, Source.CAMERA, muted=True, now=3.0)
    room.lose(BO, now=3.0, grace_s=60)
    assert set(wanted(room, LIMITS).values()) == {Reason.CROWD}


def test_two_tracks_are_one_publisher() -> None:
    room = room_of(ANA, BO, tracks=2)
    room.set_track(ANA, Source.MICROPHONE, muted=False, now=3.0)
    assert wanted(room, LIMITS) == {ANA: None, BO: None}


@pytest.mark.parametrize("reason", sorted(OWN_REASONS))
@pytest.mark.parametrize("media", [MediaPolicy.AUTO, MediaPolicy.MESH, MediaPolicy.FORWARDED])
def test_a_reason_of_ones_own_forwards_that_one_whichever_way_the_host_prefers(
    reason: Reason, media: MediaPolicy
) -> None:
    room = room_of(ANA, BO)
    assert room.demand(BO, reason, on=True, now=3.0) == []
    room.update(ANA, media=media, now=3.0)
    others = Reason.HOST if media is MediaPolicy.FORWARDED else None
    assert wanted(room, LIMITS) == {ANA: others, BO: reason}
    room.demand(BO, reason, on=False, now=4.0)
    assert wanted(room, LIMITS) == {ANA: others, BO: others}


@pytest.mark.parametrize("reason", sorted(set(Reason) - OWN_REASONS))
def test_what_comes_from_the_room_cannot_be_demanded(reason: Reason) -> None:
    with pytest.raises(AssertionError):
        room_of(ANA).demand(ANA, reason, on=True, now=3.0)


def test_a_pair_that_cannot_connect_is_forwarded_and_nobody_else() -> None:
    room = room_of(ANA, BO, CY)
    assert room.report_unreachable(ANA, BO, now=3.0) == []
    both = {ANA: Reason.UNREACHABLE, BO: Reason.UNREACHABLE, CY: None}
    assert wanted(room, LIMITS) == both
    room.report_unreachable(BO, ANA, now=3.0)
    assert len(room.unreachable) == 1


def test_a_pair_is_reported_by_one_of_two_who_are_both_here() -> None:
    room = room_of(ANA, BO)
    for other in (ANA, CY):
        with pytest.raises(NoSuchParticipant):
            room.report_unreachable(ANA, other, now=3.0)
    with pytest.raises(NoSuchParticipant):
        room.report_unreachable(CY, ANA, now=3.0)
    assert room.unreachable == frozenset()


def test_a_pair_is_forgotten_when_one_leaves_or_loads_the_page_anew() -> None:
    room = room_of(ANA, BO, CY)
    room.report_unreachable(ANA, BO, now=3.0)
    room.report_unreachable(ANA, CY, now=3.0)
    room.lose(BO, now=4.0, grace_s=60)
    room.resume(BO, 1, fresh=False, tracks=None, now=5.0)
    assert len(room.unreachable) == 2
    room.resume(BO, 2, fresh=True, tracks=None, now=6.0)
    assert room.unreachable == {frozenset({ANA, CY})}
    room.leave(CY, now=7.0)
    assert room.unreachable == frozenset()


def test_pairs_are_bounded_and_whoever_is_in_none_still_gets_in() -> None:
    people = [ParticipantId(f"p{n}") for n in range(60)]
    room = room_of(*people, capacity=60)
    pairs = [(a, b) for n, a in enumerate(people[:50]) for b in people[:n]]
    for a, b in pairs:
        room.report_unreachable(a, b, now=3.0)
    assert MAX_UNREACHABLE_PAIRS <= len(room.unreachable) < MAX_UNREACHABLE_PAIRS + 60 < len(pairs)
    room.report_unreachable(people[58], people[59], now=3.0)
    assert wanted(room, TopologyLimits(mesh_limit=60))[people[58]] is Reason.UNREACHABLE


def test_the_host_forwards_everyone() -> None:
    room = room_of(ANA, BO)
    (event,) = room.update(ANA, media=MediaPolicy.FORWARDED, now=3.0)
    assert event == RoomUpdated(3, "Rehearsal", 9, MediaPolicy.FORWARDED)
    assert wanted(room, LIMITS) == {ANA: Reason.HOST, BO: Reason.HOST}


def test_the_mesh_policy_keeps_crowds_and_unreachable_pairs_direct() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    room.report_unreachable(ANA, BO, now=3.0)
    room.update(ANA, media=MediaPolicy.MESH, now=3.0)
    assert wanted(room, LIMITS) == ALL_DIRECT


@pytest.mark.parametrize("reason", sorted(OWN_REASONS))
def test_nothing_of_a_private_room_is_forwarded_whatever_the_reason(reason: Reason) -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    room.report_unreachable(ANA, BO, now=3.0)
    room.update(ANA, media=MediaPolicy.PRIVATE, now=3.0)
    room.demand(BO, reason, on=True, now=3.0)
    assert wanted(room, LIMITS) == ALL_DIRECT


def test_a_room_that_becomes_private_goes_direct_at_once() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    settle(room, now=3.0)
    room.update(ANA, media=MediaPolicy.PRIVATE, now=4.0)
    assert told(settle(room, now=4.0)) == dict.fromkeys((ANA, BO, CY), (Route.DIRECT, None))
    assert not room.routes_due(1e9)


def test_a_room_that_becomes_private_does_not_wait_for_what_was_planned() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    settle(room, now=3.0)
    room.leave(CY, now=4.0)
    settle(room, now=4.0)
    assert room.participant(ANA).direct_at == 9.0
    room.update(ANA, media=MediaPolicy.PRIVATE, now=5.0)
    settle(room, now=5.0)
    assert forwarded(room) == set()


def test_only_who_manages_the_room_says_how_media_travels() -> None:
    room = room_of(ANA, BO)
    with pytest.raises(NotPermitted):
        room.update(BO, media=MediaPolicy.FORWARDED, now=3.0)
    assert room.media is MediaPolicy.AUTO
    assert room.update(ANA, media=MediaPolicy.AUTO, now=3.0) == []
    assert len(room.update(ANA, title="Opening", media=MediaPolicy.MESH, now=3.0)) == 1
    assert (room.title, room.media) == ("Opening", MediaPolicy.MESH)


def test_a_server_that_does_not_forward_has_everyone_direct() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    room.update(ANA, media=MediaPolicy.FORWARDED, now=3.0)
    room.demand(ANA, Reason.EFFECT, on=True, now=3.0)
    assert wanted(room, TopologyLimits(mesh_limit=1, forwarding=False)) == ALL_DIRECT


ORDER = [
    Reason.EFFECT,
    Reason.GAIN,
    Reason.SOURCE,
    Reason.RECORDED,
    Reason.WATCHED,
    Reason.HOST,
    Reason.CROWD,
    Reason.UNREACHABLE,
]


@given(st.sets(st.sampled_from(ORDER), min_size=1))
def test_of_several_reasons_the_first_is_told(holding: set[Reason]) -> None:
    room = room_of(ANA, BO, CY, tracks=3 if Reason.CROWD in holding else 2)
    for reason in holding & OWN_REASONS:
        room.demand(ANA, reason, on=True, now=3.0)
    if Reason.UNREACHABLE in holding:
        room.report_unreachable(ANA, BO, now=3.0)
    if Reason.HOST in holding:
        room.update(ANA, media=MediaPolicy.FORWARDED, now=3.0)
    assert wanted(room, LIMITS)[ANA] is min(holding, key=ORDER.index)


# Settling


def test_forwarding_takes_effect_at_once_and_is_told_once() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    before = room.seq
    events = settle(room, now=3.0)
    assert told(events) == dict.fromkeys((ANA, BO, CY), (Route.FORWARDED, Reason.CROWD))
    assert [event.seq for event in events] == [before + 1, before + 2, before + 3]
    assert settle(room, now=4.0) == []


def test_going_direct_waits_until_the_reason_has_been_gone_for_long_enough() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    settle(room, now=3.0)
    room.leave(CY, now=10.0)
    assert settle(room, now=10.0) == []
    assert forwarded(room) == {ANA, BO}
    assert not room.routes_due(14.9)
    assert settle(room, now=14.9) == []
    assert room.routes_due(15.0)
    assert told(settle(room, now=15.0)) == dict.fromkeys((ANA, BO), (Route.DIRECT, None))
    assert not room.routes_due(1e9)


def test_a_reason_that_comes_back_begins_the_wait_anew() -> None:
    room = room_of(ANA, BO)
    room.demand(ANA, Reason.GAIN, on=True, now=3.0)
    settle(room, now=3.0)
    room.demand(ANA, Reason.GAIN, on=False, now=10.0)
    settle(room, now=10.0)
    room.demand(ANA, Reason.GAIN, on=True, now=12.0)
    assert settle(room, now=12.0) == []
    room.demand(ANA, Reason.GAIN, on=False, now=13.0)
    settle(room, now=13.0)
    assert settle(room, now=17.9) == []
    assert told(settle(room, now=18.0)) == {ANA: (Route.DIRECT, None)}


def test_another_reason_is_told_although_the_route_stays() -> None:
    room = room_of(ANA, BO)
    room.demand(ANA, Reason.GAIN, on=True, now=3.0)
    settle(room, now=3.0)
    room.demand(ANA, Reason.EFFECT, on=True, now=4.0)
    assert told(settle(room, now=4.0)) == {ANA: (Route.FORWARDED, Reason.EFFECT)}
    room.demand(ANA, Reason.EFFECT, on=False, now=5.0)
    assert told(settle(room, now=5.0)) == {ANA: (Route.FORWARDED, Reason.GAIN)}


def test_without_a_wait_media_goes_direct_at_once() -> None:
    limits = TopologyLimits(direct_after_s=0)
    room = room_of(ANA)
    room.demand(ANA, Reason.GAIN, on=True, now=3.0)
    settle(room, now=3.0, limits=limits)
    room.demand(ANA, Reason.GAIN, on=False, now=3.0)
    assert told(settle(room, now=3.0, limits=limits)) == {ANA: (Route.DIRECT, None)}


def test_a_server_that_forwards_no_more_does_not_wait() -> None:
    room = room_of(ANA, BO, CY, tracks=3)
    settle(room, now=3.0)
    settle(room, now=4.0, limits=TopologyLimits(forwarding=False))
    assert forwarded(room) == set()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["join", "leave", "lose", "fresh", "track", "no track", "media", "demand", "report"]
        ),
        st.sampled_from(EVERYBODY),
        st.sampled_from(EVERYBODY),
        st.sampled_from(sorted(OWN_REASONS)),
        st.sampled_from(MediaPolicy),
        st.booleans(),
        st.floats(0, 7),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_routes_follow_reasons_and_never_flicker(
    steps: list[tuple[str, ParticipantId, ParticipantId, Reason, MediaPolicy, bool, float],],
) -> None:
    """The model: a route is what was told last; direct only follows after the wait."""
    room = room_of(ANA)
    now = 3.0
    model: dict[ParticipantId, tuple[Route, Reason | None]] = {}
    last_wanted: dict[ParticipantId, float] = {}
    for step, who, other, reason, media, on, pause_s in steps:
        now += pause_s
        _take(room, step, who, other, reason, media, on, now)
        events = settle(room, now)
        reasons = wanted(room, LIMITS)
        for event in events:
            if event.route is Route.DIRECT and room.media is not MediaPolicy.PRIVATE:
                assert now - last_wanted[event.participant_id] >= LIMITS.direct_after_s
        model = {p: model.get(p, (Route.DIRECT, None)) for p in room.participants} | told(events)
        last_wanted |= {p: now for p, why in reasons.items() if why}
        for person in room.participants.values():
            assert model[person.id] == (person.route, person.route_reason)
            if reasons[person.id]:
                assert model[person.id] == (Route.FORWARDED, reasons[person.id])
            assert (person.direct_at is not None) == (
                person.route is Route.FORWARDED and reasons[person.id] is None
            )
        assert all(pair <= room.participants.keys() for pair in room.unreachable)
    now += LIMITS.direct_after_s
    settle(room, now)
    settle(room, now + LIMITS.direct_after_s)
    assert forwarded(room) == {p for p, why in wanted(room, LIMITS).items() if why}


def _take(
    room: Room,
    step: str,
    who: ParticipantId,
    other: ParticipantId,
    reason: Reason,
    media: MediaPolicy,
    on: bool,
    now: float,
) -> list[Event]:
    if step == "join":
        return [] if who in room.participants else room.join(who, who, KEY, [], now)
    if who not in room.participants:
        return []
    match step:
        case "leave":
            return room.leave(who, now)
        case "lose":
            return room.lose(who, now, grace_s=60)
        case "fresh":
            serial = room.participant(who).token_serial
            return room.resume(who, serial, fresh=on, tracks=None, now=now)
        case "track":
            return room.set_track(who, Source.CAMERA, muted=on, now=now)
        case "no track":
            return room.remove_track(who, Source.CAMERA, now)
        case "media":
            return room.update(who, media=media, now=now)
        case "demand":
            return room.demand(who, reason, on, now)
        case _:
            here = other in room.participants and other != who
            return room.report_unreachable(who, other, now) if here else []
