"""Every view at three sizes: no barrier, nothing cut off sideways, and the words that belong there.

With SHOTS=DIRECTORY each view is also kept as a picture, to be laid beside the design.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.axe import barriers
from tests.support.chromium import chromium
from tests.support.client import SignallingClient
from tests.support.guest import Guest, guest
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, running_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

SIZES = {"desktop": (1440, 900), "tablet": (1024, 768), "phone": (390, 844)}
NAMES = ("Mira Okafor", "Chen Wei", "Ada Mensah", "Omar Haddad", "Tomas", "Yuki", "Sam", "Ida")


BULBS_ARE_LIT = """
() => Number(getComputedStyle(document.querySelector(".mirror")).getPropertyValue("--level")) > 0.1
"""


async def home(one: Guest, room: NewRoom) -> None:
    await one.page.goto(one.server_url)
    await expect(one.button("New room")).to_be_visible()


async def lobby(one: Guest, room: NewRoom) -> None:
    await one.visit(room.id)
    await expect(one.page.get_by_text("are in the room")).to_be_visible()
    await expect(one.button("Join")).to_be_enabled()
    await expect(one.page.locator(".mirror video")).to_have_js_property("paused", value=False)
    await one.page.wait_for_function(BULBS_ARE_LIT)


async def missing_room(one: Guest, room: NewRoom) -> None:
    await one.visit("AAAAAAAAAAAAAAAAAAAAAA")
    await expect(one.button("New room")).to_be_visible()


async def call(one: Guest, room: NewRoom) -> None:
    await one.walk_in(room.id, "Eileen")
    await expect(one.tile("Chen Wei")).to_be_visible()


async def chat(one: Guest, room: NewRoom) -> None:
    await call(one, room)
    await one.page.get_by_role("button", name="Chat", exact=True).click()
    await one.say("Line 12 on the left wall: is that the fire door? https://example.org/plan")
    await expect(one.message("fire door")).to_be_visible()


async def people(one: Guest, room: NewRoom) -> None:
    await call(one, room)
    await one.button("People").click()
    await expect(one.page.get_by_role("heading", name="People", level=2)).to_be_visible()


async def more_menu(one: Guest, room: NewRoom) -> None:
    await call(one, room)
    await one.button("More").click()
    await expect(one.page.get_by_role("menu")).to_be_visible()


async def connection(one: Guest, room: NewRoom) -> None:
    await call(one, room)
    await one.button("More").click()
    await one.page.get_by_role("menuitem", name="Connection").click()
    await expect(one.page.get_by_role("heading", name="Connection", level=2)).to_be_focused()
    await expect(one.page.locator(".metric")).to_have_count(3)


async def end(one: Guest, room: NewRoom) -> None:
    await call(one, room)
    await one.button("Leave").click()
    await expect(one.page.get_by_role("heading", name="You left")).to_be_visible()


VIEWS: dict[str, Callable[[Guest, NewRoom], Awaitable[None]]] = {
    "home": home,
    "lobby": lobby,
    "missing-room": missing_room,
    "call": call,
    "chat": chat,
    "people": people,
    "more-menu": more_menu,
    "connection": connection,
    "end": end,
}


@asynccontextmanager
async def room_with(server: RunningServer, count: int) -> AsyncIterator[NewRoom]:
    """A room with so many people in it whose cameras are off."""
    room = await make_room(server.url, title="Design review")
    async with AsyncExitStack() as stack:
        for name in NAMES[:count]:
            person = await stack.enter_async_context(SignallingClient(server.url))
            muted = [{"source": "microphone", "muted": name == "Chen Wei"}]
            await person.join(room.id, name, tracks=muted)
        yield room


WAYS = {"forwarded": "Always through the server", "direct": "Always directly"}
SENDS_AND_RECEIVES = """
() => {
  const kilobits = (row) => Number(row.cells[2].textContent.replaceAll(",", ""));
  const rows = [...document.querySelectorAll(".stats-table tbody tr:not(.stats-table__more)")];
  const calm = document.querySelectorAll(".sparkline__line").length === 3;
  return calm && rows.length >= 3 && rows.every((row) => kilobits(row) > 5);
}
"""


@pytest.mark.parametrize("way", WAYS)
async def test_the_connection_panel_has_no_barrier_and_fits(
    browser: Browser, server: RunningServer, way: str
) -> None:
    room = await make_room(server.url, title="Design review")
    async with guest(browser, server.url) as ada, guest(browser, server.url) as host:
        await host.hold_host_key(room)
        await ada.walk_in(room.id, "Ada Mensah")
        await host.walk_in(room.id, "Eileen")
        await host.button("More").click()
        await host.page.get_by_role("menuitemradio", name=WAYS[way]).click()
        await host.sees_all_by(way, 1)
        async for look in looks(host.page):
            await host.button("More").click()
            await look_at(host.page, f"more-menu-host-{way}-{look}")
            await host.page.keyboard.press("Escape")
        await host.button("More").click()
        await host.page.get_by_role("menuitem", name="Connection").click()
        async for look in looks(host.page):
            await host.page.wait_for_function(SENDS_AND_RECEIVES)
            await look_at(host.page, f"connection-{way}-{look}")


async def looks(page: Page) -> AsyncIterator[str]:
    """The same page in one size after the other, then as large as at first and light."""
    for name, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        yield name
    width, height = SIZES["desktop"]
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate("document.documentElement.dataset.theme = 'light'")
    yield "light"
    await page.evaluate("document.documentElement.dataset.theme = 'dark'")


STILL = """
() => Promise.allSettled(
  document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
    .map((animation) => animation.finished),
)
"""


async def look_at(page: Page, name: str) -> None:
    """Hold what every view must hold, once what fades and slides has come to rest."""
    await page.evaluate(STILL)
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"
    directory = os.environ.get("SHOTS")
    if directory:
        await page.screenshot(path=Path(directory) / f"{name}.png")
    assert await barriers(page) == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", SIZES)
async def test_a_view_has_no_barrier_and_fits(
    browser: Browser, server: RunningServer, view: str, size: str
) -> None:
    width, height = SIZES[size]
    async with (
        room_with(server, 3) as room,
        guest(browser, server.url, width=width, height=height, has_touch=size == "phone") as one,
    ):
        await VIEWS[view](one, room)
        await look_at(one.page, f"{view}-{size}")
        if size == "desktop":
            await one.page.evaluate("document.documentElement.dataset.theme = 'light'")
            await look_at(one.page, f"{view}-light")


async def test_a_page_comes_up_in_the_theme_that_was_chosen(
    browser: Browser, server: RunningServer
) -> None:
    async with guest(browser, server.url) as one:
        await one.page.add_init_script("localStorage.setItem('greenroom.theme', 'light')")
        await one.page.goto(server.url)
        await expect(one.page.locator("html")).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("others", [0, 1, 5, 8])
async def test_one_to_nine_people_fit_on_one_stage(
    browser: Browser, server: RunningServer, others: int
) -> None:
    async with room_with(server, others) as room, guest(browser, server.url) as one:
        await one.walk_in(room.id, "Eileen")
        tiles = one.page.locator("figure.tile:visible")
        async for look in looks(one.page):
            await expect(tiles).to_have_count(min(others + 1, 8 if look == "phone" else 9))
            await one.page.evaluate(STILL)
            boxes = [await tile.bounding_box() for tile in await tiles.all()]
            assert len({(box["width"], box["height"]) for box in boxes if box}) == 1
            await expect(tiles.last).to_contain_text("Eileen")
            await look_at(one.page, f"call-{others + 1}-{look}")


async def test_nothing_but_tiles_moves_when_people_come_and_go(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url, title="Design review")
    async with guest(browser, server.url, width=1440, height=900) as one:
        await one.walk_in(room.id, "Eileen")
        await one.page.get_by_role("button", name="Chat", exact=True).click()
        still = one.page.locator(".control-bar button:visible, .panel, .composer")
        await one.page.evaluate(STILL)
        before = [await part.bounding_box() for part in await still.all()]
        for count in (1, 3, 8):
            async with room_with_more(server, room, count):
                await expect(one.page.locator("figure.tile")).to_have_count(count + 1)
                assert [await part.bounding_box() for part in await still.all()] == before
            await expect(one.page.locator("figure.tile")).to_have_count(1)
        assert [await part.bounding_box() for part in await still.all()] == before


@asynccontextmanager
async def room_with_more(server: RunningServer, room: NewRoom, count: int) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(SignallingClient(server.url)) for _ in range(count)
        ]
        for name, client in zip(NAMES, clients, strict=False):
            await client.join(room.id, name)
        yield
        for client in clients:
            await client.request("leave")


async def test_the_lobby_speaks_chinese(browser: Browser, server: RunningServer) -> None:
    async with room_with(server, 3) as room, guest(browser, server.url) as one:
        await lobby(one, room)
        await one.button("中文").click()
        await expect(one.page.locator("html")).to_have_attribute("lang", "zh-CN")
        await expect(one.page.get_by_role("button", name="加入")).to_be_visible()
        await look_at(one.page, "lobby-zh")
        await one.page.reload()
        await expect(one.page.locator("html")).to_have_attribute("lang", "zh-CN")


async def test_a_lost_server_is_said_and_media_stays(browser: Browser) -> None:
    async with AsyncExitStack() as stack:
        server_stack = await stack.enter_async_context(AsyncExitStack())
        server = await server_stack.enter_async_context(running_server(effects=True))
        room = await make_room(server.url, title="Design review")
        one = await stack.enter_async_context(guest(browser, server.url))
        other = await stack.enter_async_context(guest(browser, server.url))
        await one.walk_in(room.id, "Eileen")
        await other.walk_in(room.id, "Mira")
        await one.hears_and_sees(1)
        await server_stack.aclose()
        await expect(one.page.get_by_text("The room server is out of reach")).to_be_visible()
        await expect(one.button("Try now")).to_be_visible()
        await one.hears_and_sees(1)
        await look_at(one.page, "reconnecting")


async def test_a_peer_who_reconnects_is_dimmed_and_named(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as one, SignallingClient(server.url) as ada:
        await ada.join(room.id, "Ada")
        await one.walk_in(room.id, "Eileen")
        await ada.drop()
        await expect(one.tile("Ada")).to_contain_text("Ada is reconnecting")
        await look_at(one.page, "peer-reconnecting")


BUSY = """
const busy = () => Promise.reject(new DOMException("", "NotReadableError"));
navigator.mediaDevices.getUserMedia = busy;
"""


@pytest.mark.parametrize("size", SIZES)
async def test_a_blocked_camera_is_explained_and_one_may_still_join(
    server: RunningServer, size: str
) -> None:
    width, height = SIZES[size]
    async with (
        chromium(devices=False) as browser,
        room_with(server, 1) as room,
        guest(browser, server.url, width=width, height=height) as one,
    ):
        await one.page.add_init_script(BUSY.replace("NotReadableError", "NotAllowedError"))
        await one.visit(room.id, name="Eileen")
        await expect(
            one.page.get_by_role("heading", name="Your browser is blocking the camera")
        ).to_be_visible()
        await expect(one.button("Try again")).to_be_visible()
        await look_at(one.page, f"lobby-blocked-{size}")
        await one.page.get_by_role("button", name="Join").click()
        await one.in_the_call()
        await expect(one.tile("Mira Okafor")).to_be_visible()


async def test_a_missing_device_is_said_and_one_may_still_join(server: RunningServer) -> None:
    async with (
        chromium(devices=False) as browser,
        room_with(server, 1) as room,
        guest(browser, server.url, permissions=["camera", "microphone"]) as one,
    ):
        await one.visit(room.id, name="Eileen")
        await expect(one.page.get_by_text("No camera or microphone found").first).to_be_visible()
        await look_at(one.page, "lobby-missing")
        await one.page.get_by_role("button", name="Join").click()
        await one.in_the_call()


async def test_a_busy_device_is_said_and_one_may_still_join(
    browser: Browser, server: RunningServer
) -> None:
    async with room_with(server, 1) as room, guest(browser, server.url) as one:
        await one.page.add_init_script(BUSY)
        await one.visit(room.id, name="Eileen")
        await expect(one.page.get_by_text("Another app is using the camera").first).to_be_visible()
        await look_at(one.page, "lobby-busy")
        await one.page.get_by_role("button", name="Join").click()
        await one.in_the_call()


async def test_a_page_on_plain_http_says_why_the_camera_is_blocked(server: RunningServer) -> None:
    async with (
        chromium(more=("--host-resolver-rules=MAP greenroom.test 127.0.0.1",)) as browser,
        guest(browser, f"http://greenroom.test:{server.port}") as one,
    ):
        room = await make_room(server.url)
        await one.visit(room.id, name="Eileen")
        insecure = one.page.get_by_text("Cameras only work on a secure page")
        await expect(insecure.first).to_be_visible()
        await look_at(one.page, "lobby-insecure")
        await one.page.get_by_role("button", name="Join").click()
        await one.in_the_call()
