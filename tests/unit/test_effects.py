"""What a parameter takes, what a chain may be, and what others know of it."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.effects import (
    MAX_EFFECTS,
    NO_EFFECTS,
    Effect,
    Effects,
    FilterInfo,
    ParamInfo,
    ParamKind,
    check_effects,
    checked_gain,
    hides_more,
)
from rooms.errors import InvalidEffect, TooManyEffects
from rooms.participant import Kind
from tests.support.catalogue import EDGES

NUMBER = ParamInfo("low", "Low", ParamKind.NUMBER, 5.0, 0.0, 10.0)
WHOLE = ParamInfo("size", "Size", ParamKind.NUMBER, 3, 1, 9, whole=True)
CHOICE = ParamInfo("map", "Map", ParamKind.CHOICE, "a", choices=(("a", "A"), ("b", "B")))
SWITCH = ParamInfo("on", "On", ParamKind.SWITCH, False)
TEXT = ParamInfo("words", "Words", ParamKind.TEXT, "")
COLOUR = ParamInfo("tint", "Tint", ParamKind.COLOUR, "#ff0000")
IMAGE = ParamInfo("picture", "Picture", ParamKind.IMAGE, "")
PARAMS = (NUMBER, WHOLE, CHOICE, SWITCH, TEXT, COLOUR, IMAGE)


def effect(number: int, name: str = "edges", **more: Any) -> Effect:
    return Effect(f"e{number}", name, name.title(), **more)


@pytest.mark.parametrize(
    ("param", "value", "taken"),
    [
        (NUMBER, 0, 0.0),
        (NUMBER, 10.0, 10.0),
        (WHOLE, 9, 9),
        (WHOLE, 4.0, 4),
        (CHOICE, "b", "b"),
        (SWITCH, True, True),
        (TEXT, "x" * 200, "x" * 200),
        (TEXT, "\U0001f469\u200d\U0001f680 陈伟", "\U0001f469\u200d\U0001f680 陈伟"),
        (COLOUR, "#A0b1C2", "#a0b1c2"),
        (IMAGE, "", ""),
        (IMAGE, "Ab_-9", "Ab_-9"),
    ],
)
def test_a_value_in_range_is_taken_as_the_filter_gets_it(
    param: ParamInfo, value: object, taken: object
) -> None:
    checked = param.checked(value)
    assert checked == taken
    assert type(checked) is type(taken)


@pytest.mark.parametrize(
    ("param", "value"),
    [
        *((NUMBER, value) for value in (-0.1, 10.1, math.nan, math.inf, -math.inf, 10**400, True)),
        *((NUMBER, value) for value in ("5", None, [5], {"low": 5})),
        *((WHOLE, value) for value in (2.5, 0, 10, math.nan, math.inf, -(10**400), False)),
        *((CHOICE, value) for value in ("c", "", "A", 1, None)),
        *((SWITCH, value) for value in (0, 1, "true", None)),
        *((TEXT, value) for value in ("x" * 201, "a\nb", "a\x00", "\u202ea", 5)),
        *((COLOUR, value) for value in ("ff0000", "#ff00", "#ff0000\n", "#gg0000", "red", 0)),
        *((IMAGE, value) for value in ("../x", "x" * 65, "a\n", "a b", None, 5)),
    ],
)
def test_any_other_value_is_refused_in_a_sentence(param: ParamInfo, value: object) -> None:
    with pytest.raises(InvalidEffect, match=rf"^{param.title} must be .+\.$"):
        param.checked(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)


@given(st.sampled_from(PARAMS), JSON)
def test_whatever_json_comes_for_a_parameter_it_is_in_range_or_refused(
    param: ParamInfo, value: object
) -> None:
    try:
        taken = param.checked(value)
    except InvalidEffect:
        return
    assert param.checked(json.loads(json.dumps(taken))) == taken
    if isinstance(taken, int | float) and not isinstance(taken, bool):
        assert param.low <= taken <= param.high


def test_what_is_not_given_has_its_default() -> None:
    taken = dict(EDGES.checked({"low": 7}))
    assert taken == {param.name: param.default for param in EDGES.params} | {"low": 7.0}


@pytest.mark.parametrize("name", ["hight", "__class__", "", "x" * 1000])
def test_a_parameter_that_the_filter_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidEffect, match="has no parameter") as refused:
        EDGES.checked({name: 1})
    assert len(refused.value.message) < 100


def test_a_filter_without_parameters_takes_none() -> None:
    plain = FilterInfo("plain", "Plain", Kind.VIDEO)
    assert plain.checked({}) == ()
    with pytest.raises(InvalidEffect):
        plain.checked({"low": 1})


def test_each_chain_has_eight_effects_at_most() -> None:
    eight = tuple(effect(n) for n in range(MAX_EFFECTS))
    others = tuple(effect(n) for n in range(100, 100 + MAX_EFFECTS))
    check_effects(Effects(eight, others, shown=True))
    for too_many in (Effects((*eight, effect(9))), Effects((), (*eight, effect(9)))):
        with pytest.raises(TooManyEffects):
            check_effects(too_many)


@pytest.mark.parametrize(
    "effects",
    [
        Effects((effect(1), effect(1))),
        Effects(audio=(effect(1), effect(2), effect(1))),
        Effects((effect(1),), (effect(1),)),
    ],
)
def test_an_id_is_there_once_in_both_chains(effects: Effects) -> None:
    with pytest.raises(InvalidEffect):
        check_effects(effects)


def test_others_know_the_filters_that_are_shown_and_nothing_else() -> None:
    mine = (effect(1, params=(("words", "for my eyes"),), private=True),)
    assert Effects(mine, shown=False).as_seen == NO_EFFECTS
    seen = Effects(mine, (effect(2, "echo"),), shown=True).as_seen
    assert [(e.filter, e.title) for e in (*seen.video, *seen.audio)] == [
        ("edges", "Edges"),
        ("echo", "Echo"),
    ]
    assert "eyes" not in repr(seen)


def test_parameters_alone_are_told_from_every_other_change() -> None:
    before = Effects((effect(1), effect(2)), (effect(3, "echo"),), shown=True)
    moved = Effects((effect(1, params=(("low", 1.0),)), effect(2)), before.audio, shown=True)
    assert moved.differs_in_parameters_only(before)
    for other in (
        NO_EFFECTS,
        Effects(before.video[::-1], before.audio, shown=True),
        Effects(before.video, before.audio, shown=False),
        Effects((effect(1), effect(2, "sepia")), before.audio, shown=True),
        Effects((effect(1), effect(9)), before.audio, shown=True),
        Effects(before.video[:1], before.audio, shown=True),
        Effects(before.video, (), shown=True),
    ):
        assert not other.differs_in_parameters_only(before)


def test_an_effect_that_moves_from_one_chain_to_the_other_is_no_change_of_parameters() -> None:
    video, audio = Effects((effect(1),), shown=True), Effects((), (effect(1),), shown=True)
    assert not video.differs_in_parameters_only(audio)


def test_without_its_last_effect_nothing_is_shown() -> None:
    both = Effects((effect(1),), (effect(2, "echo"),), shown=True)
    assert both.without("e1") == Effects((), both.audio, shown=True)
    assert both.without("e1").without("e2") == NO_EFFECTS
    assert both.without("e9") == both


@pytest.mark.parametrize("gain_db", [-20, 0, 20.0, 0.5])
def test_a_gain_is_from_minus_twenty_to_twenty(gain_db: float) -> None:
    assert checked_gain(gain_db) == gain_db


@pytest.mark.parametrize("gain_db", [-20.1, 20.1, math.nan, math.inf, 1e308])
def test_any_other_gain_is_refused(gain_db: float) -> None:
    with pytest.raises(InvalidEffect):
        checked_gain(gain_db)


def chain_of(names: str) -> list[Effect]:
    """A letter for each effect; capitals hide something."""
    return [Effect(name.lower(), name.lower(), name, private=name.isupper()) for name in names]


@pytest.mark.parametrize(
    ("before", "now", "more"),
    [
        ("", "a", False),
        ("", "A", True),
        ("a", "aB", True),
        ("a", "Ba", True),
        ("aB", "Ba", True),
        ("Ba", "aB", False),
        ("B", "Bc", False),
        ("Bc", "aBc", False),
        ("AbC", "CAb", True),
        ("AbC", "Ab", False),
        ("ABc", "BAc", True),
        ("A", "a", False),
        ("a", "A", True),
        ("AB", "AB", False),
    ],
)
def test_a_chain_hides_more_when_something_that_was_seen_comes_behind_what_hides(
    before: str, now: str, more: bool
) -> None:
    assert hides_more(chain_of(now), chain_of(before)) is more
