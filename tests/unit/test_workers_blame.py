"""Who is struck when a worker has died."""

import os

import pytest

from server.workers.blame import Fault, Verdict, judge
from server.workers.deaths import FORGIVEN_S, RESTART_S, Deaths
from server.workers.orders import StepOrder
from server.workers.process import is_ending
from server.workers.streams import TroubleKind

MINE = StepOrder("mine", "p.mine", (), private=False)
OTHER = StepOrder("other", "p.other", (), private=False)
SEPIA = StepOrder("sepia", "sepia", (), private=False)
BLUR = StepOrder("blur", "blur", (), private=False)


def verdict(
    *steps: StepOrder,
    running: StepOrder | None = None,
    loading: StepOrder | None = None,
    kind: TroubleKind = TroubleKind.CRASH,
    alone: bool = True,
) -> Verdict:
    fault = Fault(steps, running, loading, kind, "It ended.", alone)
    return judge(fault, lambda name: "." not in name)


@pytest.mark.parametrize("kind", [TroubleKind.CRASH, TroubleKind.SLOW, TroubleKind.MEMORY])
def test_whose_code_ran_is_to_blame(kind: TroubleKind) -> None:
    assert verdict(MINE, OTHER, SEPIA, running=OTHER, kind=kind) == Verdict((OTHER,), sure=True)
    assert verdict(SEPIA, BLUR, running=BLUR, kind=kind) == Verdict((BLUR,), sure=True)


def test_what_is_left_out_may_be_to_blame_too() -> None:
    slow = TroubleKind.SLOW
    assert verdict(SEPIA, running=MINE, kind=slow) == Verdict((MINE,), sure=True)


def test_code_that_is_loaded_is_to_blame_rather_than_what_is_built_in() -> None:
    assert verdict(SEPIA, MINE, loading=MINE) == Verdict((MINE,), sure=True)
    assert verdict(SEPIA, MINE, running=SEPIA, loading=MINE) == Verdict((MINE,), sure=True)
    assert verdict(OTHER, MINE, running=OTHER, loading=MINE) == Verdict((OTHER,), sure=True)


def test_a_crash_outside_is_laid_at_the_door_of_what_is_not_built_in() -> None:
    assert verdict(SEPIA, MINE) == Verdict((MINE,), sure=True)
    assert verdict(SEPIA, MINE, running=SEPIA) == Verdict((MINE,), sure=True)
    assert verdict(SEPIA, MINE, OTHER) == Verdict((MINE, OTHER))
    assert verdict(SEPIA, BLUR) == Verdict((SEPIA, BLUR))


def test_slow_is_who_runs_and_nobody_for_sure_when_nothing_does() -> None:
    slow = TroubleKind.SLOW
    assert verdict(SEPIA, MINE, running=SEPIA, kind=slow) == Verdict((SEPIA,), sure=True)
    assert verdict(SEPIA, MINE, kind=slow) == Verdict((MINE,))


def test_who_has_only_built_in_effects_has_not_ended_the_fork_server() -> None:
    assert verdict(SEPIA, alone=False) == Verdict((SEPIA,), struck=False)
    assert verdict(SEPIA, MINE, running=MINE, alone=False) == Verdict((MINE,))


def test_deaths_delay_the_next_start_until_they_are_forgiven() -> None:
    deaths = Deaths()
    chain = [("one", "sepia")]
    assert tuple(deaths.count(float(at), chain) for at in range(4)) == RESTART_S
    assert deaths.number == 4
    assert deaths.count(4.0 + FORGIVEN_S, chain) == RESTART_S[0]


def test_another_chain_begins_anew() -> None:
    deaths = Deaths()
    deaths.count(0.0, [("one", "sepia"), ("two", "p.mine")])
    assert not deaths.forget([("two", "p.mine"), ("one", "sepia"), ("new", "blur")])
    assert deaths.number == 1
    assert deaths.forget([("one", "sepia"), ("two", "p.other")])
    assert deaths.number == 0


def test_a_process_that_is_not_there_has_ended() -> None:
    assert not is_ending(os.getpid())
    assert is_ending(0)
