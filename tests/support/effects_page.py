"""The Effects panel as tests use it, and the rooms that they open it in."""

from contextlib import AsyncExitStack

from playwright.async_api import Browser, Locator, expect

from tests.support.axe import barriers
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import RunningServer

SLOW_MS = 20_000
"""For what a worker has to be started for."""

HIDE_CUT = """
(hide) => {
  const body = document.querySelector(".panel__body");
  const {bottom: top} = body.querySelector(".effects__top").getBoundingClientRect();
  const {bottom} = body.getBoundingClientRect();
  for (const one of body.querySelectorAll("button, input, select")) {
    const box = one.getBoundingClientRect();
    const cut = [top, bottom].some((edge) => box.top < edge && edge < box.bottom);
    one.style.visibility = hide && cut && !one.closest(".effects__top, dialog") ? "hidden" : "";
  }
}
"""


async def come_in(
    stack: AsyncExitStack, browser: Browser, server: RunningServer, *names: str
) -> list[Guest]:
    """People in one room; the first is its host."""
    room = await make_room(server.url, title="Design review")
    people: list[Guest] = []
    for name in names:
        small = guest(browser, server.url, width=1024, height=768)
        one = await stack.enter_async_context(small)
        if not people:
            await one.hold_host_key(room)
        await one.walk_in(room.id, name)
        people.append(one)
    for one in people:
        await one.hears_and_sees(len(names) - 1)
    return people


def card(one: Guest, filter_name: str) -> Locator:
    return one.page.locator(f'[data-filter="{filter_name}"]')


async def sees_result(one: Guest) -> None:
    """Wait until the panel shows what the chain makes of the picture."""
    await expect(one.panel().get_by_text("After", exact=True)).to_be_visible(timeout=SLOW_MS)


async def show(one: Guest) -> None:
    await one.panel().get_by_role("radio", name="Show everyone").click()


async def panel_barriers(one: Guest) -> list[str]:
    """As `barriers`, without what an edge of the scrolled panel cuts through.

    That is too small a target for as long as nobody scrolls on.
    """
    await one.page.evaluate(HIDE_CUT, True)
    found = await barriers(one.page)
    await one.page.evaluate(HIDE_CUT, False)
    return found
