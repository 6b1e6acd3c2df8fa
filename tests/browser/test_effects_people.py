"""What the people of a call see, hear and keep to themselves of each other's effects."""

import re
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.support.axe import barriers
from tests.support.effects_page import SLOW_MS, card, come_in, sees_result, show
from tests.support.guest import Guest
from tests.support.server import RunningServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

# What our connections of the mesh send: whether there is a picture among it.
CAMERA_OVER_MESH = """
() => Object.values(greenroomDebug.peerConnections()).flatMap((connection) =>
  connection.getSenders().filter(({track}) => track?.kind === "video")).length
"""
# The place and the spread of colour in what somebody is shown of the first other participant.
COLOURFUL = """
async (other) => {
  const video = document.querySelector(`[data-participant="${other}"] video`);
  if (!video?.videoWidth) return null;
  const canvas = new OffscreenCanvas(64, 36);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 64, 36);
  const {data} = context.getImageData(0, 0, 64, 36);
  let most = 0;
  for (let n = 0; n < data.length; n += 4) {
    const pixel = data.slice(n, n + 3);
    most = Math.max(most, Math.max(...pixel) - Math.min(...pixel));
  }
  return most;
}
"""
GRAY_UP_TO = 24


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"direct_after_s": 0.5, "effects": True}


async def is_gray(one: Guest, other: str) -> None:
    await one.page.wait_for_function(
        f"async (other) => ((await ({COLOURFUL})(other)) ?? 255) < {GRAY_UP_TO}",
        arg=other,
        timeout=SLOW_MS,
    )


async def is_colourful(one: Guest, other: str) -> None:
    await one.page.wait_for_function(
        f"async (other) => ((await ({COLOURFUL})(other)) ?? 0) > {GRAY_UP_TO}",
        arg=other,
        timeout=SLOW_MS,
    )


async def test_an_effect_is_seen_by_oneself_then_by_everyone_then_by_nobody(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        me = await ana.id()
        await ana.page.keyboard.press("e")
        await expect(ana.panel().get_by_role("heading", name="Effects")).to_be_focused()
        await expect(ana.facts()).to_contain_text("Direct · preview on the server")
        await expect(ana.panel().get_by_text("small pictures of your camera")).to_be_visible()
        await card(ana, "grayscale").click()
        await expect(card(ana, "grayscale")).to_have_attribute("aria-pressed", "true")
        await sees_result(ana)
        await expect(ana.facts()).to_contain_text("Direct · preview on the server")
        await expect(ana.button("Effects")).to_contain_text("Preview")
        await expect(ana.tile("Ana")).to_contain_text("What others see")
        await expect(ana.tile("Ana")).to_have_attribute("aria-label", "Ana, you, as others see you")
        await expect(ana.panel().locator(".cost")).to_contain_text(
            re.compile(r"\d\.\d ms"), timeout=SLOW_MS
        )
        await is_colourful(bo, me)
        await expect(bo.facts()).to_contain_text("Direct · end-to-end")

        await show(ana)
        await is_gray(bo, me)
        await expect(bo.tile("Ana")).to_contain_text(
            "Grayscale · through the server", timeout=SLOW_MS
        )
        told = re.compile("through the server.*, with Grayscale$")
        await expect(bo.tile("Ana")).to_have_attribute("aria-label", told)
        await expect(ana.panel().get_by_text("Everyone sees this")).to_be_visible()
        await expect(ana.button("Effects")).to_contain_text("Grayscale")
        await expect(ana.facts()).to_contain_text("1 of 2 through the server")

        await ana.panel().get_by_role("button", name="Clear").click()
        await is_colourful(bo, me)
        await ana.sees_all_by("direct", 1)
        await bo.sees_all_by("direct", 1)
        await ana.page.wait_for_function(
            "() => Object.values(greenroomDebug.serverConnections()).every((one) => one === null)",
            timeout=SLOW_MS,
        )
        await ana.page.keyboard.press("Escape")
        await expect(ana.facts()).to_contain_text("Direct · end-to-end")


async def test_what_hides_something_leaves_no_bare_picture_on_the_mesh(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        await ana.page.keyboard.press("e")
        await card(ana, "blur").click()
        await sees_result(ana)
        assert await ana.page.evaluate(CAMERA_OVER_MESH) == 1
        shown = ana.panel().get_by_role("radio", name="Show everyone")
        await shown.evaluate("(radio) => radio.click()")
        await ana.page.wait_for_function(f"() => ({CAMERA_OVER_MESH})() === 0", polling=20)
        await bo.sees_all_by("forwarded", 1)
        assert await ana.page.evaluate(CAMERA_OVER_MESH) == 0
        await ana.panel().get_by_role("radio", name="Preview").click()
        await bo.sees_all_by("direct", 1)
        assert await ana.page.evaluate(CAMERA_OVER_MESH) == 1


async def test_a_hand_is_raised_and_taken_down(browser: Browser, server: RunningServer) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        await ana.page.keyboard.press("h")
        await expect(ana.button("Raise hand")).to_have_attribute("aria-pressed", "true")
        await expect(bo.tile("Ana").locator(".badge--hand")).to_be_visible()
        await expect(bo.tile("Ana")).to_have_attribute("aria-label", re.compile("hand raised"))
        await bo.button("People").click()
        await expect(bo.panel("People").get_by_text("hand raised")).to_be_attached()
        await ana.button("Raise hand").click()
        await expect(bo.tile("Ana").locator(".badge--hand")).to_have_count(0)


async def test_how_loud_somebody_is_is_chosen_for_oneself_and_by_a_host_for_all(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        loud, quiet = await ana.id(), await bo.id()
        volume = "(id) => document.querySelector(`audio[data-participant='${id}']`).volume"
        await bo.button("People").click()
        await bo.button("Volume of Ana").click()
        assert await bo.panel("People").get_by_role("slider").count() == 1
        await bo.panel("People").get_by_role("slider", name="For you").fill("40")
        await bo.page.wait_for_function(f"(id) => ({volume})(id) === 0.4", arg=loud)
        await bo.page.reload()
        await bo.hears_and_sees(1)
        assert await bo.page.evaluate(volume, loud) == pytest.approx(0.4)

        await ana.button("People").click()
        await ana.button("Volume of Bo").click()
        await ana.panel("People").get_by_role("slider", name="For everyone").fill("6")
        for one in (ana, bo):
            await one.page.wait_for_function(
                "(id) => greenroomDebug.state().participants"
                ".find((one) => one.id === id).room_gain_db === 6",
                arg=quiet,
            )
        await ana.sees_all_by("forwarded", 1)


async def test_in_a_private_room_effects_are_off_and_the_page_says_why(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        await bo.page.keyboard.press("e")
        await card(bo, "sepia").click()
        await ana.button("More").click()
        await ana.page.get_by_role("menuitemradio", name="Private").click()
        why = "This room is private: nothing goes through the server, so effects are off."
        await expect(bo.panel().get_by_text(why)).to_be_visible()
        await expect(card(bo, "sepia")).to_have_count(0)
        for one in (ana, bo):
            await expect(one.facts()).to_contain_text("Private · end-to-end", timeout=SLOW_MS)
        await expect(bo.page.locator(".toast__text")).to_contain_text("so your effects ended")
        assert await barriers(bo.page) == []
        await bo.page.wait_for_function(
            "() => Object.values(greenroomDebug.serverConnections()).every((one) => one === null)",
            timeout=SLOW_MS,
        )
        await ana.button("More").click()
        await ana.page.get_by_role("menuitemradio", name="As it fits").click()
        await bo.panel().get_by_role("button", name="Undo").click()
        await expect(bo.panel().locator(".chain__name")).to_have_text(["Sepia"])


async def test_in_a_private_room_the_browser_itself_blurs_and_takes_noise_away(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        me = await ana.id()
        await ana.button("More").click()
        await ana.page.get_by_role("menuitemradio", name="Private").click()
        await ana.page.keyboard.press("e")
        await ana.panel().get_by_role("switch", name="Suppress noise").click()
        await ana.page.wait_for_function("() => greenroomDebug.state().local.microphone === 'on'")
        await ana.panel().get_by_role("switch", name="Blur my background").click()
        await ana.page.wait_for_function(f"() => ({CAMERA_OVER_MESH})() === 0", polling=20)
        await ana.page.wait_for_function(
            f"() => greenroomDebug.state().local.camera === 'on' && ({CAMERA_OVER_MESH})() === 1",
            timeout=60_000,
        )
        assert await barriers(ana.page) == []
        assert await ana.page.evaluate("Object.keys(greenroomDebug.paths()).length") == 1
        await bo.hears_and_sees(1)
        assert await bo.page.evaluate(COLOURFUL, me) is not None
        await ana.panel().get_by_role("switch", name="Blur my background").click()
        await bo.hears_and_sees(1)
