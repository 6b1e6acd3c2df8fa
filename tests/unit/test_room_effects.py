"""Effects, gains and hands in the room aggregate: who may, what follows, and what is told."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.effects import NO_EFFECTS, Effect, Effects
from rooms.errors import (
    InvalidEffect,
    NoSuchParticipant,
    NotPermitted,
    PrivateRoom,
    TooManyEffects,
)
from rooms.events import EffectsChanged, Event, GainChanged, HandChanged, RoomUpdated
from rooms.ids import ParticipantId, RoomId
from rooms.permissions import ROLES, Permission, Role
from rooms.room import Room, hash_host_key
from rooms.topology import MediaPolicy, Reason, TopologyLimits, wanted
from rooms.wire import effects_shape, facts, participant_shape

ANA, BO, CY = ParticipantId("ana"), ParticipantId("bo"), ParticipantId("cy")
LIMITS = TopologyLimits()
EDGES = Effect("e1", "edges", "Edges", (("low", 80.0),))
BLUR = Effect("e2", "background-blur", "Blur the background", private=True)
ECHO = Effect("e3", "echo", "Echo")
SHOWN = Effects((EDGES,), (ECHO,), shown=True)


@pytest.fixture
def room() -> Room:
    """Ana is its host."""
    it = Room.create(RoomId("r"), "Rehearsal", hash_host_key("key"), 9, now=1.0)
    it.join(ANA, "Ana", "key", [], now=2.0)
    it.join(BO, "Bo", None, [], now=2.0)
    return it


def reasons(room: Room) -> dict[ParticipantId, Reason | None]:
    return wanted(room, LIMITS)


# Effects


def test_what_is_shown_is_told_and_forwarded(room: Room) -> None:
    (event,) = room.set_effects(BO, SHOWN, now=3.0)
    assert event == EffectsChanged(3, BO, SHOWN.as_seen)
    assert room.participant(BO).effects == SHOWN
    assert reasons(room) == {ANA: None, BO: Reason.EFFECT}


def test_a_preview_is_told_to_nobody_and_needs_no_forwarding(room: Room) -> None:
    preview = Effects((EDGES,), shown=False)
    assert room.set_effects(BO, preview, now=3.0) == []
    assert room.participant(BO).effects == preview
    assert reasons(room)[BO] is None


def test_a_parameter_that_moves_is_kept_and_told_to_nobody(room: Room) -> None:
    room.set_effects(BO, Effects((EDGES,), shown=True), now=3.0)
    moved = Effects((Effect("e1", "edges", "Edges", (("low", 90.0),)),), shown=True)
    assert room.set_effects(BO, moved, now=4.0) == []
    assert room.participant(BO).effects == moved


def test_both_chains_are_replaced_at_once_and_two_empty_ones_are_off(room: Room) -> None:
    room.set_effects(BO, SHOWN, now=3.0)
    (event,) = room.set_effects(BO, Effects((BLUR,), shown=True), now=4.0)
    assert isinstance(event, EffectsChanged)
    assert [effect.filter for effect in event.effects.video] == ["background-blur"]
    assert event.effects.audio == ()
    (event,) = room.set_effects(BO, Effects(shown=True), now=5.0)
    assert event == EffectsChanged(5, BO, NO_EFFECTS)
    assert room.participant(BO).effects == NO_EFFECTS
    assert reasons(room)[BO] is None


def test_the_same_again_is_no_change(room: Room) -> None:
    room.set_effects(BO, SHOWN, now=3.0)
    before = room.copy()
    assert room.set_effects(BO, SHOWN, now=4.0) == []
    assert room == before


@pytest.mark.parametrize(
    ("effects", "error"),
    [
        (Effects(tuple(Effect(f"e{n}", "x", "X") for n in range(9))), TooManyEffects),
        (Effects((EDGES, EDGES)), InvalidEffect),
        (Effects((EDGES,), (EDGES,)), InvalidEffect),
    ],
)
def test_what_cannot_be_used_together_changes_nothing(
    room: Room, effects: Effects, error: type[Exception]
) -> None:
    room.set_effects(BO, SHOWN, now=3.0)
    before = room.copy()
    with pytest.raises(error):
        room.set_effects(BO, effects, now=4.0)
    assert room == before


def test_who_may_not_use_effects_does_not(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROLES, Role.SPEAKER, frozenset({Permission.PUBLISH}))
    with pytest.raises(NotPermitted):
        room.set_effects(BO, SHOWN, now=3.0)
    with pytest.raises(NotPermitted):
        room.set_gain(BO, BO, 3.0, now=3.0)


def test_an_effect_that_is_dropped_leaves_the_others(room: Room) -> None:
    room.set_effects(BO, SHOWN, now=3.0)
    (event,) = room.drop_effect(BO, EDGES.id, now=4.0)
    assert event == EffectsChanged(4, BO, Effects((), (ECHO,), shown=True).as_seen)
    assert reasons(room)[BO] is Reason.EFFECT
    (event,) = room.drop_effect(BO, ECHO.id, now=5.0)
    assert room.participant(BO).effects == NO_EFFECTS
    assert reasons(room)[BO] is None


def test_dropping_an_effect_that_is_gone_does_nothing(room: Room) -> None:
    room.set_effects(BO, SHOWN, now=3.0)
    before = room.copy()
    assert room.drop_effect(BO, "e9", now=4.0) == []
    assert room == before
    with pytest.raises(NoSuchParticipant):
        room.drop_effect(CY, EDGES.id, now=4.0)


def test_effects_gains_and_hands_survive_an_absence_and_a_new_page(room: Room) -> None:
    room.set_effects(BO, SHOWN, now=3.0)
    room.set_gain(ANA, BO, -3.0, now=3.0)
    room.raise_hand(BO, True, now=3.0)
    room.lose(BO, now=4.0, grace_s=60)
    room.resume(BO, 1, fresh=True, tracks=[], now=5.0)
    bo = room.participant(BO)
    assert (bo.effects, bo.room_gain_db, bo.hand_raised) == (SHOWN, -3.0, True)
    assert reasons(room)[BO] is Reason.EFFECT


# Gains


def test_a_gain_of_ones_own_is_told_and_forwarded_until_it_is_zero(room: Room) -> None:
    (event,) = room.set_gain(BO, BO, 6, now=3.0)
    assert event == GainChanged(3, BO, 6.0, 0.0)
    assert reasons(room) == {ANA: None, BO: Reason.GAIN}
    assert room.set_gain(BO, BO, 6.0, now=4.0) == []
    (event,) = room.set_gain(BO, BO, 0, now=5.0)
    assert event == GainChanged(4, BO, 0.0, 0.0)
    assert reasons(room)[BO] is None


def test_a_host_changes_how_loud_somebody_else_is_and_both_gains_add_up(room: Room) -> None:
    room.set_gain(BO, BO, 6.0, now=3.0)
    (event,) = room.set_gain(ANA, BO, -10.0, now=4.0)
    assert event == GainChanged(4, BO, 6.0, -10.0)
    assert reasons(room)[BO] is Reason.GAIN
    room.set_gain(ANA, BO, -6.0, now=5.0)
    assert reasons(room)[BO] is None
    room.set_gain(ANA, ANA, 2.0, now=6.0)
    assert room.participant(ANA).gains_db == (2.0, 0.0)


def test_a_guest_does_not_change_how_loud_others_are(room: Room) -> None:
    before = room.copy()
    for target in (ANA, CY):
        with pytest.raises(NotPermitted):
            room.set_gain(BO, target, 3.0, now=3.0)
    with pytest.raises(NoSuchParticipant):
        room.set_gain(ANA, CY, 3.0, now=3.0)
    assert room == before


@pytest.mark.parametrize("gain_db", [20.5, -21, 1e300, math.nan, math.inf, -math.inf])
def test_a_gain_out_of_range_is_refused(room: Room, gain_db: float) -> None:
    before = room.copy()
    for target in (ANA, BO):
        with pytest.raises(InvalidEffect):
            room.set_gain(ANA, target, gain_db, now=3.0)
    assert room == before


# Hands


def test_a_hand_is_raised_once(room: Room) -> None:
    assert room.raise_hand(BO, True, now=3.0) == [HandChanged(3, BO, True)]
    assert room.raise_hand(BO, True, now=3.0) == []
    assert room.raise_hand(BO, False, now=3.0) == [HandChanged(4, BO, False)]


# Private rooms


def test_a_room_that_becomes_private_ends_effects_previews_and_gains(room: Room) -> None:
    room.set_effects(ANA, Effects((EDGES,), shown=False), now=3.0)
    room.set_effects(BO, SHOWN, now=3.0)
    room.set_gain(ANA, BO, 3.0, now=3.0)
    room.raise_hand(BO, True, now=3.0)
    seq = room.seq
    events = room.update(ANA, media=MediaPolicy.PRIVATE, now=4.0)
    assert events == [
        RoomUpdated(seq + 1, "Rehearsal", 9, MediaPolicy.PRIVATE),
        EffectsChanged(seq + 2, BO, NO_EFFECTS),
        GainChanged(seq + 3, BO, 0.0, 0.0),
    ]
    for person in room.participants.values():
        assert (person.effects, person.gains_db) == (NO_EFFECTS, (0.0, 0.0))
        assert not person.demands
    assert room.participant(BO).hand_raised


def test_who_hid_stays_covered_until_they_choose_anew(room: Room) -> None:
    hidden = Effects((EDGES, BLUR), shown=True)
    for chosen in (NO_EFFECTS, SHOWN, hidden):
        room.set_effects(BO, hidden, now=3.0)
        assert not room.participant(BO).covered
        room.update(ANA, media=MediaPolicy.PRIVATE, now=3.0)
        room.update(ANA, media=MediaPolicy.AUTO, now=3.0)
        room.update(ANA, media=MediaPolicy.PRIVATE, now=3.0)
        room.update(ANA, media=MediaPolicy.AUTO, now=3.0)
        room.drop_effect(BO, BLUR.id, now=3.0)
        room.set_gain(BO, BO, 3.0, now=3.0)
        assert room.participant(BO).covered
        room.set_effects(BO, chosen, now=4.0)
        assert not room.participant(BO).covered


@pytest.mark.parametrize(
    "effects", [NO_EFFECTS, SHOWN, Effects((BLUR,), shown=False), Effects((), (ECHO,), shown=True)]
)
def test_who_hid_nothing_is_not_covered(room: Room, effects: Effects) -> None:
    room.set_effects(BO, effects, now=3.0)
    room.end_effects(now=4.0)
    assert not room.participant(BO).covered


def test_what_hides_is_not_dropped(room: Room) -> None:
    room.set_effects(BO, Effects((EDGES, BLUR), shown=True), now=3.0)
    before = room.copy()
    assert room.drop_effect(BO, BLUR.id, now=4.0) == []
    assert room == before


def test_a_private_room_refuses_effects_and_gains_until_it_is_private_no_more(room: Room) -> None:
    room.update(ANA, media=MediaPolicy.PRIVATE, now=3.0)
    for effects in (SHOWN, Effects((EDGES,), shown=False)):
        with pytest.raises(PrivateRoom):
            room.set_effects(BO, effects, now=3.0)
    for target in (ANA, BO):
        with pytest.raises(PrivateRoom):
            room.set_gain(ANA, target, 3.0, now=3.0)
        assert room.set_gain(ANA, target, 0.0, now=3.0) == []
    assert room.set_effects(BO, NO_EFFECTS, now=3.0) == []
    assert len(room.raise_hand(BO, True, now=3.0)) == 1
    room.update(ANA, media=MediaPolicy.AUTO, now=4.0)
    room.set_effects(BO, SHOWN, now=4.0)
    assert reasons(room)[BO] is Reason.EFFECT


# The wire


def test_others_see_the_filters_and_their_owner_sees_all_of_it(room: Room) -> None:
    (event,) = room.set_effects(BO, SHOWN, now=3.0)
    seen = [
        {"filter": "edges", "title": "Edges", "kind": "video"},
        {"filter": "echo", "title": "Echo", "kind": "audio"},
    ]
    (fact,) = facts(room, [event], now=3.0)
    assert fact.dump() == {"seq": 3, "participant_id": "bo", "effects": seen}
    assert participant_shape(room.participant(BO), now=3.0).dump()["effects"] == seen
    assert effects_shape(room.participant(BO).effects).dump() == {
        "video": [{"id": "e1", "filter": "edges", "title": "Edges", "params": {"low": 80.0}}],
        "audio": [{"id": "e3", "filter": "echo", "title": "Echo", "params": {}}],
        "shown": True,
    }


EFFECTS = st.builds(
    Effects,
    st.lists(st.sampled_from([EDGES, BLUR]), max_size=2, unique=True).map(tuple),
    st.lists(st.just(ECHO), max_size=1).map(tuple),
    st.booleans(),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["effects", "drop", "gain", "media", "hand"]),
        st.sampled_from([ANA, BO]),
        EFFECTS,
        st.sampled_from([0.0, 3.0, -3.0, 20.0]),
        st.sampled_from(MediaPolicy),
    ),
    max_size=30,
)


@given(STEPS)
def test_whatever_is_chosen_what_was_told_is_what_is_so_and_routes_follow(
    steps: list[tuple[str, ParticipantId, Effects, float, MediaPolicy]],
) -> None:
    room = Room.create(RoomId("r"), "Rehearsal", hash_host_key("key"), 9, now=1.0)
    for who in (ANA, BO):
        room.join(who, who, "key", [], now=2.0)
    seen: dict[ParticipantId, Any] = dict.fromkeys((ANA, BO), NO_EFFECTS)
    gains: dict[ParticipantId, Any] = dict.fromkeys((ANA, BO), (0.0, 0.0))
    for now, (step, who, effects, gain_db, media) in enumerate(steps, start=3):
        seq = room.seq
        events = _take(room, step, who, effects, gain_db, media, now)
        assert [event.seq for event in events] == list(range(seq + 1, room.seq + 1))
        for event in events:
            if isinstance(event, EffectsChanged):
                assert seen[event.participant_id] != event.effects
                seen[event.participant_id] = event.effects
            if isinstance(event, GainChanged):
                gains[event.participant_id] = (event.gain_db, event.room_gain_db)
        for person in room.participants.values():
            assert seen[person.id] == person.effects.as_seen
            assert gains[person.id] == person.gains_db
            assert (Reason.EFFECT in person.demands) == (person.effects.as_seen != NO_EFFECTS)
            assert (Reason.GAIN in person.demands) == (sum(person.gains_db) != 0)
            assert not (room.media is MediaPolicy.PRIVATE and person.demands)


def _take(
    room: Room,
    step: str,
    who: ParticipantId,
    effects: Effects,
    gain_db: float,
    media: MediaPolicy,
    now: float,
) -> list[Event]:
    try:
        match step:
            case "effects":
                return room.set_effects(who, effects, now)
            case "drop":
                return room.drop_effect(who, EDGES.id, now)
            case "gain":
                return room.set_gain(ANA, who, gain_db, now)
            case "media":
                return room.update(who, media=media, now=now)
            case _:
                return room.raise_hand(who, effects.shown, now)
    except PrivateRoom:
        assert room.media is MediaPolicy.PRIVATE
        return []
