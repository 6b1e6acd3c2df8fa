"""When effects are off, when workers are killed, and what a busy stream gives up."""

import os
from dataclasses import replace

import pytest

from server.workers import patience
from server.workers.patience import Patience, allowed_s
from server.workers.pressure import (
    SECONDS_BEFORE_ANOTHER_TRY,
    SECONDS_BEFORE_FULL,
    SECONDS_BEFORE_HALF,
    Pressure,
)
from server.workers.streams import Degraded
from server.workers.strikes import FORGIVEN_AFTER_S, MENDED_AFTER_S, STRIKES, Strikes
from server.workers.vitals import NOBODY, Phase, Reading, Vitals, shared_page


def test_the_third_strike_is_the_last() -> None:
    strikes = Strikes()
    assert [strikes.strike("a", at) for at in range(STRIKES)] == [False, False, True]
    assert strikes.is_off("a")
    assert not strikes.is_off("b")


def test_a_strike_is_forgiven_after_a_while() -> None:
    strikes = Strikes()
    strikes.strike("a", 0.0)
    strikes.strike("a", 1.0)
    assert not strikes.strike("a", 2.0 + FORGIVEN_AFTER_S)
    strikes.forgive("a")
    assert not strikes.strike("a", 3.0 + FORGIVEN_AFTER_S)


def test_an_effect_is_mended_once_and_never_when_it_is_off() -> None:
    strikes = Strikes()
    strikes.strike("a", 0.0)
    for at in range(STRIKES):
        strikes.strike("b", at)
    assert strikes.mended(MENDED_AFTER_S) == []
    later = MENDED_AFTER_S + STRIKES
    assert strikes.mended(later) == ["a"]
    assert strikes.mended(later) == []


def test_who_takes_an_effect_again_begins_anew() -> None:
    strikes = Strikes()
    for at in range(STRIKES):
        strikes.strike("a", at)
    strikes.keep([])
    strikes.keep(["a"])
    assert not strikes.is_off("a")


def test_vitals_are_shared_between_two_mappings() -> None:
    page = shared_page()
    theirs, ours = Vitals(page), Vitals(page)
    os.close(page)
    theirs.process = 4711
    theirs.begin(Phase.FRAME, 7)
    theirs.running(2)
    reading = ours.read()
    assert (reading.phase, reading.version, reading.running) == (Phase.FRAME, 7, 2)
    assert ours.process == 4711
    theirs.running(-1)
    assert ours.read().running == NOBODY
    theirs.begin(Phase.IDLE, 7)
    assert ours.read().since > reading.since
    theirs.close()
    ours.close()


@pytest.mark.parametrize(
    ("phase", "running", "within_s"),
    [
        (Phase.IDLE, NOBODY, float("inf")),
        (Phase.FRAME, 0, 1.0),
        (Phase.FRAME, NOBODY, 5.0),
        (Phase.STARTING, 0, 1.8),
        (Phase.BOOTING, NOBODY, 20.0),
    ],
)
def test_each_phase_has_its_time(phase: Phase, running: int, within_s: float) -> None:
    assert allowed_s(Reading(0.0, 1, phase, running), 1.0) == within_s


def test_what_was_seen_once_may_have_just_begun() -> None:
    watched = Patience()
    assert not watched.update(Reading(0.0, 1, Phase.FRAME, 0), 0)
    assert watched.update(Reading(0.0, 1, Phase.FRAME, 0), 0)
    assert not watched.update(Reading(0.1, 1, Phase.FRAME, 0), 0)
    assert not watched.update(Reading(0.2, 1, Phase.IDLE, NOBODY), 0)
    assert not watched.update(Reading(0.2, 1, Phase.IDLE, NOBODY), 0)


def test_who_took_the_time_of_a_frame_is_blamed_and_not_who_runs_when_it_is_over() -> None:
    watched = Patience()
    for running in (0, 0, 0, 0, 1):
        watched.update(Reading(0.0, 3, Phase.FRAME, running), 0)
    assert watched.slowest() == (3, 0)
    for running in (1, 1):
        watched.update(Reading(1.0, 3, Phase.FRAME, running), 0)
    assert watched.slowest() == (3, 1)


def test_code_that_is_loaded_must_let_others_run() -> None:
    beside = Reading(1.0, 1, Phase.IDLE, NOBODY, loading=0, loading_version=1)
    assert allowed_s(beside, 1.0) == 1.0
    assert allowed_s(replace(beside, phase=Phase.FRAME), 1.0) == 1.0
    watched = Patience()
    assert [watched.update(beside, 0) for _ in range(2)] == [False, True]


def test_the_time_in_line_for_a_processor_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = [10.0]
    monkeypatch.setattr(patience, "waited_s", lambda process: waited[0])
    watched = Patience()
    for _ in range(2):
        watched.update(Reading(100.0, 1, Phase.FRAME, 0), 1)
    waited[0] = 11.5
    assert watched.elapsed(102.0) == pytest.approx(2.0 / 3)
    waited[0] = 10.5
    assert watched.elapsed(102.0) == pytest.approx(1.5)


def test_the_system_tells_how_long_a_process_has_waited() -> None:
    assert patience.waited_s(os.getpid()) >= 0.0
    assert patience.waited_s(0) == 0.0


def squeezed() -> Pressure:
    pressure = Pressure()
    for _ in range(SECONDS_BEFORE_HALF):
        pressure.second(came=30, dropped=15, ms=60.0, width=640)
    return pressure


def test_pictures_are_dropped_first_and_halved_when_that_goes_on() -> None:
    pressure = Pressure()
    pressure.second(came=30, dropped=0, ms=10.0, width=640)
    before = pressure.degraded
    pressure.second(came=30, dropped=3, ms=35.0, width=640)
    assert (before, pressure.degraded) == (None, Degraded.FRAMES)
    assert not pressure.halved
    assert squeezed().degraded is Degraded.RESOLUTION


def test_half_the_size_is_given_up_when_it_does_not_help() -> None:
    pressure = squeezed()
    pressure.second(came=30, dropped=15, ms=58.0, width=640)
    assert not pressure.halved
    for _ in range(SECONDS_BEFORE_ANOTHER_TRY - 1):
        pressure.second(came=30, dropped=15, ms=60.0, width=640)
    assert not pressure.halved


def test_the_full_size_comes_back_when_there_is_time_for_it() -> None:
    pressure = squeezed()
    pressure.second(came=30, dropped=0, ms=15.0, width=640)
    for _ in range(SECONDS_BEFORE_FULL):
        assert pressure.halved
        pressure.second(came=30, dropped=0, ms=4.0, width=640)
    assert not pressure.halved


def test_small_pictures_stay_as_they_are() -> None:
    pressure = Pressure()
    for _ in range(5):
        pressure.second(came=30, dropped=20, ms=80.0, width=320)
    assert pressure.degraded is Degraded.FRAMES


def test_what_is_late_depends_on_the_pace() -> None:
    pressure = Pressure()
    assert not pressure.is_late(0.03)
    assert pressure.is_late(0.05)
    for _ in range(100):
        pressure.came(0.1)
    assert not pressure.is_late(0.1)
    assert pressure.is_late(0.13)
