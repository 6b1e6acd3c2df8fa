"""How long a stream stands still when a filter hangs or dies outside of its frames."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from server.workers.streams import TroubleKind
from server.workers.workers import Workers
from tests.support.waiting import until
from tests.support.worker_streams import (
    HEAD,
    Publisher,
    effect,
    running_workers,
    source_file,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT_MOST_S = 2.0
BAD = """
import asyncio, threading, socket

@video_filter("Cannot stop", format="gray")
class CannotStop:
    def __call__(self, image):
        return image
    def stop(self):
        time.sleep(60)

@video_filter("Cannot start", format="gray")
class CannotStart:
    def start(self):
        time.sleep(60)
    def __call__(self, image):
        return image

@video_filter("Is cancelled", format="gray")
def is_cancelled(image):
    raise asyncio.CancelledError

@video_filter("Dies later", format="gray")
class DiesLater:
    def start(self):
        threading.Timer(0.2, os.abort).start()
    def __call__(self, image):
        return image

@video_filter("Babbles", format="gray")
def babbles(image):
    for name in range(3, 20):
        try:
            with socket.socket(fileno=os.dup(name)) as line:
                line.send(b"\\x02nonsense")
        except OSError:
            pass
    time.sleep(0.3)
    return image

@video_filter("Is killed", format="gray")
def is_killed(image):
    os.kill(os.getpid(), 9)

@video_filter("Same", format="gray")
def same(image):
    return image
"""
PLAIN = """
@video_filter("Plain", format="gray")
def plain(image):
    return np.full_like(image, SHADE)
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("filters")
    source_file(made, "bad.py", BAD)
    source_file(made, "mine.py", PLAIN.replace("SHADE", "200"))
    source_file(made, "late.py", "time.sleep(1.2)\n" + PLAIN.replace("SHADE", "90"))
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(directory: Path) -> AsyncIterator[Workers]:
    async with running_workers(filters=(directory,)) as it:
        yield it


@asynccontextmanager
async def publishing(workers: Workers, *names: str) -> AsyncIterator[Publisher]:
    publisher = Publisher(workers, [effect(workers, name, name) for name in names])
    try:
        yield publisher
    finally:
        await publisher.close()


def longest_gap(one: Publisher, since: float) -> float:
    times = [since, *(at for at in one.heard.times if at > since), time.monotonic()]
    return max(b - a for a, b in pairwise(times))


async def test_an_effect_that_cannot_stop_is_named_and_the_rest_goes_on(workers: Workers) -> None:
    async with publishing(workers, "bad.cannot-stop", "sepia") as one:
        await one.seen(5)
        since = time.monotonic()
        one.stream.configure([effect(workers, "sepia", "sepia")])
        await until(lambda: bool(one.heard.troubles))
        await one.seen(5)
        gap = longest_gap(one, since)

    (trouble,) = one.heard.troubles
    assert (trouble.filter, trouble.title) == ("bad.cannot-stop", "Cannot stop")
    assert (trouble.kind, trouble.off) == (TroubleKind.SLOW, False)
    assert gap < AT_MOST_S


async def test_an_effect_that_cannot_start_lets_the_rest_go_on_in_between(
    workers: Workers,
) -> None:
    async with publishing(workers, "sepia") as one:
        await one.seen(5)
        since = time.monotonic()
        one.stream.configure(
            [effect(workers, name, name) for name in ("sepia", "bad.cannot-start")]
        )
        await until(lambda: len(one.heard.troubles) == 2, 8)
        await one.seen(5)
        gap = longest_gap(one, since)

    assert {trouble.effect_id for trouble in one.heard.troubles} == {"bad.cannot-start"}
    assert gap < AT_MOST_S + 0.5  # other tests run beside this one


async def test_who_is_cancelled_has_failed_and_another_choice_is_seen_at_once(
    workers: Workers,
) -> None:
    async with publishing(workers, "bad.is-cancelled", "sepia") as one:
        await until(lambda: any(trouble.off for trouble in one.heard.troubles), 8)
        assert {trouble.message for trouble in one.heard.troubles} == {"CancelledError"}
        assert len(one.heard.troubles) == 3


@pytest.mark.parametrize(
    ("chain", "blamed", "ends"),
    [
        (("bad.dies-later", "sepia"), {"bad.dies-later"}, True),
        (("bad.dies-later", "bad.same"), {"bad.dies-later", "bad.same"}, False),
    ],
)
async def test_a_crash_outside_of_frames_is_told_and_ends(
    workers: Workers, chain: tuple[str, ...], blamed: set[str], ends: bool
) -> None:
    async with publishing(workers, *chain) as one:
        await until(lambda: any(trouble.off is ends for trouble in one.heard.troubles), 8)
        one.stream.configure([effect(workers, "grayscale", "grayscale")])
        since = time.monotonic()
        await one.seen(3)
        took = time.monotonic() - since

    assert {trouble.effect_id for trouble in one.heard.troubles} <= blamed
    assert {trouble.kind for trouble in one.heard.troubles} == {TroubleKind.CRASH}
    assert took < AT_MOST_S


async def test_to_be_cut_off_is_no_lack_of_memory(workers: Workers) -> None:
    async with publishing(workers, "bad.babbles", "sepia") as one:
        await until(lambda: bool(one.heard.troubles))

    assert one.heard.troubles[0].kind is TroubleKind.CRASH
    assert one.heard.troubles[0].effect_id == "bad.babbles"


async def test_to_be_killed_by_the_system_is_lack_of_memory(workers: Workers) -> None:
    async with publishing(workers, "bad.is-killed", "sepia") as one:
        await until(lambda: len(one.heard.troubles) > 1)

    assert {trouble.kind for trouble in one.heard.troubles} == {TroubleKind.MEMORY}


async def test_slow_code_is_loaded_while_the_picture_goes_on(
    workers: Workers, directory: Path
) -> None:
    async with publishing(workers, "mine.plain") as one:
        await one.seen(5)
        chain = [effect(workers, name, name) for name in ("mine.plain", "late.plain")]
        since = time.monotonic()
        one.stream.configure(chain)
        await until(
            lambda: "late.plain" in one.heard.costs[-1].filters if one.heard.costs else False
        )
        gap = longest_gap(one, since)
        since = time.monotonic()
        late = HEAD + "time.sleep(1.2)\nimport cv2\n" + PLAIN.replace("SHADE", "30")
        (directory / "late.py").write_text(late, encoding="utf-8")
        version = workers.library.source_of("late.plain")
        await until(lambda: workers.library.source_of("late.plain") != version, 8)
        await one.seen(45)
        reload_gap = longest_gap(one, since)

    assert gap < 1.0
    assert reload_gap < 1.0
    assert one.heard.troubles == []


async def test_code_that_lets_nothing_run_while_it_is_loaded_is_taken_back(
    workers: Workers, directory: Path
) -> None:
    holds = "import ctypes\n"
    async with publishing(workers, "mine.plain") as one:
        await one.seen(5)
        since = time.monotonic()
        body = holds + "ctypes.PyDLL(None).sleep(2)\n" + PLAIN.replace("SHADE", "60")
        (directory / "mine.py").write_text(HEAD + body, encoding="utf-8")
        await until(lambda: bool(one.heard.troubles), 12)
        await one.seen(5)
        gap = longest_gap(one, since)

    assert one.heard.troubles[0].kind is TroubleKind.BROKEN_FILE
    assert "while it was loaded" in one.heard.troubles[0].message
    assert gap < AT_MOST_S
