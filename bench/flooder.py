"""Members who send as fast as they can: `python -m bench.flooder URL ROOM PATTERN SECONDS`.

Each one goes on until the server cuts it off; then the next one joins. At the end it prints how
many there were.
"""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.support.client import Gone, SignallingClient

INVALID_IN_A_ROW = 4
"""One below the number that ends a connection by itself."""
LARGE_TEXT = "x" * 180_000
"""Too long for a chat message, and just below the largest frame."""

Requests = Iterator[tuple[str, dict[str, Any]]]


def chat() -> Requests:
    """Chat messages, as small as can be."""
    for n in count():
        yield "send-chat", {"client_id": str(n), "text": "x"}


def nearly_invalid() -> Requests:
    """Large requests that are refused once they are read, with a good one now and then."""
    for n in count():
        for _ in range(INVALID_IN_A_ROW):
            yield "send-chat", {"client_id": str(n), "text": LARGE_TEXT}
        yield "fetch-chat", {"limit": 1}


PATTERNS = {"chat": chat, "nearly-invalid": nearly_invalid}


async def flood(url: str, room: str, requests: Requests) -> None:
    """Join and send until the connection ends."""
    async with SignallingClient(url) as client:
        await client.join(room, "Flooder")
        with contextlib.suppress(Gone):
            for name, data in requests:
                _ = await client.start(name, data)
                await asyncio.sleep(0)  # sending alone may never let the end be noticed


async def main(url: str, room: str, pattern: str, for_s: float) -> None:
    floods = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            while True:
                await flood(url, room, PATTERNS[pattern]())
                floods += 1
    print(floods)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))
