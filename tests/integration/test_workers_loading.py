"""Finding filters goes on whatever one of the files or packages does."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog.testing

from rooms import filter_files
from rooms.effects import Origin
from server.workers import nursery, shipping, watch
from server.workers.library import START_WITHIN_S, Library
from server.workers.nursery import Nursery
from server.workers.wire import Kind
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

GOOD = """
@video_filter("Good", format="gray")
def good(image):
    return 255 - image
"""
RENAMED = GOOD.replace('"Good"', '"Renamed"')


def fork_server(workers: Workers) -> int:
    process = workers._nursery._process
    assert process is not None
    return process.pid


def titles(workers: Workers) -> dict[str, str]:
    return {info.name: info.title for info in workers.library.filters}


def install(site: Path, name: str, source: str) -> None:
    (site / f"greenroom_test_{name}.py").write_text(HEAD + source, encoding="utf-8")
    info = site / f"greenroom_test_{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: greenroom-{name}\nVersion: 1\n")
    entry = f"[rooms.filters]\n{name} = greenroom_test_{name}\n"
    (info / "entry_points.txt").write_text(entry)


async def test_a_large_file_is_loaded_and_disturbs_nobody(tmp_path: Path) -> None:
    source_file(tmp_path, "neighbour.py", GOOD)
    async with running_workers(filters=(tmp_path,)) as workers:
        mother = fork_server(workers)
        source_file(tmp_path, "large.py", GOOD + "#" + "ü" * 100_000)
        source_file(tmp_path, "neighbour.py", RENAMED)
        await until(lambda: titles(workers).get("large.good") == "Good")
        await until(lambda: titles(workers)["neighbour.good"] == "Renamed")
        one = Publisher(workers, [effect(workers, "large.good")])
        try:
            await one.seen(2)
        finally:
            await one.close()
        assert fork_server(workers) == mother
        assert not any(info.broken for info in workers.library.filters)


async def test_a_file_that_is_too_large_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filter_files, "MAX_SOURCE", 1000)
    file = source_file(tmp_path, "mine.py", GOOD)
    async with running_workers(filters=(tmp_path,)) as workers:
        source_file(tmp_path, "mine.py", GOOD + "#" * 1000)
        await until(lambda: workers.library.trouble_of("mine.good") is not None)
        trouble = workers.library.trouble_of("mine.good")
        assert trouble is not None
        assert "longer than 1000" in trouble.message
        assert file.name == trouble.file


async def test_a_file_uses_a_module_beside_it(tmp_path: Path) -> None:
    (tmp_path / "_greenroom_test_shades.py").write_text("DARK = 30", encoding="utf-8")
    body = GOOD.replace("255 - image", "np.full_like(image, _greenroom_test_shades.DARK)")
    source_file(tmp_path, "mine.py", "import _greenroom_test_shades\n" + body)
    async with running_workers(filters=(tmp_path,)) as workers:
        one = Publisher(workers, [effect(workers, "mine.good")])
        try:
            frame = (await one.seen(1))[0]
        finally:
            await one.close()
    assert Viewer().see(frame).mean() < 30
    assert one.heard.troubles == []


async def test_a_pipe_among_the_files_keeps_the_server_from_nothing(tmp_path: Path) -> None:
    """Nobody writes to it: whoever opened it would wait for ever, also when the server ends."""
    os.mkfifo(tmp_path / "pipe.py")
    source_file(tmp_path, "mine.py", GOOD)
    async with running_workers(filters=(tmp_path,)) as workers:
        assert titles(workers)["mine.good"] == "Good"
        assert workers.library.find("pipe").broken
        trouble = workers.library.trouble_of("pipe")
        assert trouble is not None
        assert trouble.message == "It is not a regular file."
        source_file(tmp_path, "mine.py", RENAMED)
        await until(lambda: titles(workers)["mine.good"] == "Renamed")
    async with asyncio.timeout(2):
        await asyncio.get_running_loop().shutdown_default_executor()


async def test_no_request_ends_the_fork_server() -> None:
    async with running_workers() as workers:
        mother, channel = fork_server(workers), workers._nursery._channel
        assert channel is not None
        for request in (b"", b"x", b"[]", b"{}", b'{"do":"fork"}', b"[" * 50_000, b"x" * 200_000):
            channel.send(Kind.NOTE, request, files=(os.open(os.devnull, os.O_RDONLY),))
        one = Publisher(workers, [effect(workers, "sepia")])
        try:
            await one.seen(2)
        finally:
            await one.close()
        assert fork_server(workers) == mother
        held = os.listdir(f"/proc/{mother}/fd")
        names = [os.readlink(f"/proc/{mother}/fd/{file}") for file in held]
        assert names.count(os.devnull) <= 2


async def test_a_file_that_is_loaded_when_all_processes_are_lost_is_tried_again(
    tmp_path: Path,
) -> None:
    source_file(tmp_path, "mine.py", GOOD)
    began = tmp_path / "began"
    async with running_workers(filters=(tmp_path,)) as workers:
        slowly = f"open({str(began)!r}, 'w').close()\ntime.sleep(0.5)\n"
        source_file(tmp_path, "mine.py", slowly + RENAMED)
        await until(began.exists)
        os.kill(fork_server(workers), signal.SIGKILL)
        await until(lambda: titles(workers)["mine.good"] == "Renamed", 8)
        assert workers.library.trouble_of("mine.good") is None


async def test_the_fork_server_is_back_at_once_after_good_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nursery, "GOOD_AFTER_S", 0.0)
    with structlog.testing.capture_logs() as logs:
        async with running_workers() as workers:
            for _ in range(2):
                mother = fork_server(workers)
                os.kill(mother, signal.SIGKILL)
                await until(partial(_renewed, workers, mother), 8)
    lost = [line["attempt"] for line in logs if line["event"] == "filter-processes-lost"]
    assert lost == [0, 0]


def _renewed(workers: Workers, dead: int) -> bool:
    process = workers._nursery._process
    return process is not None and process.pid != dead and workers._nursery._ready.is_set()


async def test_a_slow_file_delays_neither_the_start_nor_another_file(tmp_path: Path) -> None:
    source_file(tmp_path, "slow.py", "time.sleep(3.5)\n" + GOOD)
    file = source_file(tmp_path, "quick.py", GOOD)
    keeper = Nursery(None, 512)
    assert await keeper.start()
    library = Library(keeper, (tmp_path,), None, 1.0)
    changed: list[set[str]] = []
    library.on_changed = lambda: changed.append({info.title for info in library.filters})
    try:
        began = time.monotonic()
        await library.start()
        assert time.monotonic() - began < START_WITHIN_S + 1.2
        named = {info.name for info in library.filters}
        assert "quick.good" in named
        assert "slow.good" not in named
        file.write_text(HEAD + RENAMED, encoding="utf-8")
        await until(lambda: library.find("quick.good").title == "Renamed")
        assert "slow.good" not in {info.name for info in library.filters}
        await until(lambda: "slow.good" in {info.name for info in library.filters})
        assert "Good" in changed[-1]
    finally:
        await library.close()
        await keeper.close()


async def test_a_file_that_is_saved_while_it_is_loaded_is_loaded_again(tmp_path: Path) -> None:
    file, began = source_file(tmp_path, "mine.py", GOOD), tmp_path / "began"
    async with running_workers(filters=(tmp_path,)) as workers:
        with structlog.testing.capture_logs() as logs:
            slowly = f"open({str(began)!r}, 'w').close()\ntime.sleep(1)\n"
            file.write_text(HEAD + slowly + GOOD, encoding="utf-8")
            await until(began.exists)
            file.write_text(HEAD + RENAMED, encoding="utf-8")
            await until(lambda: titles(workers)["mine.good"] == "Renamed")
    assert [line["event"] for line in logs].count("filter-file-loaded") == 2


async def test_a_bad_package_hides_no_other_and_files_are_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, own = tmp_path / "site", tmp_path / "own"
    site.mkdir()
    own.mkdir()
    install(site, "aborts", "os.abort()")
    install(site, "raises", "1 / 0")
    install(site, "sleeps", "time.sleep(60)" + GOOD)
    install(site, "works", GOOD)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(shipping, "WITHIN_S", 3.0)
    source_file(own, "mine.py", GOOD)
    with structlog.testing.capture_logs() as logs:
        async with running_workers(filters=(own,)) as workers:
            await until(lambda: "works.good" in titles(workers))
            assert workers.library.find("works.good").origin is Origin.PACKAGE
            one = Publisher(workers, [effect(workers, "works.good")])
            try:
                await one.seen(2)
            finally:
                await one.close()
            source_file(own, "mine.py", RENAMED)
            await until(lambda: titles(workers)["mine.good"] == "Renamed")
    broken = {line["package"] for line in logs if line["event"] == "filter-package-broken"}
    assert broken == {"aborts", "raises", "sleeps"}


async def test_a_file_whose_name_is_no_utf_8_can_be_used_and_told(tmp_path: Path) -> None:
    path = os.fsdecode(os.path.join(os.fsencode(tmp_path), b"caf\xe9.py"))
    await asyncio.to_thread(Path(path).write_text, HEAD + GOOD, encoding="utf-8")
    async with running_workers(filters=(tmp_path,)) as workers:
        info = workers.library.find("caf.good")
        assert info.file == "caf\ufffd.py"
        await asyncio.to_thread(Path(path).write_text, "raise ValueError('\\udcff')")
        await until(lambda: workers.library.trouble_of("caf.good") is not None)
        trouble = workers.library.trouble_of("caf.good")
    assert trouble is not None
    assert (trouble.file, trouble.message) == ("caf\ufffd.py", "ValueError: \ufffd")


async def test_two_files_of_one_prefix_are_told(tmp_path: Path) -> None:
    source_file(tmp_path, "mine.py", GOOD)
    with structlog.testing.capture_logs() as logs:
        async with running_workers(filters=(tmp_path,)) as workers:
            source_file(tmp_path, "Mine.py", RENAMED)
            await until(lambda: "mine" in titles(workers))
            shown = workers.library.find("mine")
            assert titles(workers)["mine.good"] == "Good"
    assert (shown.broken, shown.file) == (True, "Mine.py")
    assert shown.error is not None
    assert "mine.py" in shown.error.message
    (warning,) = [line for line in logs if line["event"] == "filter-file-hidden"]
    assert (warning["file"], warning["by"]) == ("Mine.py", "mine.py")


async def test_files_are_watched_on_when_something_goes_wrong(tmp_path: Path) -> None:
    def fail() -> NoReturn:
        raise RuntimeError("nobody is told")

    mine, other = (source_file(tmp_path, f"{name}.py", GOOD) for name in ("mine", "other"))
    with structlog.testing.capture_logs() as logs:
        async with running_workers(filters=(tmp_path,)) as workers:
            workers.library.on_changed = fail
            other.unlink()
            await until(lambda: "other.good" not in titles(workers))
            source_file(tmp_path, "mine.py", RENAMED)
            await until(lambda: titles(workers)["mine.good"] == "Renamed")
            source_file(tmp_path, mine.name, GOOD)
            await until(lambda: titles(workers)["mine.good"] == "Good")
    told = {line["event"] for line in logs if line["log_level"] == "error"}
    assert told == {"filter-files-not-looked-at", "filter-file-not-loaded"}


async def test_files_that_are_too_many_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MAX_FILES", 1)
    for name in ("mine", "other", "third"):
        source_file(tmp_path, f"{name}.py", GOOD)
    with structlog.testing.capture_logs() as logs:
        async with running_workers(filters=(tmp_path,)) as workers:
            assert "mine.good" in titles(workers)
            assert "other.good" not in titles(workers)
            source_file(tmp_path, "mine.py", RENAMED)
            await until(lambda: titles(workers)["mine.good"] == "Renamed")
    (warning,) = [line for line in logs if line["event"] == "filter-files-left-out"]
    assert warning["left_out"] == 2


async def test_what_a_filter_prints_is_in_the_log_a_few_lines_a_second(tmp_path: Path) -> None:
    body = """
print("imported")
@video_filter("Chatty", format="gray")
def chatty(image):
    print("saw", image.shape, "\\x1b[2J", "x" * 500)
    print("y" * 1000 + "\\n" * 100_000)
    return image
"""
    source_file(tmp_path, "mine.py", body)
    with structlog.testing.capture_logs() as logs:
        async with running_workers(filters=(tmp_path,)) as workers:
            one = Publisher(workers, [effect(workers, "mine.chatty")])
            try:
                began = time.monotonic()
                await one.seen(20)
                await until(lambda: any("saw" in words for words in printed(logs)))
                took = time.monotonic() - began
            finally:
                await one.close()
    lines = printed(logs)
    assert lines[0] == "imported"
    saw = next(line for line in lines if "saw" in line)
    assert saw.startswith("saw (360, 640) \ufffd[2J xxx")
    assert all(len(line) <= 200 for line in lines)
    assert len(lines) <= 20 * (took + 2)
    assert one.heard.troubles == []


def printed(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    return [line["words"] for line in logs if line["event"] == "filter-printed"]
