"""Somebody at a browser: a page of the product, and what its statistics say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import Browser, Locator, Page

from tests.support.room import NewRoom

MEDIA_WITHIN_MS = 20_000

# What is shown of each of the others, on whichever way it comes.
INBOUND = """
async () => {
  const heard = {};
  for (const [id, shown] of Object.entries(greenroomDebug.shown())) {
    const peer = {key: shown?.key, state: "none", frames: 0, freezes: 0, energy: 0, samples: 0};
    heard[id] = peer;
    if (!shown) continue;
    peer.state = shown.connection.connectionState;
    const tracks = [shown.audio, shown.video].map((receiver) => receiver?.track.id);
    for (const report of (await shown.connection.getStats()).values()) {
      if (report.type !== "inbound-rtp" || !tracks.includes(report.trackIdentifier)) continue;
      if (report.kind === "video") {
        peer.frames = report.framesDecoded;
        peer.freezes = report.freezeCount;
      } else {
        peer.energy = report.totalAudioEnergy;
        peer.samples = report.totalSamplesReceived - report.concealedSamples;
      }
    }
  }
  return heard;
}
"""

HEARS_AND_SEES = f"""
async ([count, before]) => {{
  const heard = await ({INBOUND})();
  const peers = Object.entries(heard);
  const last = (id, key) => (before[id]?.key === heard[id].key ? before[id]?.[key] : 0);
  const more = (id, key) => heard[id][key] > (last(id, key) ?? 0);
  return peers.length === count
    && peers.every(([id]) => more(id, "frames") && more(id, "energy"));
}}
"""

SHOWN_BY = """
([route, count]) => {
  const paths = Object.values(greenroomDebug.paths());
  const changing = Object.values(greenroomDebug.state().paths).some((path) => path.changing);
  return !changing && paths.length === count && paths.every((path) => path === route);
}
"""

WATCH_FOR_SCRIPTS = """
globalThis.violations = [];
addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@dataclass
class Guest:
    """One page. `problems` collects what no page may do: errors, dialogs."""

    page: Page
    server_url: str
    problems: list[str] = field(default_factory=list)
    killed: bool = False

    async def hold_host_key(self, room: NewRoom) -> None:
        """Be the host of a room: as whoever made it, in the browser they made it with."""
        await self.page.add_init_script(
            f"localStorage.setItem('greenroom.host-keys', "
            f"JSON.stringify([['{room.id}', '{room.host_key}']]))"
        )

    async def visit(self, room_id: str, **query: str) -> None:
        parameters = urlencode({"debug": "1", **query})
        await self.page.goto(f"{self.server_url}/r/{room_id}?{parameters}")

    async def walk_in(self, room_id: str, name: str) -> None:
        """Come in as a link with a name does, and wait until the call is there."""
        await self.visit(room_id, name=name, autojoin="1")
        await self.in_the_call()

    async def in_the_call(self) -> None:
        await self.button("Leave").wait_for()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def panel(self, name: str = "Effects") -> Locator:
        return self.page.get_by_role("complementary", name=name)

    def facts(self) -> Locator:
        """What the page says of the ways that media takes."""
        return self.page.locator(".control-bar__facts:visible")

    async def id(self) -> str:
        """Of the participant that this page is."""
        found: str = await self.page.evaluate("greenroomDebug.state().self")
        return found

    def tile(self, name: str) -> Locator:
        return self.page.locator("figure.tile").filter(has_text=name)

    async def inbound(self) -> dict[str, dict[str, Any]]:
        """What arrives from each other participant, on the way (`key`) that is shown of them.

        Beside the key: state, frames, freezes, energy, samples.
        """
        found: dict[str, dict[str, Any]] = await self.page.evaluate(INBOUND)
        return found

    async def hears_and_sees(self, count: int) -> None:
        """Wait until frames and sound of so many others are decoded, and go on being decoded."""
        before: dict[str, Any] = {}
        for _ in range(2):
            await self.page.wait_for_function(
                HEARS_AND_SEES, arg=[count, before], timeout=MEDIA_WITHIN_MS, polling=50
            )
            before = await self.inbound()

    async def kill(self) -> None:
        """End the page as the system does when memory is short: without a word to anybody."""
        devtools = await self.page.context.new_cdp_session(self.page)
        async with self.page.expect_event("crash"):
            ending = asyncio.ensure_future(devtools.send("Page.crash"))
        ending.cancel()
        self.killed = True

    async def paths(self) -> dict[str, str]:
        """The route on which each of the others is shown."""
        found: dict[str, str] = await self.page.evaluate("greenroomDebug.paths()")
        return found

    async def sees_all_by(self, route: str, count: int) -> None:
        """Wait until so many others are shown on this route, and no way is changing."""
        await self.page.wait_for_function(
            SHOWN_BY, arg=[route, count], timeout=MEDIA_WITHIN_MS, polling=50
        )

    async def say(self, text: str) -> None:
        """Write in the chat; the panel must be open."""
        await self.page.get_by_label("Write a message").fill(text)
        await self.button("Send").click()

    def message(self, text: str) -> Locator:
        return self.page.locator(".message__text", has_text=text)


@asynccontextmanager
async def guest(
    browser: Browser, server_url: str, *, width: int = 1024, height: int = 768, **options: Any
) -> AsyncIterator[Guest]:
    """Somebody with a browser profile of their own.

    Raises:
        AssertionError: at the end, if the page threw, showed a dialog or broke its policy.
    """
    context = await browser.new_context(viewport={"width": width, "height": height}, **options)
    page = await context.new_page()
    it = Guest(page, server_url)
    page.on("pageerror", lambda error: it.problems.append(f"{error.name}: {error.message}"))
    await page.add_init_script(WATCH_FOR_SCRIPTS)

    async def dismiss(dialog: Any) -> None:
        it.problems.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    page.on("dialog", dismiss)
    try:
        yield it
        if not it.killed:
            it.problems += await page.evaluate("globalThis.violations ?? []")
    finally:
        await context.close()
    assert it.problems == []
