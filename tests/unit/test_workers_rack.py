"""What a worker does with its chain when filters fail, rest, or are still being loaded."""

import os
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pytest

from rooms.filters import Context
from rooms.filters.scenes import moving_picture
from server.workers import loader
from server.workers.loader import Loader
from server.workers.orders import Order, SourceText, StepOrder
from server.workers.rack import Held, Rack
from server.workers.repertoire import Repertoire
from server.workers.vitals import NOBODY, Phase, Reading, Vitals, shared_page
from tests.support.waiting import until

PICTURE = moving_picture(64, 48, 0)
TEXT = """
import threading
from rooms.filters import video_filter

@video_filter("Same", format="gray")
def same(image):
    return image

@video_filter("Fails", format="gray")
def fails(image):
    raise ValueError("no")

@video_filter("Black", format="gray")
def black(image):
    return image * 0

@video_filter("Fails to hide", format="gray", private=True)
def fails_to_hide(image):
    raise ValueError("no face")

@video_filter("Hides", format="gray", private=True)
def hides(image):
    return image * 0

@video_filter("Remembers", format="gray")
class Remembers:
    first = None
    def __call__(self, image):
        if self.first is None:
            self.first = image.copy()
        return self.first

@video_filter("Stops", format="gray")
class Stops:
    def __call__(self, image):
        return image
    def stop(self):
        seen.append(look())
"""
FILE = SourceText("/filters/p.py", 1, TEXT)
SLOW = "import threading\nopened.wait()\n" + TEXT.replace("image * 0", "image * 0 + 200")


class Recorder(Vitals):
    """Writes down whose code runs."""

    def __init__(self) -> None:
        page = shared_page()
        super().__init__(page)
        os.close(page)
        self.ran: list[tuple[int, int | None]] = []

    def running(self, index: int, version: int | None = None) -> None:
        super().running(index, version)
        if index >= 0:
            self.ran.append((index, version))


class Bench:
    """A rack, and what it tells."""

    def __init__(self) -> None:
        self.vitals = Recorder()
        self.told: list[dict[str, Any]] = []
        self.repertoire = Repertoire(None)
        self.rack = Rack(Loader(self.repertoire), self.told.append, self.vitals)
        self._version = 0

    def order(self, *names: str, source: SourceText = FILE) -> None:
        self._version += 1
        steps = tuple(step(name, at, source) for at, name in enumerate(names))
        self.rack.configure(Order(self._version, steps))

    def shown(self) -> float:
        """How bright the next picture is."""
        return float(self.rack.apply_video(PICTURE, Context())[:48].mean())

    def loaded(self) -> bool:
        """Whether all is, as a worker looks for it."""
        self.rack.look()
        return not self.rack.loading

    @property
    def blamed(self) -> list[str]:
        return [note["id"] for note in self.told if note["tell"] == "trouble"]


def step(name: str, at: int, source: SourceText = FILE) -> StepOrder:
    return StepOrder(f"{name}{at}", f"p.{name}", (), "hide" in name, source)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.rack.stop()
    made.vitals.close()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_of_three_fails_and_only_that_one_is_blamed(bench: Bench, place: int) -> None:
    names = ["same", "same", "same"]
    names[place] = "fails"
    bench.order(*names)
    bench.shown()
    assert bench.blamed == [f"fails{place}"]
    assert bench.vitals.ran == [(0, 1), (1, 1), (2, 1)]
    bench.shown()
    others = [(at, 1) for at in range(3) if at != place]
    assert bench.vitals.ran[-2:] == others
    assert bench.blamed == [f"fails{place}"]


def test_all_that_fail_in_one_frame_are_blamed(bench: Bench) -> None:
    bench.order("fails", "same", "fails", "black")
    assert bench.shown() == 0.0
    assert bench.blamed == ["fails0", "fails2"]


def test_what_hides_goes_on_behind_one_that_fails(bench: Bench) -> None:
    bench.order("fails", "hides", "same")
    assert bench.shown() == 0.0
    assert bench.blamed == ["fails0"]
    assert bench.shown() == 0.0


def test_nothing_is_shown_when_what_hides_fails_behind_one_that_fails(bench: Bench) -> None:
    bench.order("fails", "fails-to-hide", "same")
    for _ in range(2):
        with pytest.raises(Held):
            bench.shown()
    assert bench.blamed == ["fails0", "fails-to-hide1"]


@pytest.mark.parametrize("before", [["remembers"], ["remembers", "hides"]])
def test_what_remembers_shows_nothing_of_what_is_hidden_from_it_now(
    bench: Bench, before: list[str]
) -> None:
    def order(names: list[str]) -> None:
        bench.rack.configure(Order(1, tuple(step(name, 0) for name in names)))

    order(before)
    bench.shown()
    order(["hides", "remembers"])
    assert bench.shown() == 0


def test_a_stop_is_the_deed_of_the_effect_that_was_left_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.order("same", "stops")
    bench.shown()
    seen: list[Reading] = []
    monkeypatch.setattr("builtins.seen", seen, raising=False)
    monkeypatch.setattr("builtins.look", bench.vitals.read, raising=False)
    bench.order("same")
    bench.vitals.begin(Phase.FRAME, 2)
    bench.rack.settle()
    assert [(one.version, one.running) for one in seen] == [(1, 1)]
    assert bench.vitals.read().running == NOBODY
    bench.shown()
    assert bench.vitals.ran[-1] == (0, 2)


def test_what_ended_a_process_rests_at_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("server.workers.rack.time.monotonic", lambda: now[0])
    bench.rack.configure(Order(1, (replace(step("black", 0), rests=True), step("same", 1))))
    assert bench.shown() > 50.0
    now[0] += 1.0
    bench.rack.look()
    assert bench.shown() == 0.0


class Gate:
    """Lets an import go on when it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened = Event()
        monkeypatch.setattr("builtins.opened", self.opened, raising=False)
        monkeypatch.setattr("server.workers.rack.MOMENT_S", 0.01)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.opened.set()


async def test_the_old_code_goes_on_until_the_new_is_loaded(bench: Bench, gate: Gate) -> None:
    bench.order("black")
    bench.order("black", source=SourceText(FILE.path, 2, SLOW))
    assert (bench.rack.loading, bench.shown()) == (True, 0.0)
    reading = bench.vitals.read()
    assert (reading.loading, reading.loading_version) == (0, 2)
    gate.opened.set()
    await until(bench.loaded)
    assert bench.shown() > 180.0
    assert bench.vitals.read().loading == NOBODY
    assert bench.told == []


async def test_others_go_on_while_the_first_code_of_one_is_loaded(bench: Bench, gate: Gate) -> None:
    slow = SourceText("/filters/p.py", 2, SLOW)
    bench.order("same")
    quick = StepOrder("quick", "invert", (), private=False)
    bench.rack.configure(Order(5, (quick, replace(step("black", 1, slow)))))
    assert bench.shown() > 20.0
    gate.opened.set()
    await until(bench.loaded)
    assert bench.shown() > 180.0


async def test_nothing_is_shown_while_what_hides_is_loaded(bench: Bench, gate: Gate) -> None:
    bench.order("same")
    bench.order("same", "hides", source=SourceText(FILE.path, 2, SLOW))
    with pytest.raises(Held):
        bench.shown()
    gate.opened.set()
    await until(bench.loaded)
    assert bench.shown() > 180.0


async def test_what_did_not_hide_does_not_stand_in_for_what_does(bench: Bench, gate: Gate) -> None:
    bench.order("black")
    slow = SourceText(FILE.path, 2, SLOW)
    bench.rack.configure(Order(2, (replace(step("black", 0, slow), private=True),)))
    with pytest.raises(Held):
        bench.shown()


def test_a_load_that_hangs_is_given_up_and_the_old_code_goes_on(
    bench: Bench, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.order("black")
    monkeypatch.setattr(loader, "LOAD_WITHIN_S", 0.0)
    bench.order("black", source=SourceText(FILE.path, 2, SLOW))
    assert bench.shown() == 0.0
    assert not bench.rack.loading
    (trouble,) = bench.told
    assert (trouble["kind"], trouble["file"]) == ("broken-file", "p.py")
    assert "longer than" in trouble["message"]


async def test_a_load_that_loops_is_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    monkeypatch.setattr("builtins.ended", ended, raising=False)
    monkeypatch.setattr(loader, "LOAD_WITHIN_S", 0.0)
    loops = "try:\n    while True:\n        pass\nfinally:\n    ended.append(True)\n"
    bench.order("black", source=SourceText(FILE.path, 2, loops))
    await until(lambda: ended == [True])
    assert bench.blamed == ["black0"]


async def test_a_text_that_cannot_be_loaded_is_run_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[bool] = []
    monkeypatch.setattr("builtins.runs", runs, raising=False)
    for _ in range(2):
        bench.order("black", source=SourceText(FILE.path, 2, "runs.append(True)\n1 / 0\n"))
        await until(bench.loaded)
    assert runs == [True]
    assert np.array_equal(bench.rack.apply_video(PICTURE, Context()), PICTURE)
    assert bench.told[0]["line"] == 2


def test_whatever_a_file_raises_is_told(bench: Bench) -> None:
    text = "import asyncio\nraise asyncio.CancelledError('x')\n"
    bench.order("black", source=SourceText(FILE.path, 2, text))
    assert [note["message"] for note in bench.told] == ["CancelledError: x"]
