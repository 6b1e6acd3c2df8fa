"""A member who sends as fast as it can: `python -m bench.flooder URL ROOM EVENTS`."""

import asyncio
import sys

from tests.support.client import Gone, SignallingClient


async def main(url: str, room: str, events: int) -> None:
    async with SignallingClient(url) as client:
        await client.join(room, "Flooder")
        try:
            for n in range(events):
                _ = await client.start("send-chat", {"client_id": str(n), "text": "x"})
        except Gone:
            return
        await asyncio.wait_for(client.ended.wait(), 10)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
