"""The microphone and the camera in a real page: the keys, and what is said in trouble."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.chromium import chromium
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import RunningServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(60),
    pytest.mark.asyncio(loop_scope="module"),
]


async def microphone_is(one: Guest, on: bool) -> None:
    await expect(one.button("Microphone")).to_have_attribute("aria-pressed", str(on).lower())


async def test_letting_go_of_space_mutes_after_the_button_was_clicked(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana:
        await ana.walk_in(room.id, "Ana")
        await ana.button("Microphone").click()
        await microphone_is(ana, on=False)
        for _ in range(2):
            await ana.page.keyboard.down(" ")
            await microphone_is(ana, on=True)
            await ana.page.keyboard.up(" ")
            await microphone_is(ana, on=False)


async def test_a_button_reached_by_keyboard_keeps_its_space(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana:
        await ana.walk_in(room.id, "Ana")
        await ana.button("Camera").click()
        await expect(ana.button("Camera")).to_have_attribute("aria-pressed", "false")
        while not await ana.button("Microphone").evaluate("(it) => it === document.activeElement"):
            await ana.page.keyboard.press("Shift+Tab")
        await ana.page.keyboard.press(" ")
        await microphone_is(ana, on=False)
        await ana.page.keyboard.press(" ")
        await microphone_is(ana, on=True)


@pytest.mark.parametrize("presses", [1, 2])
async def test_what_m_said_while_space_was_held_stays(
    browser: Browser, server: RunningServer, presses: int
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana:
        await ana.walk_in(room.id, "Ana")
        await ana.page.keyboard.press("m")
        await microphone_is(ana, on=False)
        await ana.page.keyboard.down(" ")
        await microphone_is(ana, on=True)
        for press in range(presses):
            await ana.page.keyboard.press("m")
            await microphone_is(ana, on=press % 2 == 1)
        await ana.page.keyboard.up(" ")
        await microphone_is(ana, on=presses == 2)
        await ana.page.keyboard.press("m")
        await microphone_is(ana, on=presses == 1)


async def test_a_device_that_is_not_there_is_explained_in_the_call(server: RunningServer) -> None:
    room = await make_room(server.url)
    async with chromium(devices=False) as browser, guest(browser, server.url) as ana:
        await ana.walk_in(room.id, "Ana")
        await expect(ana.page.get_by_text("No camera or microphone found.")).to_be_visible()
        await ana.button("Dismiss").click()
        await ana.button("Camera").click()
        await expect(ana.page.get_by_text("Plug one in: it starts by itself.")).to_be_visible()


COUNT_PROMPTS = """
globalThis.prompts = 0;
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) => {
  prompts += 1;
  return ask(wanted);
};
"""


async def test_a_refused_prompt_comes_once_and_is_explained(server: RunningServer) -> None:
    room = await make_room(server.url)
    fake = ["--use-fake-device-for-media-stream"]
    async with chromium(devices=False, more=fake) as browser, guest(browser, server.url) as ana:
        await ana.page.add_init_script(COUNT_PROMPTS)
        await ana.walk_in(room.id, "Ana")
        said = "Your browser is blocking the camera and microphone. Allow them beside the address"
        await expect(ana.page.get_by_text(said)).to_be_visible()
        assert await ana.page.evaluate("prompts") == 1


COUNT_OPEN = """
globalThis.asked = 0;
globalThis.opened = [];
const take = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  asked += 1;
  const stream = await take(wanted);
  opened.push(...stream.getTracks());
  return stream;
};
"""


OLD_SESSION = '{"token": "old", "self": "me", "since": 0, "pending": []}'


@pytest.mark.parametrize("session", ["null", OLD_SESSION])
async def test_nothing_stays_open_before_a_room_that_is_not_there(
    browser: Browser, server: RunningServer, session: str
) -> None:
    room_id = "A" * 22
    async with guest(browser, server.url) as ana:
        await ana.page.add_init_script(COUNT_OPEN)
        await ana.page.add_init_script(
            f"sessionStorage.setItem('greenroom.session.{room_id}', '{session}')"
        )
        await ana.visit(room_id, name="Ana")
        await expect(ana.page.get_by_role("heading", name="There is no such room")).to_be_visible()
        await ana.page.wait_for_function(
            "() => opened.length === 2 && opened.every(({readyState}) => readyState === 'ended')"
        )
        assert await ana.page.evaluate("asked") == 1
