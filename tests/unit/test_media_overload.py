"""When newcomers are turned away: sustained lateness or a used-up core, not one bad moment."""

import asyncio

from server.media.overload import Overload


def look(overload: Overload, start: float, times: int, late_s: float, cpu: float) -> None:
    for i in range(times):
        overload.look(start + i / 2, late_s, cpu)


def test_one_late_moment_is_no_overload() -> None:
    overload = Overload(lag_s=0.3, cpu=0.9)
    look(overload, 0, 10, 0.0, 0.1)
    look(overload, 5, 1, 2.0, 1.0)
    look(overload, 5.5, 2, 0.0, 0.1)
    assert not overload.busy


def test_an_event_loop_that_stays_late_is_an_overload() -> None:
    overload = Overload(lag_s=0.3, cpu=0.9)
    look(overload, 0, 10, 0.4, 0.1)
    assert overload.busy


def test_a_core_that_stays_used_up_is_an_overload() -> None:
    overload = Overload(lag_s=0.3, cpu=0.9)
    look(overload, 0, 10, 0.0, 0.95)
    assert overload.busy


def test_newcomers_are_let_in_again_when_both_are_well_below() -> None:
    overload = Overload(lag_s=0.3, cpu=0.9)
    look(overload, 0, 10, 0.4, 0.95)
    look(overload, 5, 20, 0.0, 0.85)
    assert overload.busy, "just below the threshold it would come and go"
    look(overload, 15, 20, 0.0, 0.5)
    assert not overload.busy


async def test_the_watch_measures_the_running_loop_and_ends() -> None:
    overload = Overload(lag_s=30.0, cpu=50.0)
    overload.start()
    await asyncio.sleep(0)
    await overload.close()
    await overload.close()
    assert not overload.busy
