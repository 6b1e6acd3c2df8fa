"""Filters that do what they should not, each while somebody else's effect keeps its frame rate."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import pytest_asyncio

from server.workers.streams import StreamState, Trouble, TroubleKind
from server.workers.wire import Outcome
from server.workers.workers import Workers
from tests.support.waiting import until
from tests.support.worker_streams import (
    HEAD,
    Publisher,
    Viewer,
    effect,
    running_workers,
    source_file,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

BAD = """
@video_filter("Raises", format="gray")
def raises(image):
    raise ValueError("no such colour")

@video_filter("Raises at times", format="gray")
class Moody:
    calls = 0
    def __call__(self, image):
        Moody.calls += 1
        if Moody.calls == 15:
            raise ValueError("not now")
        return 255 - image

@video_filter("Sleeps", format="gray")
def sleeps(image, seconds: float = Param(3.0, 0, 10)):
    time.sleep(seconds)
    return image

@video_filter("Loops", format="gray")
def loops(image):
    while True:
        pass

@video_filter("Aborts", format="gray")
def aborts(image):
    os.abort()

@video_filter("Hungry", format="gray")
def hungry(image):
    return np.ones(8 << 30, np.uint8)

@video_filter("Greedy", format="gray")
def greedy(image):
    kept = []
    while True:
        kept.append(bytearray(1 << 20))

@video_filter("Hides and raises", format="gray", private=True)
def hides_and_raises(image, on: bool = Param.switch(True)):
    if on:
        raise ValueError("cannot hide")
    return np.zeros_like(image)

@video_filter("Hides and aborts", format="gray", private=True)
class HidesAndAborts:
    count = 0
    def __call__(self, image):
        self.count += 1
        if self.count > 15:
            os.abort()
        return np.zeros_like(image)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    file = source_file(tmp_path_factory.mktemp("filters"), "bad.py", BAD)
    async with running_workers(filters=(file,), effect_deadline_ms=600, effect_memory_mb=128) as it:
        yield it


@asynccontextmanager
async def publishing(workers: Workers, *names: str) -> AsyncIterator[Publisher]:
    chain = [effect(workers, name, f"e{at}") for at, name in enumerate(names)]
    publisher = Publisher(workers, chain)
    try:
        yield publisher
    finally:
        await publisher.close()


def longest_gap(times: list[float]) -> float:
    return max((b - a for a, b in pairwise(times)), default=float("inf"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bad.raises", TroubleKind.ERROR),
        ("bad.sleeps", TroubleKind.SLOW),
        ("bad.loops", TroubleKind.SLOW),
        ("bad.aborts", TroubleKind.CRASH),
        ("bad.hungry", TroubleKind.MEMORY),
        ("bad.greedy", TroubleKind.MEMORY),
    ],
)
async def test_a_bad_filter_is_named_and_switched_off_and_harms_nobody(
    workers: Workers, name: str, kind: TroubleKind
) -> None:
    async with publishing(workers, "edges") as other:
        await other.seen(5)
        began = time.monotonic()
        async with publishing(workers, "sepia", name) as one:
            await until(lambda: any(trouble.off for trouble in one.heard.troubles), 12)
            off_at = time.monotonic()
            await one.seen(5)
        sent = [at for at in other.times if began < at <= off_at]
        seen = [at for at in other.heard.times if began < at <= off_at]

    assert {trouble.effect_id for trouble in one.heard.troubles} == {"e1"}
    assert {trouble.kind for trouble in one.heard.troubles} == {kind}
    assert [trouble.off for trouble in one.heard.troubles] == [False, False, True]
    assert other.heard.troubles == []
    assert len(seen) > 0.4 * len(sent)  # other tests run beside this one
    assert longest_gap(seen) < longest_gap(sent) + 0.5


async def test_an_exception_is_told_with_its_line(workers: Workers) -> None:
    async with publishing(workers, "bad.raises") as one:
        await until(lambda: bool(one.heard.troubles))

    line = 1 + (HEAD + BAD).splitlines().index('    raise ValueError("no such colour")')
    message = "ValueError: no such colour"
    assert one.heard.troubles[0] == Trouble(
        "e0", "bad.raises", "Raises", TroubleKind.ERROR, message, "bad.py", line
    )


async def test_a_frame_that_a_filter_fails_on_passes_without_it(workers: Workers) -> None:
    held = workers.counters.without[Outcome.HELD]
    async with publishing(workers, "bad.moody") as one:
        await until(lambda: bool(one.heard.troubles))
        frames = await one.seen(30)
        await until(lambda: one.heard.mended == ["e0"], 8)

    stamps = [frame.timestamp for frame in frames]
    assert all(b > a for a, b in pairwise(stamps))
    assert workers.counters.without[Outcome.HELD] == held
    assert StreamState.HELD not in one.heard.states


async def test_a_chain_of_nothing_but_what_is_off_is_bypassed(workers: Workers) -> None:
    async with publishing(workers, "bad.raises") as one:
        await until(lambda: StreamState.BYPASSED in one.heard.states, 8)
        one.stream.configure([effect(workers, "edges", "other")])
        await one.seen(3)

    assert one.heard.states[-1] is StreamState.RUNNING


async def test_what_hides_and_fails_holds_the_picture(workers: Workers) -> None:
    async with publishing(workers, "bad.hides-and-raises") as one:
        await until(lambda: any(trouble.off for trouble in one.heard.troubles), 8)
        await until(lambda: len(one.heard.troubles) == 3)

    assert one.heard.frames == []
    assert StreamState.HELD in one.heard.states
    assert StreamState.BYPASSED not in one.heard.states


async def test_nothing_bare_comes_out_when_the_worker_of_what_hides_dies(
    workers: Workers,
) -> None:
    async with publishing(workers, "bad.hides-and-aborts") as one:
        await until(lambda: any(trouble.off for trouble in one.heard.troubles), 10)
        frames = list(one.heard.frames)

    viewer = Viewer()
    assert len(frames) > 15
    assert all(viewer.see(frame).max() < 40 for frame in frames)
    assert one.heard.states[-1] is StreamState.HELD


async def test_what_is_hidden_from_now_on_is_hidden_in_the_next_frame_too(
    workers: Workers,
) -> None:
    async with publishing(workers, "grayscale") as one:
        await one.seen(10)
        before = len(one.heard.frames)
        hides = effect(workers, "bad.hides-and-raises", "hide", on=False)
        one.stream.configure([effect(workers, "grayscale", "e0"), hides])
        await one.seen(10)

    first = one.heard.frames[before]
    viewer = Viewer()
    assert first.keyframe
    assert all(viewer.see(frame).max() < 40 for frame in one.heard.frames[before:])
