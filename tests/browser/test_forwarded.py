"""Calls by the server, and the change between the ways: real pages, real media, the real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.chromium import chromium
from tests.support.ears import Ears, make_tone
from tests.support.guest import Guest, guest
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NAMES = ("Ana", "Bo", "Cy", "Di")
LONGEST_SILENCE_MS = 60
FIRST_FRAME_WITHIN_MS = 300
FORWARDED = "Always through the server"
DIRECT = "Always directly"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Ten pictures a second leave two cores air; the microphone hears a steady tone."""
    tone = make_tone(tmp_path / "tone.wav")
    async with chromium(frames_per_s=10, more=(f"--use-file-for-fake-audio-capture={tone}",)) as it:
        yield it


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server(media_port=0, direct_after_s=0.5) as it:
        yield it


@dataclass
class Call:
    """The pages of one room; the first is its host's."""

    stack: AsyncExitStack
    browser: Browser
    server: RunningServer
    room: NewRoom
    people: list[Guest]
    ears: list[Ears]

    async def come_in(self, name: str) -> Guest:
        small = guest(self.browser, self.server.url, width=640, height=480)
        one = await self.stack.enter_async_context(small)
        if not self.people:
            await one.page.add_init_script(
                f"localStorage.setItem('greenroom.host-keys', "
                f"JSON.stringify([['{self.room.id}', '{self.room.host_key}']]))"
            )
        ears = Ears(one.page)
        await ears.put_on()
        await one.walk_in(self.room.id, name)
        self.people.append(one)
        self.ears.append(ears)
        return one

    async def choose(self, way: str) -> None:
        host = self.people[0]
        await host.button("More").click()
        await host.page.get_by_role("menuitemradio", name=way).click()

    async def all_by(self, route: str) -> None:
        others = len(self.people) - 1
        await asyncio.gather(*(one.sees_all_by(route, others) for one in self.people))
        await asyncio.gather(*(one.hears_and_sees(others) for one in self.people))


async def call_of(
    stack: AsyncExitStack, browser: Browser, server: RunningServer, count: int
) -> Call:
    call = Call(stack, browser, server, await make_room(server.url), [], [])
    for name in NAMES[:count]:
        await call.come_in(name)
    await call.all_by("direct")
    return call


async def test_everyone_sees_and_hears_everyone_through_the_server(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 4)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        for one in call.people:
            assert await one.page.evaluate("greenroomDebug.peerConnections()") == {}
            await expect(one.page.locator(".control-bar__facts:visible")).to_contain_text(
                "Through the server"
            )
            for name in NAMES:
                await expect(one.tile(name).locator(".badge--optional")).to_have_count(0)


async def test_nobody_notices_that_the_way_changes(browser: Browser, server: RunningServer) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 4)
        await asyncio.gather(*(ears.begin(3) for ears in call.ears))
        before = [await ears.freezes() for ears in call.ears]
        for _ in range(3):
            await call.choose(FORWARDED)
            await call.all_by("forwarded")
            await call.choose(DIRECT)
            await call.all_by("direct")
        for ears, freezes in zip(call.ears, before, strict=True):
            assert await ears.freezes() == freezes
            assert max(await ears.silences()) <= LONGEST_SILENCE_MS
        for one in call.people:
            assert await one.page.evaluate("greenroomDebug.serverConnections()") == {
                "publish": None,
                "subscribe": None,
            }
            await expect(one.page.locator(".control-bar__facts:visible")).to_contain_text(
                "Direct · end-to-end"
            )


async def test_who_comes_late_sees_everyone_at_once(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 3)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        late = await call.come_in("Di")
        await late.hears_and_sees(3)
        frames = sorted(await call.ears[-1].first_frames())
        assert len(frames) == 3
        assert frames[0] <= FIRST_FRAME_WITHIN_MS
