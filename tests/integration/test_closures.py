"""docs/closures.md is true: each owner ends what it owns, and nothing is left over."""

import asyncio
import contextlib
import gc
import os
import re
import threading
from pathlib import Path

import pytest

from server.signalling.client import Client
from server.signalling.socket import Connection
from tests.support.client import SignallingClient
from tests.support.room import make_room
from tests.support.server import running_server
from tests.support.waiting import until

PAGE = (Path(__file__).parents[2] / "docs" / "closures.md").read_text(encoding="utf-8")
SERVER = Path(__file__).parents[2] / "server"


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def strangers(before: set[asyncio.Task[object]]) -> set[str]:
    """Tasks that run now, did not before, and are not this one."""
    own = asyncio.current_task()
    return {task.get_name() for task in asyncio.all_tasks() - before if task is not own}


def new_threads(before: set[threading.Thread]) -> set[str]:
    """Threads that live now and did not before; the database's ends just after it is closed.

    The pool of asyncio.to_thread belongs to the event loop and ends with it.
    """
    names = {thread.name for thread in set(threading.enumerate()) - before}
    return {name for name in names if not name.startswith("asyncio")}


def test_every_class_that_closes_something_has_a_row() -> None:
    closers = set()
    for path in SERVER.rglob("*.py"):
        for block in re.split(r"^class ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            name = re.match(r"\w+", block)
            assert name
            closes = re.search(r"^    async def close(_all)?\(", block, re.M)
            if closes and not name[0].startswith("_"):
                closers.add(name[0])
    closers -= {"RoomStore", "MemoryStore"}  # the protocol, and one that holds nothing
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M))
    assert rows == closers


def test_every_file_that_is_named_exists() -> None:
    for name in re.findall(r"`((?:web|server|tests)/[\w./]+)`", PAGE):
        assert (SERVER.parent / name).exists(), name


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_a_closed_server_leaves_no_task_thread_or_descriptor(
    store: str, tmp_path: Path
) -> None:
    tasks, threads = set(asyncio.all_tasks()), set(threading.enumerate())
    gc.collect()
    descriptors = open_descriptors()
    effects = store == "sqlite"
    async with running_server(store=store, data_dir=tmp_path, effects=effects) as server:
        room = await make_room(server.url)
        clients = [SignallingClient(server.url) for _ in range(5)]
        for n, client in enumerate(clients):
            await client.connect()
            await client.join(room.id, f"p{n}")
        await clients[0].drop()
        await clients[1].stop_reading()
        await clients[2].request("leave")
        await clients[3].request("send-chat", {"client_id": "1", "text": "hello"})
    for client in clients:
        with contextlib.suppress(ConnectionError):
            await client.close()
    await until(lambda: not strangers(tasks))
    await until(lambda: not new_threads(threads))
    gc.collect()
    await until(lambda: open_descriptors() <= descriptors)


async def test_a_hundred_who_come_and_go_leave_nothing_behind() -> None:
    async with running_server() as server:
        room = await make_room(server.url)

        async def visit(n: int) -> None:
            client = SignallingClient(server.url)
            await client.connect()
            await client.join(room.id, f"p{n}")
            await client.request("leave")
            await (client.drop() if n % 2 else client.close())

        await visit(0)
        await until(lambda: "greenroom_connections 0.0" in server.metrics.render().decode())
        tasks = set(asyncio.all_tasks())
        descriptors = open_descriptors()
        for n in range(100):
            await visit(n)
        await until(lambda: "greenroom_connections 0.0" in server.metrics.render().decode())
        await until(lambda: not strangers(tasks))
        await until(lambda: open_descriptors() <= descriptors)
        gc.collect()
        alive = [o for o in gc.get_objects() if isinstance(o, Client | Connection)]
        assert len(alive) <= 1


async def test_a_client_that_goes_while_it_is_joining_does_not_keep_a_place() -> None:
    async with running_server(resume_grace_s=1.0) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana:
            await ana.join(room.id, "Ana")
            for n in range(20):
                hasty = SignallingClient(server.url)
                await hasty.connect()
                _ = await hasty.start("join", {"room": room.id, "name": f"hasty{n}"})
                await hasty.drop()
            await until(
                lambda: (
                    len(ana.named("participant-joined")) == len(ana.named("participant-left"))
                    and "greenroom_connections 1.0" in server.metrics.render().decode()
                )
            )
