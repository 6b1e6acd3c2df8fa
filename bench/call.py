"""How long people wait: from pressing Join to seeing and hearing everybody, in real browsers."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

from playwright.async_api import Browser, expect

from tests.support.chromium import chromium
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import running_server

NAMES = ("Ana", "Bo", "Cy", "Di")
REPEAT = 3


async def call() -> list[dict[str, Any]]:
    """Two, three and four pages that press Join at once; the slowest page counts."""
    figures = []
    for count in (2, 3, 4):
        runs = []
        async with chromium() as browser:
            for _ in range(REPEAT):
                runs.append(await _join(browser, count))
        figures.append(
            {
                "bench": "call",
                "pages": count,
                "join_to_media_s": [round(run, 2) for run in sorted(runs)],
                "median_s": round(sorted(runs)[REPEAT // 2], 2),
            }
        )
    return figures


async def _join(browser: Browser, count: int) -> float:
    async with running_server() as server, AsyncExitStack() as stack:
        room = await make_room(server.url)
        people = [await stack.enter_async_context(guest(browser, server.url)) for _ in range(count)]
        for one, name in zip(people, NAMES, strict=False):
            await one.visit(room.id, name=name)
            await expect(one.button("Join")).to_be_enabled()
            await expect(one.page.locator(".mirror video")).to_have_js_property("paused", False)

        async def enter(one: Guest) -> float:
            began = time.perf_counter()
            await one.button("Join").click()
            await one.hears_and_sees(count - 1)
            return time.perf_counter() - began

        return max(await asyncio.gather(*(enter(one) for one in people)))
