"""What a process carries: a thousand idle participants, and how a flood next door is felt.

The server runs in a process of its own, so that its CPU and memory are its own.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.process import usage
from tests.support.client import SignallingClient
from tests.support.room import make_room
from tests.support.server import ServerProcess

PARTICIPANTS = 1000
ROOMS = 250
AT_ONCE = 16
"""How many joins are under way at once: people do not come in one after the other."""
IDLE_S = 5.0
FLOOD_EVENTS = 20_000
FLOOD_PROBE_S = 0.01


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
    """One member sends 20,000 events as fast as it can: how long another waits for an answer."""
    async with server_process() as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana:
            await ana.join(room.id, "Ana")

            flooder = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.flooder", server.url, room.id, str(FLOOD_EVENTS)
            )
            took = []
            await ana.fact("participant-joined")
            while not ana.named("participant-away"):
                began = time.perf_counter()
                await ana.request("fetch-chat", {"limit": 1})
                took.append(time.perf_counter() - began)
                await asyncio.sleep(FLOOD_PROBE_S)
            await flooder.wait()
    figure = {
        "bench": "flood",
        "probes": len(took),
        "others_p50_ms": round(percentile(took, 50) * 1000, 1),
        "others_p99_ms": round(percentile(took, 99) * 1000, 1),
    }
    return [figure]
