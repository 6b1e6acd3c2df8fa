"""Traffic that nobody asked for: `python -m tests.support.media_flood HOST PORT PER_S SECONDS HEX`.

The command sends datagrams from one socket and prints how many. A flood runs in a process of its
own, so that what it costs is not taken from the clients of a test.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

from tests.support.media_wire import Address, datagrams, end

T = TypeVar("T")

PAUSE_S = 0.001
AT_ONCE = 20
"""Packets that a hostile client sends before it takes a breath."""


def flood(to: Address, per_s: int, seconds: float, datagram: bytes) -> int:
    sent, began = 0, time.monotonic()
    with datagrams(to) as socket:
        while (passed := time.monotonic() - began) < seconds:
            while sent < passed * per_s:
                with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                    socket.send(datagram)
                sent += 1
            time.sleep(PAUSE_S)
    return sent


async def paced(packets: Iterable[T], *, at_once: int = AT_ONCE) -> AsyncIterator[T]:
    """One after the other, with room for everything else that this process does."""
    for n, packet in enumerate(packets, 1):
        yield packet
        if n % at_once == 0:
            await asyncio.sleep(PAUSE_S)


@contextlib.asynccontextmanager
async def pelting(to: Address, datagram: bytes, *, every_s: float = 0.005) -> AsyncIterator[None]:
    """A stranger sends the same again and again, meanwhile."""

    async def pelt() -> None:
        with datagrams(to) as socket:
            while True:
                socket.send(datagram)
                await asyncio.sleep(every_s)

    task = asyncio.create_task(pelt())
    try:
        yield
        assert not task.done()
    finally:
        await end(task)


@contextlib.asynccontextmanager
async def flooding(
    to: Address, datagram: bytes, *, per_s: int, seconds: float
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A flood that has begun; leaving waits until it is over."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.media_flood", *map(str, to)),
        *(str(per_s), str(seconds), datagram.hex()),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield process
        await asyncio.wait_for(process.communicate(), seconds + 10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


if __name__ == "__main__":
    host, port, per_s, seconds, datagram = sys.argv[1:]
    print("begun", flush=True)
    print(flood((host, int(port)), int(per_s), float(seconds), bytes.fromhex(datagram)))
