"""Lines that lose packets, on the way to the server or from it: the call goes on."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from tests.support.chromium import EXECUTABLE, chromium
from tests.support.guest import Guest, guest
from tests.support.netns import HUB_ADDRESS, Cable, cable
from tests.support.server import ServerProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("iptables") is None,
        reason="losing packets needs root, iproute2 and iptables",
    ),
]

WATCH_S = 8
WEAK = re.compile(r"Good, except with Ana|Weak")
LEAST_FRAMES_PER_S = 10

NEW_ROOM = """
async () => {
  const response = await fetch("/api/rooms", {method: "POST"});
  const {id, host_key} = await response.json();
  localStorage.setItem("greenroom.host-keys", JSON.stringify([[id, host_key]]));
  return id;
}
"""
FRAMES_EACH_SECOND = """
async (seconds) => {
  const [shown] = Object.values(greenroomDebug.shown());
  const frames = async () => {
    for (const report of (await shown.connection.getStats()).values()) {
      const ours = report.trackIdentifier === shown.video.track.id;
      if (report.type === "inbound-rtp" && ours) return report.framesDecoded;
    }
  };
  const counts = [await frames()];
  for (let second = 0; second < seconds; second += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    counts.push(await frames());
  }
  return counts.slice(1).map((count, i) => count - counts[i]);
}
"""


@dataclass(frozen=True)
class Lossy:
    """Two people behind one cable, the server at its other end."""

    line: Cable
    people: tuple[Guest, Guest]

    async def frames_each_second(self) -> list[list[int]]:
        """Of the other's picture, on both pages."""
        counted: list[list[int]] = await asyncio.gather(
            *(one.page.evaluate(FRAMES_EACH_SECOND, WATCH_S) for one in self.people)
        )
        return counted


def chromium_of_the_away_end(
    it: Cable, url: str, directory: Path
) -> AbstractAsyncContextManager[Browser]:
    return chromium(
        executable=it.inside(it.away, EXECUTABLE, directory),
        more=(f"--unsafely-treat-insecure-origin-as-secure={url}",),
    )


@pytest.fixture
async def lossy(tmp_path: Path) -> AsyncIterator[Lossy]:
    async with cable() as line:
        server = ServerProcess(tmp_path, host=HUB_ADDRESS, inside=line.hub)
        await server.start()
        try:
            async with (
                chromium_of_the_away_end(line, server.url, tmp_path) as browser,
                guest(browser, server.url) as ana,
                guest(browser, server.url) as bo,
            ):
                await ana.page.goto(server.url)
                room_id = await ana.page.evaluate(NEW_ROOM)
                await ana.walk_in(room_id, "Ana")
                await ana.button("More").click()
                await ana.page.get_by_role(
                    "menuitemradio", name="Always through the server"
                ).click()
                await bo.walk_in(room_id, "Bo")
                await asyncio.gather(*(one.sees_all_by("forwarded", 1) for one in (ana, bo)))
                await asyncio.gather(*(one.hears_and_sees(1) for one in (ana, bo)))
                yield Lossy(line, (ana, bo))
        finally:
            await server.stop()


@pytest.mark.parametrize("way", ["up", "down"])
async def test_five_percent_loss_freezes_no_picture_for_long(
    lossy: Lossy, way: Literal["up", "down"]
) -> None:
    await lossy.line.lose(0.05, way=way)
    for frames in await lossy.frames_each_second():
        assert min(frames) > 0, frames


@pytest.mark.parametrize("way", ["up", "down"])
async def test_twenty_percent_loss_leaves_ten_frames_a_second(
    lossy: Lossy, way: Literal["up", "down"]
) -> None:
    await lossy.line.lose(0.20, way=way)
    for frames in await lossy.frames_each_second():
        assert sum(frames) / len(frames) >= LEAST_FRAMES_PER_S, frames
    for one in lossy.people:
        assert {peer["state"] for peer in (await one.inbound()).values()} == {"connected"}


async def test_a_weak_line_is_said_on_the_tile_and_in_the_panel(lossy: Lossy) -> None:
    _, bo = lossy.people
    await bo.button("More").click()
    await bo.page.get_by_role("menuitem", name="Connection").click()
    await expect(bo.page.get_by_role("heading", name="Good", exact=True)).to_be_visible()
    await lossy.line.lose(0.20, way="down")
    await expect(bo.tile("Ana").locator(".quality--1")).to_be_visible(timeout=20_000)
    await expect(bo.tile("Ana")).to_contain_text("Weak connection")
    await expect(bo.page.locator(".stats__title")).to_have_text(WEAK)
    await lossy.line.keep()
    await expect(bo.tile("Ana").locator(".quality--1")).to_have_count(0, timeout=20_000)
