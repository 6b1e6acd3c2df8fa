"""Worker processes: what they are given, what is left of them, what becomes of them."""

import asyncio
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.workers.process import WorkerProcess
from server.workers.scope import can_scope
from server.workers.streams import StreamState
from server.workers.workers import Workers
from tests.support.waiting import until
from tests.support.worker_streams import Publisher, effect, running_workers, source_file

SNOOP = """
import json, resource, signal, threading
import cv2

@video_filter("Snoop", format="gray")
def snoop(image, file: str = Param.text("")):
    with open(file + ".new", "w") as out:
        json.dump({
            "environment": dict(os.environ),
            "pid": os.getpid(),
            "files": sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                            if os.path.exists(f"/proc/self/fd/{fd}")),
            "threads": len(os.listdir("/proc/self/task")),
            "nice": os.nice(0),
            "cores": resource.getrlimit(resource.RLIMIT_CORE),
            "sigint": signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
            "cv2": cv2.getNumThreads(),
        }, out)
    os.replace(file + ".new", file)
    return image
"""

SERVER = """
import asyncio, sys
from tests.support.worker_streams import Publisher, effect, running_workers

async def main():
    async with running_workers() as workers:
        publisher = Publisher(workers, [effect(workers, "sepia")])
        await publisher.seen(2)
        print(workers._nursery._process.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def fork_server(workers: Workers) -> int:
    process = workers._nursery._process
    assert process is not None
    return process.pid


def children(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in path.read_text(encoding="ascii").split()]


def lives(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_a_worker_gets_nothing_that_it_does_not_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENROOM_TURN_SECRET", "canary")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    file, seen = source_file(tmp_path, "mine.py", SNOOP), tmp_path / "seen.json"
    secret = tmp_path / "secret"
    with secret.open("w"):
        async with running_workers(filters=(file,)) as workers:
            one = Publisher(workers, [effect(workers, "mine.snoop", file=str(seen))])
            try:
                await until(seen.exists)
            finally:
                await one.close()
    told = json.loads(seen.read_text(encoding="utf-8"))
    assert "canary" not in str(told["environment"])
    assert str(secret) not in told["files"]
    sockets = sum("socket" in name for name in told["files"])
    assert sockets == 2, "its own, and the one for what it prints"
    assert told["threads"] == 1
    assert told["nice"] == os.nice(0) + 5
    assert told["cores"] == [0, 0]
    assert told["sigint"]
    assert told["cv2"] == 1


async def test_processes_and_descriptors_are_gone_after_the_end() -> None:
    async with running_workers() as workers:
        mother = fork_server(workers)
        one = Publisher(workers, [effect(workers, "sepia")])
        await one.seen(2)
        (worker,) = children(mother)
        before = open_files()
        await one.close()
        assert not lives(worker)
        assert open_files() < before
        for _ in range(3):
            again = Publisher(workers, [effect(workers, "sepia")])
            await again.seen(1)
            await again.close()
        settled = open_files()
        assert children(mother) == []
    assert settled <= before
    assert not lives(mother)
    assert open_files() < settled


async def test_streams_that_are_open_at_the_end_end_too() -> None:
    async with running_workers() as workers:
        mother = fork_server(workers)
        one = Publisher(workers, [effect(workers, "sepia")])
        await one.seen(2)
        await one.pause()
        (worker,) = children(mother)
        began = time.monotonic()
    assert time.monotonic() - began < 2.5
    assert not lives(worker)
    assert not lives(mother)
    assert one.stream.send([b"late"], 0, 0.0) is False


async def test_nothing_outlives_a_killed_server(tmp_path: Path) -> None:
    script = tmp_path / "main.py"
    script.write_text(SERVER, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    server = await asyncio.create_subprocess_exec(
        sys.executable, str(script), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        mother = int(await asyncio.wait_for(server.stdout.readline(), 15))
        (worker,) = children(mother)
    finally:
        server.kill()
        await server.wait()
    await until(lambda: not lives(mother) and not lives(worker))


async def test_a_lost_fork_server_comes_back_and_streams_go_on() -> None:
    async with running_workers() as workers:
        one = Publisher(workers, [effect(workers, "sepia")])
        try:
            await one.seen(2)
            mother = fork_server(workers)
            (worker,) = children(mother)
            os.kill(mother, signal.SIGKILL)
            await until(lambda: not lives(worker))
            await until(lambda: StreamState.STARTING in one.heard.states)
            await one.seen(5, within_s=8)
            assert fork_server(workers) != mother
        finally:
            await one.close()
    assert one.heard.troubles == []


async def test_a_worker_that_somebody_kills_is_started_anew() -> None:
    async with running_workers() as workers:
        one = Publisher(workers, [effect(workers, "sepia"), effect(workers, "mirror", "two")])
        try:
            await one.seen(2)
            (worker,) = children(fork_server(workers))
            os.kill(worker, signal.SIGTERM)
            await until(lambda: not lives(worker))
            await one.seen(5)
        finally:
            await one.close()
    assert workers.counters.starts == 2


async def test_what_a_filter_has_started_ends_with_it(tmp_path: Path) -> None:
    body = """
import subprocess
@video_filter("Parent", format="gray")
class Parent:
    def start(self):
        child = subprocess.Popen(["sleep", "60"])
        with open(PATH, "w") as file:
            file.write(str(child.pid))
    def __call__(self, image):
        return image
"""
    path = tmp_path / "child"
    file = source_file(tmp_path, "mine.py", body.replace("PATH", repr(str(path))))
    async with running_workers(filters=(file,)) as workers:
        one = Publisher(workers, [effect(workers, "mine.parent")])
        try:
            await until(lambda: path.exists() and path.read_text(encoding="ascii") != "")
            child = int(path.read_text(encoding="ascii"))
            assert lives(child)
        finally:
            await one.close()
        await until(lambda: not lives(child))


@pytest.mark.skipif(not can_scope(), reason="the kernel cannot keep signals in")
async def test_a_filter_can_signal_what_it_has_started_and_nobody_else(tmp_path: Path) -> None:
    body = """
import json, signal, subprocess
@video_filter("Killer", format="gray")
def killer(image, file: str = Param.text(""), server: str = Param.text("")):
    told = {}
    for name, process in (("parent", os.getppid()), ("server", int(server))):
        try:
            os.kill(process, signal.SIGCONT)
            told[name] = "done"
        except OSError as error:
            told[name] = type(error).__name__
    child = subprocess.Popen(["sleep", "60"])
    child.kill()
    told["child"] = child.wait()
    with open(file + ".new", "w") as out:
        json.dump(told, out)
    os.replace(file + ".new", file)
    return image
"""
    file, told = source_file(tmp_path, "mine.py", body), tmp_path / "told.json"
    async with running_workers(filters=(file,)) as workers:
        killer = effect(workers, "mine.killer", file=str(told), server=str(os.getpid()))
        one = Publisher(workers, [killer])
        try:
            await until(told.exists)
        finally:
            await one.close()
    assert json.loads(told.read_text(encoding="utf-8")) == {
        "parent": "PermissionError",
        "server": "PermissionError",
        "child": -9,
    }


async def test_without_descriptors_the_bare_picture_is_shown_and_effects_come_back() -> None:
    async with running_workers() as workers:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files() - 1, hard))
        try:
            one = Publisher(workers, [effect(workers, "sepia")])
            await until(lambda: StreamState.BYPASSED in one.heard.states)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        try:
            await one.seen(2, within_s=8)
        finally:
            await one.close()


@pytest.mark.parametrize("left", [0, 1, 2])
async def test_a_process_that_is_refused_for_want_of_descriptors_leaves_none_open(
    left: int,
) -> None:
    """Else each refusal would make the next one more certain."""
    async with running_workers() as workers:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = max(map(int, os.listdir("/proc/self/fd"))) + 8
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        held: list[int] = []
        try:
            with contextlib.suppress(OSError):
                while True:
                    held.append(os.open(os.devnull, os.O_RDONLY))
            for _ in range(left):
                os.close(held.pop())
            for _ in range(5):
                with pytest.raises(OSError, match="Too many open files"):
                    WorkerProcess(workers._nursery, {"do": "preview"}, _ignore, _ignore)
            again = [os.open(os.devnull, os.O_RDONLY) for _ in range(left)]
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for descriptor in held:
                os.close(descriptor)
        for descriptor in again:
            os.close(descriptor)


def _ignore(*_: object) -> None:
    """Of a process that never begins."""


def test_the_servers_own_process_loads_no_codec_and_no_filter() -> None:
    script = (
        "import sys, server.workers.workers\n"
        "heavy = {'numpy', 'cv2', 'av', 'rooms.filters'} & sys.modules.keys()\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=20)
