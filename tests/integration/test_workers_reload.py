"""Files of filters, edited while they are in use."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

from rooms.effects import Effect, FilterInfo, Origin
from server.workers.streams import StreamState, TroubleKind
from server.workers.workers import Workers
from tests.support.waiting import until
from tests.support.worker_streams import (
    HEAD,
    Image,
    Publisher,
    Viewer,
    effect,
    running_workers,
    source_file,
)

FLAT = """
@video_filter("Flat", format="gray")
def flat(image, shade: int = Param(200, 0, 255)):
    return np.full_like(image, shade)
"""
INVERTED = FLAT.replace("shade)\n", "255 - shade)\n")
FAILING = FLAT.replace("shade)\n", "shad)\n")


@asynccontextmanager
async def editing(tmp_path: Path, body: str = FLAT) -> AsyncIterator[tuple[Workers, Path]]:
    file = source_file(tmp_path, "mine.py", body)
    async with running_workers(filters=(tmp_path,)) as workers:
        yield workers, file


@asynccontextmanager
async def publishing(workers: Workers, *chain: Effect) -> AsyncIterator[Publisher]:
    publisher = Publisher(workers, chain)
    try:
        yield publisher
    finally:
        await publisher.close()


class Watcher:
    """Looks at every picture that comes out."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._viewer = Viewer()
        self._seen = 0

    def latest(self) -> Image | None:
        picture = None
        for frame in self._publisher.heard.frames[self._seen :]:
            picture = self._viewer.see(frame)
            self._seen += 1
        return picture

    async def sees(self, condition: Callable[[float], bool], within_s: float = 3.0) -> None:
        """A picture whose mean brightness is as it should be."""

        def shown() -> bool:
            picture = self.latest()
            return picture is not None and condition(float(picture.mean()))

        await until(shown, within_s)


def save(file: Path, body: str) -> None:
    file.write_text(HEAD + body, encoding="utf-8")


async def test_a_saved_file_is_live_in_less_than_a_second_with_the_old_parameters(
    tmp_path: Path,
) -> None:
    async with (
        editing(tmp_path) as (workers, file),
        publishing(workers, effect(workers, "mine.flat", shade=210)) as one,
    ):
        watcher = Watcher(one)
        await watcher.sees(lambda mean: mean > 200)
        save(file, INVERTED)
        saved = time.monotonic()
        await watcher.sees(lambda mean: mean < 60)
        took = time.monotonic() - saved
        gap = max(b - a for a, b in pairwise(one.heard.times))

    assert took < 1.0
    assert gap < 0.5
    assert one.heard.troubles == []


async def test_a_syntax_error_tells_its_line_and_the_old_code_goes_on(tmp_path: Path) -> None:
    async with (
        editing(tmp_path) as (workers, file),
        publishing(workers, effect(workers, "mine.flat")) as one,
    ):
        watcher = Watcher(one)
        await watcher.sees(lambda mean: mean > 180)
        save(file, FLAT.replace("return", "retur"))
        await until(lambda: bool(one.heard.troubles))
        await one.seen(5)
        await watcher.sees(lambda mean: mean > 180)
        save(file, INVERTED)
        await until(lambda: one.heard.mended == ["one"])
        await watcher.sees(lambda mean: mean < 80)

    (trouble,) = one.heard.troubles
    assert (trouble.kind, trouble.file, trouble.off) == (TroubleKind.BROKEN_FILE, "mine.py", False)
    assert trouble.line == 1 + (HEAD + FLAT).splitlines().index(
        "    return np.full_like(image, shade)"
    )


async def test_the_code_that_worked_outlives_its_worker(tmp_path: Path) -> None:
    dying = FLAT.replace("    return", "    if shade == 13:\n        os.abort()\n    return")
    async with (
        editing(tmp_path, dying) as (workers, file),
        publishing(workers, effect(workers, "mine.flat")) as one,
    ):
        watcher = Watcher(one)
        await watcher.sees(lambda mean: mean > 180)
        save(file, "this is not Python")
        await until(lambda: bool(one.heard.troubles))
        one.stream.configure([effect(workers, "mine.flat", shade=13)])
        await until(lambda: len(one.heard.troubles) > 1)
        one.stream.configure([effect(workers, "mine.flat", shade=190)])
        await watcher.sees(lambda mean: 160 < mean < 230)

    kinds = {trouble.kind for trouble in one.heard.troubles}
    assert kinds == {TroubleKind.BROKEN_FILE, TroubleKind.CRASH}


async def test_new_code_that_fails_at_once_is_taken_back(tmp_path: Path) -> None:
    async with (
        editing(tmp_path) as (workers, file),
        publishing(workers, effect(workers, "mine.flat")) as one,
    ):
        watcher = Watcher(one)
        await watcher.sees(lambda mean: mean > 180)
        save(file, FAILING)
        await until(lambda: bool(one.heard.troubles))
        await one.seen(5)
        await watcher.sees(lambda mean: mean > 180)

    (trouble,) = one.heard.troubles
    assert trouble.message.startswith("NameError")
    assert trouble.line == 1 + (HEAD + FAILING).splitlines().index(
        "    return np.full_like(image, shad)"
    )
    assert not trouble.off
    assert StreamState.BYPASSED not in one.heard.states


async def test_a_file_that_hangs_or_crashes_when_it_is_loaded_is_told_and_left_out(
    tmp_path: Path,
) -> None:
    async with (
        editing(tmp_path) as (workers, file),
        publishing(workers, effect(workers, "mine.flat")) as one,
    ):
        await one.seen(2)
        save(file, "os.abort()\n")
        await until(lambda: bool(one.heard.troubles))
        await one.seen(3)

    assert "SIGABRT" in one.heard.troubles[0].message


async def test_state_is_kept_or_stopped_exactly_once(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    body = f"""
@video_filter("Counting", format="gray")
class Counting:
    def start(self):
        self.note("start")
    def stop(self):
        self.note("stop")
    def note(self, word):
        with open({str(log)!r}, "a") as file:
            file.write(word + " VERSION\\n")
    def __call__(self, image, shade: int = Param(10, 0, 255)):
        return np.full_like(image, shade)
"""
    async with editing(tmp_path, body.replace("VERSION", "one")) as (workers, file):
        async with publishing(workers, effect(workers, "mine.counting")) as one:
            await one.seen(3)
            one.stream.configure([effect(workers, "mine.counting", shade=20)])
            await one.seen(3)
            save(file, body.replace("VERSION", "two"))
            await until(lambda: "start two" in log.read_text(encoding="utf-8"))
            await one.seen(3)
        told = log.read_text(encoding="utf-8").split("\n")[:-1]

    assert sorted(told) == ["start one", "start two", "stop one", "stop two"]
    assert told[-1] == "stop two"


async def test_files_come_and_go_in_a_directory(tmp_path: Path) -> None:
    changes = []
    async with editing(tmp_path) as (workers, _):
        workers.library.on_changed = lambda: changes.append(names(workers))
        other = source_file(tmp_path, "other.py", FLAT)
        await until(lambda: "other.flat" in names(workers))
        async with publishing(workers, effect(workers, "other.flat")) as one:
            await one.seen(2)
            other.unlink()
            await until(lambda: "other.flat" not in names(workers))
            await until(lambda: StreamState.BYPASSED in one.heard.states)
        source_file(tmp_path, "third.py", "syntax error here")
        await until(lambda: any(info.broken for info in workers.library.filters))
        broken = workers.library.filters[-1]

    assert len(changes) == 3
    assert one.heard.troubles[0].kind is TroubleKind.BROKEN_FILE
    assert (broken.name, broken.file, broken.origin) == ("third", "third.py", Origin.FILE)


def names(workers: Workers) -> list[str]:
    return [info.name for info in workers.library.filters]


async def test_what_hides_holds_the_picture_when_its_file_is_gone(tmp_path: Path) -> None:
    hiding = FLAT.replace('format="gray"', 'format="gray", private=True')
    async with (
        editing(tmp_path, hiding) as (workers, file),
        publishing(workers, effect(workers, "mine.flat")) as one,
    ):
        await one.seen(2)
        file.unlink()
        await until(lambda: one.heard.states[-1] is StreamState.HELD, 8)
        save(file, hiding)
        await until(lambda: one.heard.states[-1] is StreamState.RUNNING)
        frames = list(one.heard.frames)

    viewer = Viewer()
    assert all(float(viewer.see(frame).std()) < 5 for frame in frames)
    assert StreamState.BYPASSED not in one.heard.states


async def test_all_filters_are_described(tmp_path: Path) -> None:
    async with editing(tmp_path) as (workers, _):
        mine: FilterInfo = workers.library.find("mine.flat")
        edges = workers.library.find("edges")

    assert (mine.title, mine.file, mine.origin) == ("Flat", "mine.py", Origin.FILE)
    assert [param.name for param in mine.params] == ["shade"]
    assert edges.origin is Origin.BUILT_IN
