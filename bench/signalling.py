"""What a process carries: a thousand idle participants, and how a flood next door is felt.

The server runs in a process of its own, so that its CPU and memory are its own.
"""

import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.flooder import PATTERNS
from bench.process import usage
from tests.support.client import SignallingClient
from tests.support.room import make_room
from tests.support.server import ServerProcess

PARTICIPANTS = 1000
ROOMS = 250
AT_ONCE = 16
"""How many joins are under way at once: people do not come in one after the other."""
IDLE_S = 5.0
FLOOD_S = 5.0
FLOOD_PROBE_S = 0.01
OTHERS = 8


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@asynccontextmanager
async def server_process(**options: Any) -> AsyncIterator[ServerProcess]:
    with tempfile.TemporaryDirectory() as directory:
        server = ServerProcess(Path(directory), **options)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()


async def joins() -> list[dict[str, Any]]:
    """1,000 participants in 250 rooms: joins a second, how long one takes, what one weighs."""
    async with server_process() as server:
        rooms = [(await make_room(server.url)).id for _ in range(ROOMS)]
        clients = [SignallingClient(server.url) for _ in range(PARTICIPANTS)]
        before, started = usage(server.pid), time.perf_counter()
        took: list[float] = []
        waiting = list(enumerate(clients))

        async def some() -> None:
            while waiting:
                n, client = waiting.pop()
                began = time.perf_counter()
                await client.connect()
                await client.join(rooms[n % ROOMS], f"Participant {n}")
                took.append(time.perf_counter() - began)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        wall_s, joined = time.perf_counter() - started, usage(server.pid)
        await asyncio.sleep(IDLE_S)
        idle = usage(server.pid)
        assert not any(client.ended.is_set() for client in clients)
        await asyncio.gather(*(client.close() for client in clients))
    figure = {
        "bench": "joins",
        "participants": PARTICIPANTS,
        "rooms": ROOMS,
        "joins_per_s": round(PARTICIPANTS / wall_s, 1),
        "joins_per_cpu_s": round(PARTICIPANTS / (joined.cpu_s - before.cpu_s), 1),
        "join_p50_ms": round(percentile(took, 50) * 1000, 1),
        "join_p95_ms": round(percentile(took, 95) * 1000, 1),
        "kib_per_participant": round((idle.rss_bytes - before.rss_bytes) / PARTICIPANTS / 1024, 1),
        "idle_cores": round((idle.cpu_s - joined.cpu_s) / IDLE_S, 3),
    }
    return [figure]


async def flood() -> list[dict[str, Any]]:
    """Members flood one after the other: how long the others wait for an answer meanwhile."""
    return [await _flood(pattern) for pattern in PATTERNS]


async def _flood(pattern: str) -> dict[str, Any]:
    # Who was cut off keeps a place for a while, and many are.
    async with server_process(resume_grace_s=1, room_capacity=1000) as server:
        room = await make_room(server.url)
        async with AsyncExitStack() as stack:
            others = [
                await stack.enter_async_context(SignallingClient(server.url)) for _ in range(OTHERS)
            ]
            for client in others:
                await client.join(room.id, "Other")
            flooder = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bench.flooder", server.url, room.id, pattern),
                str(FLOOD_S),
                stdout=asyncio.subprocess.PIPE,
            )
            reading = asyncio.create_task(flooder.communicate())
            await others[0].fact(
                "participant-joined", lambda data: data["participant"]["name"] == "Flooder"
            )
            took = await _waits(others, until=reading)
            printed, _ = await reading
    return {
        "bench": "flood",
        "pattern": pattern,
        "floods": int(printed),
        "probes": len(took),
        "others_p50_ms": round(percentile(took, 50) * 1000, 1),
        "others_p99_ms": round(percentile(took, 99) * 1000, 1),
    }


async def _waits(others: list[SignallingClient], until: asyncio.Future[Any]) -> list[float]:
    """How long each request took; they take turns, so that none comes near its own rate limit."""
    took = []
    for client in itertools.cycle(others):
        if until.done():
            break
        began = time.perf_counter()
        await client.request("fetch-chat", {"limit": 1})
        took.append(time.perf_counter() - began)
        await asyncio.sleep(FLOOD_PROBE_S)
    return took
