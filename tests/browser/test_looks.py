"""What a view must look like where it once did not: nothing over anything, nothing out of sight."""

import re
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, expect

from tests.support.axe import barriers
from tests.support.client import SignallingClient
from tests.support.guest import guest
from tests.support.room import make_room
from tests.support.server import RunningServer, running_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

PAGE = 100  # messages that come with the room
WIDTHS = {320: 700, 390: 844, 640: 800, 760: 1000, 1000: 700, 1199: 768, 1440: 900}

ONLY_SOUND = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  if (wish.video) throw new DOMException("", "NAME");
  return ask(wish);
};
"""

UNANSWERED = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const answered = new Promise((resolve) => { globalThis.answer = resolve; });
navigator.mediaDevices.getUserMedia = async (wish) => {
  await answered;
  return ask(wish);
};
"""

OVER_OR_CUT = """
() => {
  const box = (element) => element.getBoundingClientRect();
  const glass = box(document.querySelector(".mirror__glass"));
  const parts = [...document.querySelectorAll(
    `.mirror__message > .icon, .mirror__title, .mirror__steps li, .mirror__actions button,
     .mirror__controls button`,
  )];
  const meet = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const wrong = [];
  if (meet(glass, box(document.querySelector(".lobby__side")))) wrong.push("glass over fields");
  for (const [n, part] of parts.entries()) {
    const a = box(part);
    if (a.top < glass.top + 8 || a.bottom > glass.bottom - 8) wrong.push(`cut: ${part.className}`);
    for (const other of parts.slice(n + 1)) {
      if (meet(a, box(other))) wrong.push(`${part.className} over ${other.className}`);
    }
  }
  return wrong;
}
"""


@pytest.mark.parametrize("error", ["NotAllowedError", "NotFoundError", "NotReadableError"])
@pytest.mark.parametrize("locale", ["en", "zh"])
async def test_the_microphone_button_lies_over_no_word_while_the_camera_has_a_problem(
    browser: Browser, server: RunningServer, error: str, locale: str
) -> None:
    room = await make_room(server.url, title="Design review")
    async with guest(browser, server.url) as one:
        await one.page.add_init_script(ONLY_SOUND.replace("NAME", error))
        await one.page.add_init_script(f"localStorage.setItem('greenroom.locale', '{locale}')")
        await one.visit(room.id, name="Eileen")
        await expect(one.page.locator(".mirror__title")).to_be_visible()
        await expect(one.page.locator(".mirror__controls button")).to_have_count(1)
        for width, height in WIDTHS.items():
            await one.page.set_viewport_size({"width": width, "height": height})
            assert await one.page.evaluate(OVER_OR_CUT) == [], f"{width} px"


@pytest.mark.parametrize("panel", ["Chat", "People"])
async def test_on_a_phone_a_lost_server_is_said_above_an_open_panel(
    browser: Browser, panel: str
) -> None:
    async with AsyncExitStack() as stack:
        server_stack = await stack.enter_async_context(AsyncExitStack())
        server = await server_stack.enter_async_context(running_server())
        room = await make_room(server.url, title="Design review")
        one = await stack.enter_async_context(guest(browser, server.url, width=390, height=844))
        await one.walk_in(room.id, "Eileen")
        await one.button(panel).click()
        await server_stack.aclose()
        await expect(one.button("Try now")).to_be_in_viewport()
        await one.button("Try now").click(trial=True)
        await expect(one.page.locator(".panel")).to_be_in_viewport()
        wide = await one.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
async def test_who_is_alone_is_offered_the_link_until_someone_comes(
    browser: Browser, server: RunningServer, width: int, height: int
) -> None:
    room = await make_room(server.url, title="Design review")
    async with (
        guest(browser, server.url, width=width, height=height) as one,
        SignallingClient(server.url) as mira,
    ):
        await one.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await one.visit(room.id, name="Eileen")
        await expect(one.button("Copy link")).to_be_in_viewport()
        await one.button("Join").click()
        await one.in_the_call()
        offer = one.page.get_by_text("Nobody else is here yet.")
        await expect(offer).to_be_in_viewport()
        tile = await one.tile("Eileen").bounding_box()
        line = await offer.bounding_box()
        assert tile
        assert line
        assert tile["y"] + tile["height"] <= line["y"]
        bar = one.page.locator(".control-bar")
        before = await bar.bounding_box()
        await one.button("Copy link").click()
        copied = await one.page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{server.url}/r/{room.id}"
        await one.button("People").click()
        await expect(one.button("Copy link")).to_have_count(1)
        await one.page.keyboard.press("Escape")
        await mira.join(room.id, "Mira")
        await expect(offer).to_have_count(0)
        assert await bar.bounding_box() == before


async def test_an_unanswered_prompt_shows_you_as_others_see_you(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as one, guest(browser, server.url) as other:
        await one.page.add_init_script(UNANSWERED)
        await one.walk_in(room.id, "Eileen")
        await other.walk_in(room.id, "Mira")
        for page in (one.page, other.page):
            tile = page.locator("figure.tile").filter(has_text="Eileen")
            await expect(tile).to_have_attribute("aria-label", re.compile("muted, camera off$"))
        for name in ("Microphone", "Camera"):
            await expect(one.button(name)).to_have_attribute("aria-busy", "true")
        await one.page.evaluate("answer()")
        for page in (one.page, other.page):
            tile = page.locator("figure.tile").filter(has_text="Eileen")
            await expect(tile).not_to_have_attribute("aria-label", re.compile("muted|camera off"))
        await expect(one.button("Microphone")).to_have_attribute("aria-busy", "false")


async def test_what_is_written_from_right_to_left_stands_so(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as one:
        await one.walk_in(room.id, "דנה")
        await one.button("Chat").click()
        composer = one.page.get_by_label("Write a message")
        for text, direction in (("שלום, מה נשמע?", "rtl"), ("Hello there.", "ltr")):
            await composer.fill(text)
            await expect(composer).to_have_css("direction", direction)
            await one.button("Send").click()
            await expect(one.message(text)).to_have_css("direction", direction)
        await expect(one.page.locator("figure.tile bdi")).to_have_text("דנה")


async def test_coming_in_moves_the_focus_to_the_heading_of_the_call(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url, title="Design review")
    async with guest(browser, server.url) as one:
        await one.visit(room.id, name="Eileen")
        await one.button("Join").click()
        await one.in_the_call()
        await expect(one.page.get_by_role("heading", name="Design review", level=1)).to_be_focused()


async def test_when_the_oldest_messages_are_there_the_focus_goes_to_the_log(
    browser: Browser,
) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_server(message_burst=PAGE + 20))
        room = await make_room(server.url)
        one = await stack.enter_async_context(guest(browser, server.url))
        mira = await stack.enter_async_context(SignallingClient(server.url))
        await mira.join(room.id, "Mira")
        for n in range(PAGE + 1):
            await mira.request("send-chat", {"client_id": str(n), "text": str(n)})
        await one.walk_in(room.id, "Eileen")
        await one.button("Chat").click()
        older = one.button("Load older messages")
        await older.focus()
        await one.page.keyboard.press("Enter")
        await expect(older).to_have_count(0)
        await expect(one.page.locator(".panel__body")).to_be_focused()


async def test_a_room_name_is_made_fit_for_the_link_and_stays_the_title(browser: Browser) -> None:
    async with (
        running_server(room_names=True) as server,
        guest(browser, server.url) as one,
    ):
        await one.page.goto(server.url)
        await expect(one.page.get_by_text("It becomes the link")).to_be_visible()
        field = one.page.get_by_label("Room name")
        await field.fill("设计")
        await one.button("New room").click()
        await expect(one.page.get_by_text("The link cannot hold this name.")).to_be_visible()
        await expect(field).to_be_focused()
        await field.fill("Design Review")
        await expect(one.page.get_by_text("The link cannot hold this name.")).to_have_count(0)
        await one.button("New room").click()
        await expect(one.page.get_by_role("heading", name="Design Review")).to_be_visible()
        assert one.page.url == f"{server.url}/r/design-review"
        await one.page.goto(server.url)
        await field.fill("design review")
        await one.button("New room").click()
        taken = one.page.locator("#room-name-says")
        await expect(taken).to_contain_text("A room with this name exists already.")
        assert await barriers(one.page) == []


async def test_the_lobby_of_a_full_room_says_so_and_lets_one_try(browser: Browser) -> None:
    async with (
        running_server(room_capacity=2) as server,
        guest(browser, server.url) as one,
        SignallingClient(server.url) as mira,
        SignallingClient(server.url) as chen,
    ):
        room = await make_room(server.url)
        await mira.join(room.id, "Mira")
        await chen.join(room.id, "Chen")
        await one.visit(room.id, name="Eileen")
        full = one.page.get_by_text("The room is full.")
        await expect(full).to_be_visible()
        await one.button("Join").click()
        await expect(one.page.get_by_text("This room is full.")).to_be_visible()
        await expect(full).to_have_count(0)
        await chen.request("leave")
        await one.button("Join").click()
        await one.in_the_call()


async def test_a_lobby_without_ids_still_opens(browser: Browser, server: RunningServer) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as one:
        people = [{"name": "Mira", "here": True}, {"name": "Chen", "here": True}]
        answer = {"id": room.id, "title": "", "capacity": 12, "people": people}
        await one.page.route("**/api/rooms/*", lambda route: route.fulfill(json=answer))
        await one.visit(room.id)
        await expect(one.page.get_by_text("Mira and Chen are in the room")).to_be_visible()


async def test_the_sign_beside_the_address_has_a_spoken_name(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as one:
        await one.page.add_init_script(ONLY_SOUND.replace("NAME", "NotAllowedError"))
        await one.visit(room.id)
        await expect(one.page.get_by_role("listitem").first).to_have_text(
            "Select the sign for site settings beside the address."
        )


async def test_a_pressed_button_keeps_its_word_to_itself(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as one:
        await one.walk_in(room.id, "Eileen")
        slot = one.page.locator(".control-bar__end .control-bar__slot").first
        await slot.hover()
        await expect(slot.locator(".tooltip")).to_be_visible()
        await one.button("Chat").click()
        await expect(one.page.get_by_label("Write a message")).to_be_visible()
        await expect(slot.locator(".tooltip")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(320, 256), (390, 400), (320, 568)])
async def test_the_composer_is_in_sight_however_little_there_is(
    browser: Browser, server: RunningServer, width: int, height: int
) -> None:
    room = await make_room(server.url, title="Design review")
    async with guest(browser, server.url, width=width, height=height) as one:
        await one.walk_in(room.id, "Eileen")
        await one.button("Chat").click()
        await one.say("Hello.")
        composer = await one.page.locator(".composer__box").bounding_box()
        bar = await one.page.locator(".control-bar").bounding_box()
        assert composer
        assert bar
        assert composer["y"] + composer["height"] <= bar["y"]
        await expect(one.button("Leave")).to_be_in_viewport(ratio=1)
        await expect(one.message("Hello.")).to_be_in_viewport()


async def test_on_a_phone_the_link_in_a_notice_leaves_the_head_of_the_panel_free(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url, width=390, height=844) as one:
        await one.page.add_init_script("navigator.clipboard.writeText = () => Promise.reject();")
        await one.walk_in(room.id, "Eileen")
        await one.button("People").click()
        await one.button("Copy link").click()
        await expect(
            one.page.get_by_text("The browser keeps the clipboard closed.")
        ).to_be_visible()
        await one.button("Copy link").click()
        await one.button("Close").click()
        await expect(one.page.locator(".panel")).to_have_count(0)
