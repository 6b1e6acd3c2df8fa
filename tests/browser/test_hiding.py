"""Who hides stays hidden: what the others see of somebody whose effects end without them."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.axe import barriers
from tests.support.chromium import chromium
from tests.support.effects_page import SLOW_MS, card, sees_result, show
from tests.support.eyes import Eyes
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import RunningServer, running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

COVERS = """
from pathlib import Path

from rooms.filters import video_filter


@video_filter("Cover", format="bgr", private=True)
def cover(image):
    if Path({fails!r}).exists():
        raise ValueError("no cover")
    return image * 0 + 128
"""
COVERED = "frame.colour < 40 && frame.light > 0.3"
BARE = "frame.colour > 100"
# Looks at whoever else comes into the room from now on, from their first frame.
WATCH_OTHERS = """
(me) => {
  globalThis.others = new Set();
  const find = () => {
    for (const {dataset} of document.querySelectorAll("[data-participant]")) {
      const id = dataset.participant;
      if (id === me || others.has(id)) continue;
      others.add(id);
      eyes.watch(id);
    }
  };
  new MutationObserver(find).observe(document, {childList: true, subtree: true});
  find();
}
"""
BARE_FRAMES = f"""
([since, until]) => [...others].flatMap((id) => eyes.of(id)).filter(
  (frame) => frame.at >= since && frame.at < until && {BARE}).length
"""
PICTURES_SENT = """
() => Object.values(greenroomDebug.peerConnections()).concat(
  greenroomDebug.serverConnections().publish ?? []
).flatMap((connection) =>
  connection.getSenders().filter(({track}) => track?.kind === "video")).length
"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium(frames_per_s=10) as it:
        yield it


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    file = tmp_path / "covers.py"
    file.write_text(COVERS.format(fails=str(tmp_path / "fails")))
    async with running_server(direct_after_s=0.5, effects=True, filters=(str(file),)) as it:
        yield it


class Watched:
    """Ana, covered before everyone, and Bo, who is the host and looks at her."""

    def __init__(self, ana: Guest, bo: Guest) -> None:
        self.ana = ana
        self.bo = bo
        self.eyes = Eyes(bo.page)
        self.covered_at = 0.0

    async def cover(self) -> None:
        await self.ana.page.keyboard.press("e")
        await card(self.ana, "covers.cover").click()
        await sees_result(self.ana)
        await show(self.ana)
        self.covered_at = await self.eyes.see(await self.ana.id(), COVERED)
        await self.ana.page.keyboard.press("Escape")

    async def bare_frames(self, until: float) -> int:
        """How many Bo saw of Ana, under whichever id, since she was covered.

        Args:
            until: Unix milliseconds.
        """
        found: int = await self.bo.page.evaluate(BARE_FRAMES, [self.covered_at, until])
        return found


@pytest.fixture
async def watched(browser: Browser, server: RunningServer) -> AsyncIterator[Watched]:
    room = await make_room(server.url)
    async with AsyncExitStack() as stack:
        ana, bo = [await stack.enter_async_context(guest(browser, server.url)) for _ in range(2)]
        it = Watched(ana, bo)
        await it.eyes.open()
        await bo.hold_host_key(room)
        await bo.walk_in(room.id, "Bo")
        await ana.walk_in(room.id, "Ana")
        for one in (ana, bo):
            await one.hears_and_sees(1)
        await bo.page.evaluate(WATCH_OTHERS, await bo.id())
        yield it


async def test_a_room_that_becomes_private_shows_nobody_who_was_hidden(watched: Watched) -> None:
    ana, bo = watched.ana, watched.bo
    await watched.cover()
    await bo.button("More").click()
    await bo.page.get_by_role("menuitemradio", name="Private").click()
    banner = ana.page.get_by_role("alert").filter(has_text="your camera is held back")
    await expect(banner).to_be_visible()
    await expect(ana.button("Effects")).to_contain_text("Camera held back")
    assert await barriers(ana.page) == []
    assert await ana.page.evaluate(PICTURES_SENT) == 0
    await expect(bo.tile("Ana")).to_have_class(re.compile("tile--off"))
    await bo.sees_all_by("direct", 1)
    assert await ana.page.evaluate(PICTURES_SENT) == 0

    await bo.button("More").click()
    await bo.page.get_by_role("menuitemradio", name="As it fits").click()
    shown_at = time.time() * 1000
    await ana.button("Show my effect again").click()
    await expect(ana.button("Effects")).to_be_focused()
    await watched.eyes.see(await ana.id(), COVERED, since=shown_at)
    await expect(banner).to_have_count(0)

    await bo.button("More").click()
    await bo.page.get_by_role("menuitemradio", name="Private").click()
    shown_at = time.time() * 1000
    await ana.button("Show my camera").click()
    await watched.eyes.see(await ana.id(), BARE, since=shown_at)
    assert await watched.bare_frames(until=shown_at) == 0
    await expect(banner).to_have_count(0)


async def test_who_leaves_hidden_comes_in_again_hidden(watched: Watched) -> None:
    ana = watched.ana
    await watched.cover()
    await ana.button("Leave").click()
    await expect(ana.page.get_by_text("You come in with Cover.")).to_be_visible()
    came_back_at = time.time() * 1000
    await ana.button("Go back in").click()
    await ana.in_the_call()
    await watched.eyes.see(await ana.id(), COVERED, since=came_back_at)
    await ana.page.keyboard.press("e")
    uncovered_at = time.time() * 1000
    await ana.button("Clear").click()
    await watched.eyes.see(await ana.id(), BARE, since=uncovered_at)
    assert await watched.bare_frames(until=uncovered_at) == 0


async def test_a_filter_that_fails_is_said_while_the_panel_is_closed(
    watched: Watched, tmp_path: Path
) -> None:
    ana = watched.ana
    await watched.cover()
    (tmp_path / "fails").touch()
    toast = ana.page.locator(".toast")
    await expect(toast).to_contain_text("Cover", timeout=SLOW_MS)
    await expect(ana.button("Effects")).to_have_attribute(
        "aria-description", re.compile("problem|stays hidden")
    )
    await ana.page.keyboard.press("e")
    await expect(toast).to_have_count(0)


async def test_nothing_is_said_of_an_effect_while_there_is_no_picture(watched: Watched) -> None:
    ana, bo = watched.ana, watched.bo
    await watched.cover()
    await expect(bo.tile("Ana")).to_contain_text("Cover")
    await ana.button("Camera").click()
    await expect(bo.tile("Ana")).to_have_class(re.compile("tile--off"))
    await expect(bo.tile("Ana")).not_to_contain_text("Cover")
    await ana.page.keyboard.press("e")
    cost = ana.panel().locator(".cost")
    await expect(cost).to_contain_text("\N{EN DASH} ms")
