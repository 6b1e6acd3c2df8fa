"""People who come and go, half of them killed: nothing of them stays behind."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.process import usage
from tests.support.media_publication import CAMERA, Publication
from tests.support.media_room import Attendee, forwarded_room
from tests.support.server import ServerProcess, running_server
from tests.support.waiting import until

LOOPBACK = "127.0.0.1"
JOINS = 100
WARM_UP = 60
"""Visits after which the allocator has found its size."""
FEW = 20
AT_ONCE = 10
MEMORY_BYTES = 12 * 2**20
"""Less than half of what a hundred participants hold while they are there."""
GONE_WITHIN_S = 25.0
"""A killed page is missed after eight seconds, and its place is kept for one more."""
SETTINGS: dict[str, Any] = {
    "store": "memory",
    "media_port": 0,
    "media_address": LOOPBACK,
    "resume_grace_s": 1,
    "room_capacity": 200,
    "messages_per_s": 1000,
    # A hundred joins in a few seconds on two cores are meant to be a lot.
    "overload_cpu": 1.0,
    "overload_lag_ms": 10_000,
}


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds of the system."""

    descriptors: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> "Held":
        return cls(*(len(os.listdir(f"/proc/{pid}/{what}")) for what in ("fd", "task")))


async def _visit(url: str, room: str, host: Attendee, *, killed: bool) -> None:
    """Join, send and receive, and be gone."""
    visitor = await Attendee.enter(url, room, "Visitor", sources=(CAMERA,))
    await visitor.publish(Publication(sources=(CAMERA,), frames_per_s=5, frame_bytes=500))
    await visitor.subscribe()
    await visitor.sees(host)
    if killed:
        await visitor.vanish()
    else:
        await visitor.signalling.request("leave")
        await visitor.close()


async def _visits(url: str, room: str, host: Attendee, numbers: Iterable[int]) -> None:
    waiting = list(numbers)

    async def some() -> None:
        while waiting:
            await _visit(url, room, host, killed=waiting.pop() % 2 == 0)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())


def _alone(host: Attendee) -> bool:
    """Everybody who came has left or timed out."""
    facts = host.signalling
    return len(facts.named("participant-joined")) == len(facts.named("participant-left"))


@pytest.mark.timeout(150)
async def test_a_hundred_joins_leave_nothing_behind(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, **SETTINGS)
    await server.start()
    try:
        room, host = await forwarded_room(server.url)
        async with host:
            await host.publish()
            await _visits(server.url, room.id, host, range(WARM_UP))
            await until(lambda: _alone(host), GONE_WITHIN_S)
            before, memory = Held.by(server.pid), usage(server.pid).rss_bytes
            await _visits(server.url, room.id, host, range(JOINS))
            await until(lambda: _alone(host), GONE_WITHIN_S)
            await until(lambda: Held.by(server.pid) == before, GONE_WITHIN_S)
            assert usage(server.pid).rss_bytes - memory < MEMORY_BYTES
    finally:
        await server.stop()


@pytest.mark.timeout(120)
async def test_no_task_outlives_what_it_was_for() -> None:
    async with running_server(**SETTINGS) as server:
        room, host = await forwarded_room(server.url)
        async with host:
            await host.publish()
            before = _tasks()
            await _visits(server.url, room.id, host, range(FEW))
            await until(lambda: _alone(host), GONE_WITHIN_S)
            await until(lambda: _tasks() <= before, GONE_WITHIN_S)


def _tasks() -> int:
    return len(asyncio.all_tasks())
