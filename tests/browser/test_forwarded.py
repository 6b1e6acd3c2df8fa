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
from tests.support.guest import INBOUND, Guest, guest
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, ServerProcess, running_server

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
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A process of its own: in that of the tests, all their objects make a collection audible."""
    it = ServerProcess(tmp_path, direct_after_s=0.5)
    await it.start()
    try:
        yield it
    finally:
        await it.stop()


@dataclass
class Call:
    """The pages of one room; the first is its host's."""

    stack: AsyncExitStack
    browser: Browser
    server: RunningServer | ServerProcess
    room: NewRoom
    people: list[Guest]
    ears: list[Ears]

    async def come_in(self, name: str, script: str = "") -> Guest:
        small = guest(self.browser, self.server.url, width=640, height=480)
        one = await self.stack.enter_async_context(small)
        if not self.people:
            await one.hold_host_key(self.room)
        if script:
            await one.page.add_init_script(script)
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
    stack: AsyncExitStack, browser: Browser, server: RunningServer | ServerProcess, count: int
) -> Call:
    call = Call(stack, browser, server, await make_room(server.url), [], [])
    for name in NAMES[:count]:
        await call.come_in(name)
    await call.all_by("direct")
    return call


@pytest.mark.alone
async def test_everyone_sees_and_hears_everyone_through_the_server(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 4)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        for one in call.people:
            assert await one.page.evaluate("greenroomDebug.peerConnections()") == {}
            await expect(one.facts()).to_contain_text("Through the server")
            for name in NAMES:
                await expect(one.tile(name).locator(".badge--optional")).to_have_count(0)


@pytest.mark.alone
async def test_nobody_notices_that_the_way_changes(browser: Browser, server: ServerProcess) -> None:
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
            assert await ears.freezes() == freezes, await ears.stills()
            assert max(await ears.silences()) <= LONGEST_SILENCE_MS
        for one in call.people:
            assert await one.page.evaluate("greenroomDebug.serverConnections()") == {
                "publish": None,
                "subscribe": None,
            }
            await expect(one.facts()).to_contain_text("Direct · end-to-end")


@pytest.mark.alone
async def test_a_host_who_cannot_decide_has_the_last_word(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 3)
        for last, route in ((FORWARDED, "forwarded"), (DIRECT, "direct")):
            for way in (FORWARDED, DIRECT, FORWARDED, DIRECT, last):
                await call.choose(way)
            await call.all_by(route)


@pytest.mark.alone
async def test_who_comes_late_sees_everyone_at_once(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 3)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        late = await call.come_in("Di")
        await late.hears_and_sees(3)
        frames = await call.ears[-1].first_frames(3)
        assert frames[0] <= FIRST_FRAME_WITHIN_MS


# Both are read in one go: a camera that changes its layer changes what is counted and what is said.
SAYS_WHAT_IS_COUNTED = """
async (words) => {
  const [[id, shown]] = Object.entries(greenroomDebug.shown());
  const report = await shown.connection.getStats();
  const counted = Array.from(report.values()).find(
    (one) => one.type === "inbound-rtp" && one.trackIdentifier === shown.video.track.id);
  if (!counted?.frameWidth) return false;
  const codec = report.get(counted.codecId).mimeType.replace("video/", "");
  const row = document.querySelector(`tbody[data-participant="${id}"]`);
  const asked = [`${counted.frameWidth}\u00d7${counted.frameHeight}`, `${codec}, Opus`, words];
  return asked.every((each) => row?.textContent.includes(each));
}
"""


async def test_the_panel_and_the_bars_say_what_the_browser_counts(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 2)
        ana = call.people[0]
        await ana.button("More").click()
        await ana.page.get_by_role("menuitem", name="Connection").click()
        panel = ana.panel("Connection")
        for way, route, words in (
            (FORWARDED, "forwarded", "Through"),
            (DIRECT, "direct", "Direct"),
        ):
            await call.choose(way)
            await call.all_by(route)
            await ana.page.wait_for_function(SAYS_WHAT_IS_COUNTED, arg=words, polling=100)
        await expect(ana.tile("Bo").locator(".quality--3")).to_have_count(1)
        await expect(panel.get_by_role("heading", name="Good")).to_be_visible()


HIDE = """
(hidden) => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
FRAMES_STAND_STILL = f"""
async () => {{
  const look = {INBOUND};
  const frames = async () => Object.values(await look()).map((peer) => peer.frames).join();
  const before = await frames();
  await new Promise((resolve) => setTimeout(resolve, 700));
  return before === (await frames());
}}
"""


@pytest.mark.alone
async def test_a_page_that_nobody_looks_at_gets_sound_and_no_pictures(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 2)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        ana = call.people[0]
        await call.ears[0].begin(1)
        await ana.page.evaluate(HIDE, True)
        await ana.page.wait_for_function(FRAMES_STAND_STILL, timeout=20_000)
        assert max(await call.ears[0].silences()) <= LONGEST_SILENCE_MS
        await call.choose(DIRECT)
        await ana.sees_all_by("direct", 1)
        await call.choose(FORWARDED)
        await ana.sees_all_by("forwarded", 1)
        await ana.page.evaluate(HIDE, False)
        await ana.hears_and_sees(1)


@pytest.mark.alone
async def test_killed_tabs_leave_the_others_in_their_call(browser: Browser) -> None:
    async with (
        running_server(media_port=0, direct_after_s=0.5, resume_grace_s=1.0) as server,
        AsyncExitStack() as stack,
    ):
        call = await call_of(stack, browser, server, 4)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        stayed, killed = call.people[:2], call.people[2:]
        for one in killed:
            await one.kill()
        for one in stayed:
            await expect(one.page.locator("figure.tile")).to_have_count(2, timeout=30_000)
            await one.hears_and_sees(1)
            assert list((await one.paths()).values()) == ["forwarded"]


@pytest.mark.alone
async def test_more_than_the_mesh_carries_go_by_the_server_by_themselves(browser: Browser) -> None:
    async with (
        running_server(media_port=0, direct_after_s=0.5, mesh_limit=2) as server,
        AsyncExitStack() as stack,
    ):
        call = await call_of(stack, browser, server, 2)
        third = await call.come_in("Cy")
        await call.all_by("forwarded")
        await third.button("Leave").click()
        call.people.remove(third)
        await call.all_by("direct")


# The addresses of the other side travel one by one, those of the server are in its description.
NO_WAY_BETWEEN_PAGES = "RTCPeerConnection.prototype.addIceCandidate = async () => {};"


async def test_two_without_a_direct_way_meet_at_the_server(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = Call(stack, browser, server, await make_room(server.url), [], [])
        ana = await call.come_in("Ana", NO_WAY_BETWEEN_PAGES)
        bo = await call.come_in("Bo", NO_WAY_BETWEEN_PAGES)
        await asyncio.gather(*(one.sees_all_by("forwarded", 1) for one in (ana, bo)))
        await asyncio.gather(*(one.hears_and_sees(1) for one in (ana, bo)))


async def test_a_server_whose_media_port_is_out_of_reach_is_said_and_the_mesh_goes_on(
    browser: Browser,
) -> None:
    unreachable = ["203.0.113.1"]  # of a network for documentation, RFC 5737
    async with (
        running_server(media_port=0, direct_after_s=0.5, media_address=unreachable) as server,
        AsyncExitStack() as stack,
    ):
        call = await call_of(stack, browser, server, 2)
        await call.choose(FORWARDED)
        for one in call.people:
            await expect(one.page.get_by_text("lets no video through to the server")).to_be_visible(
                timeout=40_000
            )
            assert list((await one.paths()).values()) == ["direct"]
            await one.hears_and_sees(1)
        await call.choose(DIRECT)
        for one in call.people:
            await expect(one.page.get_by_text("lets no video through to the server")).to_be_hidden()


async def test_a_page_that_is_loaded_anew_comes_back_by_the_server(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 2)
        ana, bo = call.people
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        await bo.page.reload()
        await bo.in_the_call()
        await asyncio.gather(*(one.hears_and_sees(1) for one in (ana, bo)))
        assert await bo.page.evaluate("greenroomDebug.peerConnections()") == {}
        await ana.button("Camera").click()
        await expect(bo.tile("Ana").locator(".avatar")).to_be_visible()
        await ana.button("Camera").click()
        await asyncio.gather(*(one.hears_and_sees(1) for one in (ana, bo)))


async def test_a_killed_server_gets_its_call_back(browser: Browser, tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, media_port=0, direct_after_s=0.5)
    await server.start()
    try:
        async with AsyncExitStack() as stack:
            call = await call_of(stack, browser, server, 2)
            await call.choose(FORWARDED)
            await call.all_by("forwarded")
            await server.kill()
            await server.start()
            for one in call.people:
                await expect(one.page.get_by_text("out of reach")).to_be_hidden(timeout=20_000)
            await call.all_by("forwarded")
    finally:
        await server.stop()


@pytest.mark.alone
async def test_a_lost_line_to_the_server_is_neither_heard_nor_seen(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 2)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        ana = call.people[0]
        before = [one["key"] for one in (await ana.inbound()).values()]
        await asyncio.gather(*(ears.begin(1) for ears in call.ears))
        freezes = await call.ears[0].freezes()
        out_of_reach = ana.page.get_by_text("The room server is out of reach")
        await ana.page.context.set_offline(True)
        await expect(out_of_reach).to_be_visible(timeout=20_000)
        await ana.page.context.set_offline(False)
        await expect(out_of_reach).to_be_hidden(timeout=20_000)
        await ana.hears_and_sees(1)
        assert [one["key"] for one in (await ana.inbound()).values()] == before
        assert max(await call.ears[0].silences()) <= LONGEST_SILENCE_MS
        assert await call.ears[0].freezes() == freezes
