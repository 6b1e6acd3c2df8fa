"""What a call survives: a killed server, a minute without signalling, a copied tab."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.support.chromium import chromium
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import ServerProcess
from tests.support.waiting import passed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

BACK_WITHIN_S = 10.0
LOOK_EVERY_S = 2.0
OUTAGE_S = 60.0
TOKENS_RUN_OUT_S = 4.0
NAMES = ("Ana", "Bo", "Cy")

Inbound = dict[str, dict[str, Any]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium(frames_per_s=10) as it:
        yield it


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    it = ServerProcess(tmp_path)
    await it.start()
    yield it
    await it.stop()


async def in_a_call(
    stack: AsyncExitStack, browser: Browser, server: ServerProcess
) -> tuple[list[Guest], str]:
    room = await make_room(server.url, title="Design review")
    people = [await stack.enter_async_context(guest(browser, server.url)) for _ in NAMES]
    await asyncio.gather(
        *(one.walk_in(room.id, name) for one, name in zip(people, NAMES, strict=True))
    )
    await asyncio.gather(*(one.hears_and_sees(len(NAMES) - 1) for one in people))
    await people[0].button("Chat").click()
    await people[0].say("before")
    await people[1].button("Chat").click()
    await expect(people[1].message("before")).to_be_visible()
    return people, room.id


class Flow:
    """Looks every two seconds whether every picture and every voice still arrives."""

    def __init__(self, people: list[Guest]) -> None:
        self._people = people
        self._over = asyncio.Event()
        self.looks = 0
        self.gaps: list[str] = []

    async def watch(self) -> None:
        seen = await self._look()
        while not self._over.is_set():
            await passed(self._over, LOOK_EVERY_S)
            now = await self._look()
            for name, before, after in zip(NAMES, seen, now, strict=True):
                self._compare(name, before, after)
            seen = now
            self.looks += 1

    async def _look(self) -> list[Inbound]:
        return await asyncio.gather(*(one.inbound() for one in self._people))

    def _compare(self, name: str, before: Inbound, after: Inbound) -> None:
        if before.keys() != after.keys():
            self.gaps.append(f"{name} has other connections")
            return
        for peer, it in after.items():
            if it["state"] != "connected":
                self.gaps.append(f"{name} is not connected to {peer}")
            if it["samples"] <= before[peer]["samples"]:
                self.gaps.append(f"{name} does not hear {peer}")
            if it["frames"] <= before[peer]["frames"]:
                self.gaps.append(f"{name} does not see {peer}")

    def over(self) -> None:
        self._over.set()


async def test_a_killed_server_comes_back_and_the_call_never_stops(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        people, _ = await in_a_call(stack, browser, server)
        ids = [sorted(await one.inbound()) for one in people]
        flow = Flow(people)
        watching = asyncio.create_task(flow.watch())
        await server.kill()
        for one in people:
            await expect(one.page.get_by_text("The room server is out of reach")).to_be_visible()
        await people[0].say("while it was away")
        await server.start()
        started = time.monotonic()
        for one in people:
            await expect(one.page.get_by_text("The room server is out of reach")).to_be_hidden(
                timeout=BACK_WITHIN_S * 1000
            )
        await expect(people[1].message("while it was away")).to_be_visible()
        await expect(people[1].message("before")).to_be_visible()
        assert time.monotonic() - started < BACK_WITHIN_S
        for one in people:
            await expect(one.page.locator("figure.tile")).to_have_count(len(NAMES))
            for name in NAMES:
                await expect(one.tile(name)).to_be_visible()
            await expect(one.page.locator(".tile--dim")).to_have_count(0)
        flow.over()
        await watching
        assert flow.looks > 0
        assert flow.gaps == []
        assert [sorted(await one.inbound()) for one in people] == ids
        await people[2].button("Chat").click()
        await expect(people[2].message("while it was away")).to_have_count(1)


async def test_a_minute_without_signalling_leaves_media_untouched(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        people, _ = await in_a_call(stack, browser, server)
        flow = Flow(people)
        watching = asyncio.create_task(flow.watch())
        await server.kill()
        await passed(asyncio.Event(), OUTAGE_S)
        assert flow.gaps == []
        await server.start()
        await people[0].say("after")
        await expect(people[1].message("after")).to_be_visible(timeout=BACK_WITHIN_S * 1000)
        flow.over()
        await watching
        assert flow.looks > 0
        assert flow.gaps == []


async def test_after_a_long_outage_everybody_comes_in_again_by_themselves(
    browser: Browser, server: ServerProcess
) -> None:
    await server.stop()
    server.configure(resume_grace_s=1.0)
    await server.start()
    async with AsyncExitStack() as stack:
        people, _ = await in_a_call(stack, browser, server)
        await server.kill()
        await passed(asyncio.Event(), TOKENS_RUN_OUT_S)
        await server.start()
        for one in people:
            await expect(one.page.get_by_text("The room server is out of reach")).to_be_hidden(
                timeout=BACK_WITHIN_S * 1000
            )
            await expect(one.page.locator("figure.tile")).to_have_count(len(NAMES))
        await asyncio.gather(*(one.hears_and_sees(len(NAMES) - 1) for one in people))
        await expect(people[1].message("before")).to_be_visible()


async def test_a_copied_tab_does_not_take_the_place_of_the_first(
    browser: Browser, server: ServerProcess
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana:
        await ana.walk_in(room.id, "Ana")
        stored = await ana.page.evaluate("JSON.stringify({...sessionStorage})")
        copy = await ana.page.context.new_page()
        await copy.add_init_script(
            f"for (const [k, v] of Object.entries({stored})) sessionStorage.setItem(k, v);"
        )
        await copy.goto(f"{server.url}/r/{room.id}")
        await expect(copy.get_by_role("button", name="Join")).to_be_visible()
        await expect(ana.button("Leave")).to_be_visible()
        await expect(ana.page.locator("figure.tile")).to_have_count(1)
