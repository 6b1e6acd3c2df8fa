"""The Effects panel and what belongs to it, in real pages with the real server."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.axe import barriers
from tests.support.chromium import chromium
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import RunningServer, running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SLOW_MS = 20_000
SIZES = [(1440, 900), (1024, 768), (390, 844), (320, 568)]

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

FLAT = """
from rooms.filters import Param, video_filter


@video_filter("Flat", format="gray")
def flat(image, level: int = Param(128, 0, 255, title="Level")):
    return image * 0 + level
"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium(frames_per_s=10) as it:
        yield it


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server(direct_after_s=0.5, effects=True) as it:
        yield it


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
            await one.page.add_init_script(
                f"localStorage.setItem('greenroom.host-keys', "
                f"JSON.stringify([['{room.id}', '{room.host_key}']]))"
            )
        await one.walk_in(room.id, name)
        people.append(one)
    for one in people:
        await one.hears_and_sees(len(names) - 1)
    return people


def panel(one: Guest, name: str = "Effects") -> Locator:
    return one.page.get_by_role("complementary", name=name)


def card(one: Guest, name: str) -> Locator:
    return one.page.locator(f'[data-filter="{name}"]')


def facts(one: Guest) -> Locator:
    return one.page.locator(".control-bar__facts:visible")


async def self_id(one: Guest) -> str:
    found: str = await one.page.evaluate("greenroomDebug.state().self")
    return found


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
        me = await self_id(ana)
        await ana.page.keyboard.press("e")
        await expect(panel(ana).get_by_role("heading", name="Effects")).to_be_focused()
        await card(ana, "grayscale").click()
        await expect(card(ana, "grayscale")).to_have_attribute("aria-pressed", "true")
        await expect(panel(ana).get_by_text("After", exact=True)).to_be_visible(timeout=SLOW_MS)
        await expect(facts(ana)).to_contain_text("Direct · preview on the server")
        await expect(ana.button("Effects")).to_contain_text("Preview")
        await expect(ana.tile("Ana")).to_contain_text("What others see")
        await expect(panel(ana).locator(".cost")).to_contain_text(
            re.compile(r"\d\.\d ms"), timeout=SLOW_MS
        )
        await is_colourful(bo, me)
        await expect(facts(bo)).to_contain_text("Direct · end-to-end")

        await panel(ana).get_by_role("radio", name="Show everyone").click()
        await is_gray(bo, me)
        await expect(bo.tile("Ana")).to_contain_text(
            "Grayscale · through the server", timeout=SLOW_MS
        )
        await expect(panel(ana).get_by_text("Everyone sees this")).to_be_visible()
        await expect(ana.button("Effects")).to_contain_text("Grayscale")
        await expect(facts(ana)).to_contain_text("1 of 2 through the server")

        await panel(ana).get_by_role("button", name="Clear").click()
        await is_colourful(bo, me)
        await ana.sees_all_by("direct", 1)
        await bo.sees_all_by("direct", 1)
        await ana.page.wait_for_function(
            "() => Object.values(greenroomDebug.serverConnections()).every((one) => one === null)",
            timeout=SLOW_MS,
        )
        await expect(facts(ana)).to_contain_text("Direct · end-to-end")


async def test_what_hides_something_leaves_no_bare_picture_on_the_mesh(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        await ana.page.keyboard.press("e")
        await card(ana, "blur").click()
        await expect(panel(ana).get_by_text("After", exact=True)).to_be_visible(timeout=SLOW_MS)
        assert await ana.page.evaluate(CAMERA_OVER_MESH) == 1
        shown = panel(ana).get_by_role("radio", name="Show everyone")
        await shown.evaluate("(radio) => radio.click()")
        await ana.page.wait_for_function(f"() => ({CAMERA_OVER_MESH})() === 0", polling=20)
        await bo.sees_all_by("forwarded", 1)
        assert await ana.page.evaluate(CAMERA_OVER_MESH) == 0
        await panel(ana).get_by_role("radio", name="Preview").click()
        await bo.sees_all_by("direct", 1)
        assert await ana.page.evaluate(CAMERA_OVER_MESH) == 1


async def test_a_chain_is_ordered_tuned_taken_back_kept_and_there_after_a_reload(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        (ana,) = await come_in(stack, browser, server, "Ana")
        await ana.page.keyboard.press("e")
        for name in ("sepia", "edges"):
            await card(ana, name).click()
        names = panel(ana).locator(".chain__name")
        await expect(names).to_have_text(["Sepia", "Edges"])

        await ana.button("Move Edges").focus()
        await ana.page.keyboard.press("Alt+ArrowUp")
        await expect(names).to_have_text(["Edges", "Sepia"])
        await expect(ana.button("Move Edges")).to_be_focused()
        await expect(panel(ana).get_by_text("Edges is number 1 of 2")).to_be_attached()

        grip = await ana.button("Move Edges").bounding_box()
        other = await ana.button("Move Sepia").bounding_box()
        assert grip
        assert other
        await ana.page.mouse.move(grip["x"] + 8, grip["y"] + 8)
        await ana.page.mouse.down()
        await ana.page.mouse.move(other["x"] + 8, other["y"] + 39, steps=8)
        await ana.page.mouse.up()
        await expect(names).to_have_text(["Sepia", "Edges"])

        weak = panel(ana).get_by_role("slider", name="Weak edges")
        await weak.focus()
        await ana.page.keyboard.press("End")
        await expect(weak).to_have_value("1000")
        await weak.dblclick()
        await expect(weak).to_have_value("100")
        typed = panel(ana).get_by_role("textbox", name="Weak edges")
        await typed.fill("212")
        await typed.press("Enter")
        await expect(weak).to_have_value("210")
        await ana.button("Undo").click()
        await expect(weak).to_have_value("100")

        await panel(ana).get_by_role("button", name="Presets").click()
        await ana.page.get_by_label("Name for your present effects").fill("Drawn")
        await ana.button("Save").click()
        await panel(ana).get_by_role("button", name="Clear").click()
        await expect(names).to_have_count(0)
        await panel(ana).get_by_role("button", name="Presets").click()
        await ana.button("Drawn").click()
        await expect(names).to_have_text(["Sepia", "Edges"])
        await ana.page.wait_for_function(
            "() => greenroomDebug.state().effects.saved.video.length === 2", timeout=SLOW_MS
        )

        await ana.page.reload()
        await ana.in_the_call()
        await ana.page.keyboard.press("e")
        await expect(names).to_have_text(["Sepia", "Edges"])


async def test_filters_are_found_by_words_and_chips_and_tried_on_the_camera(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        (ana,) = await come_in(stack, browser, server, "Ana")
        await ana.page.keyboard.press("e")
        await expect(card(ana, "cartoon").locator("img")).to_be_visible(timeout=SLOW_MS)
        search = panel(ana).get_by_label("Search effects")
        await search.fill("penc")
        await expect(panel(ana).locator(".effect-card")).to_have_count(1)
        await search.fill("nothing of this name")
        await expect(panel(ana).get_by_text("Nothing fits.")).to_be_visible()
        await search.fill("")
        await panel(ana).get_by_role("button", name="Sound", exact=True).click()
        await expect(card(ana, "echo")).to_be_visible()
        await expect(card(ana, "cartoon")).to_have_count(0)
        await expect(panel(ana).get_by_role("slider", name="Your volume")).to_be_visible()
        await ana.button("Close").click()
        await expect(ana.button("Effects")).to_be_focused()
        await ana.page.keyboard.press("e")
        await expect(card(ana, "echo")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_nobody_is_kept_from_using_the_panel(
    browser: Browser, server: RunningServer, width: int, height: int, theme: str
) -> None:
    room = await make_room(server.url, title="Design review")
    async with guest(browser, server.url, width=width, height=height) as ana:
        await ana.page.add_init_script(f"localStorage.setItem('greenroom.theme', '{theme}')")
        await ana.walk_in(room.id, "Ana")
        await ana.button("Effects").click()
        for name in ("colours", "caption", "clock"):
            await card(ana, name).click()
        for opened in ("Settings of Colours", "Settings of Caption"):
            assert await barriers(ana.page) == []
            await panel(ana).get_by_role("button", name=opened).click()
        await expect(panel(ana).get_by_text("After", exact=True)).to_be_visible(timeout=SLOW_MS)
        assert await barriers(ana.page) == []
        wide = await ana.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        body = panel(ana).locator(".panel__body")
        inside = await body.evaluate("(box) => box.scrollWidth - box.clientWidth")
        assert inside <= 0


async def test_a_hand_is_raised_and_taken_down(browser: Browser, server: RunningServer) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        await ana.page.keyboard.press("h")
        await expect(ana.button("Raise hand")).to_have_attribute("aria-pressed", "true")
        await expect(bo.tile("Ana").locator(".badge--hand")).to_be_visible()
        await expect(bo.tile("Ana")).to_have_attribute("aria-label", re.compile("hand raised"))
        await bo.button("People").click()
        await expect(panel(bo, "People").get_by_text("hand raised")).to_be_attached()
        await ana.button("Raise hand").click()
        await expect(bo.tile("Ana").locator(".badge--hand")).to_have_count(0)


async def test_how_loud_somebody_is_is_chosen_for_oneself_and_by_a_host_for_all(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        loud, quiet = await self_id(ana), await self_id(bo)
        volume = "(id) => document.querySelector(`audio[data-participant='${id}']`).volume"
        await bo.button("People").click()
        await bo.button("Volume of Ana").click()
        assert await panel(bo, "People").get_by_role("slider").count() == 1
        await panel(bo, "People").get_by_role("slider", name="For you").fill("40")
        await bo.page.wait_for_function(f"(id) => ({volume})(id) === 0.4", arg=loud)
        await bo.page.reload()
        await bo.hears_and_sees(1)
        assert await bo.page.evaluate(volume, loud) == pytest.approx(0.4)

        await ana.button("People").click()
        await ana.button("Volume of Bo").click()
        await panel(ana, "People").get_by_role("slider", name="For everyone").fill("6")
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
        await expect(panel(bo).get_by_text(why)).to_be_visible()
        await expect(card(bo, "sepia")).to_have_count(0)
        for one in (ana, bo):
            await expect(facts(one)).to_contain_text("Private · end-to-end", timeout=SLOW_MS)
        assert await barriers(bo.page) == []
        await bo.page.wait_for_function(
            "() => Object.values(greenroomDebug.serverConnections()).every((one) => one === null)",
            timeout=SLOW_MS,
        )


async def test_before_and_after_are_compared_by_a_line_or_by_holding(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, _ = await come_in(stack, browser, server, "Ana", "Bo")
        await ana.page.keyboard.press("e")
        await card(ana, "invert").click()
        line = panel(ana).get_by_role("slider", name="Compare before and after")
        await expect(line).to_have_attribute("aria-valuenow", "50", timeout=SLOW_MS)
        await line.focus()
        for key, place in (("ArrowLeft", "45"), ("End", "100"), ("Home", "0")):
            await ana.page.keyboard.press(key)
            await expect(line).to_have_attribute("aria-valuenow", place)
        mirror = await panel(ana).locator(".effects__mirror").bounding_box()
        assert mirror
        y = mirror["y"] + mirror["height"] / 2
        await ana.page.mouse.move(mirror["x"] + 2, y)
        await ana.page.mouse.down()
        await ana.page.mouse.move(mirror["x"] + mirror["width"] * 0.75, y, steps=5)
        await ana.page.mouse.up()
        await expect(line).to_have_attribute("aria-valuenow", "75")

        await panel(ana).get_by_role("radio", name="Preview").focus()
        await ana.page.keyboard.press("ArrowRight")
        await expect(panel(ana).get_by_role("radio", name="Showing everyone")).to_be_focused()
        hold = panel(ana).get_by_role("button", name="Hold to compare")
        bare = panel(ana).locator(".effects__before--whole")
        await hold.hover(timeout=SLOW_MS)
        await ana.page.mouse.down()
        await expect(bare).to_have_count(1)
        await ana.page.mouse.up()
        await expect(bare).to_have_count(0)
        await hold.focus()
        await ana.page.keyboard.down("Space")
        await expect(bare).to_have_count(1)
        await ana.page.keyboard.up("Space")
        await expect(bare).to_have_count(0)


async def test_a_picture_of_ones_own_is_made_small_and_given_to_a_filter(
    browser: Browser, server: RunningServer, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1500, 2500, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "large.png"), noise)
    (tmp_path / "none.png").write_bytes(b"not a picture")
    async with AsyncExitStack() as stack:
        (ana,) = await come_in(stack, browser, server, "Ana")
        await ana.page.keyboard.press("e")
        await card(ana, "picture").click()
        field = panel(ana).get_by_label("Picture", exact=True)
        await field.set_input_files(tmp_path / "none.png")
        await expect(ana.page.get_by_text("That file is no picture")).to_be_visible()
        await field.set_input_files(tmp_path / "large.png")
        await expect(panel(ana).get_by_text("Change…")).to_be_visible(timeout=SLOW_MS)
        await ana.page.wait_for_function(
            "() => greenroomDebug.state().effects.saved.video[0]?.params.picture !== ''",
            timeout=SLOW_MS,
        )
        await ana.button("Remove the picture").click()
        await expect(panel(ana).get_by_text("Choose picture…")).to_be_visible()


async def test_the_author_of_a_broken_file_sees_its_line_until_it_is_mended(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "flat.py"
    file.write_text(FLAT)
    async with (
        running_server(effects=True, filters=(str(file),)) as server,
        AsyncExitStack() as stack,
    ):
        (ana,) = await come_in(stack, browser, server, "Ana")
        await ana.page.keyboard.press("e")
        await panel(ana).get_by_role("button", name="Yours").click()
        await card(ana, "flat.flat").click()
        await expect(panel(ana).get_by_role("slider", name="Level")).to_have_value("128")
        await expect(panel(ana).get_by_text("After", exact=True)).to_be_visible(timeout=SLOW_MS)
        file.write_text(FLAT.replace("return image", "return imagine"))
        broken = panel(ana).get_by_role("alert")
        await expect(broken).to_contain_text("flat.py, line 7", timeout=SLOW_MS)
        await expect(broken).to_contain_text("The last version that worked is still running.")
        assert await barriers(ana.page) == []
        file.write_text(FLAT)
        await expect(broken).to_have_count(0, timeout=SLOW_MS)


async def test_in_a_private_room_the_browser_itself_blurs_and_takes_noise_away(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, bo = await come_in(stack, browser, server, "Ana", "Bo")
        me = await self_id(ana)
        await ana.button("More").click()
        await ana.page.get_by_role("menuitemradio", name="Private").click()
        await ana.page.keyboard.press("e")
        await panel(ana).get_by_role("switch", name="Suppress noise").click()
        await ana.page.wait_for_function("() => greenroomDebug.state().local.microphone === 'on'")
        await panel(ana).get_by_role("switch", name="Blur my background").click()
        await ana.page.wait_for_function(f"() => ({CAMERA_OVER_MESH})() === 0", polling=20)
        await ana.page.wait_for_function(
            f"() => greenroomDebug.state().local.camera === 'on' && ({CAMERA_OVER_MESH})() === 1",
            timeout=60_000,
        )
        assert await barriers(ana.page) == []
        assert await ana.page.evaluate("Object.keys(greenroomDebug.paths()).length") == 1
        await bo.hears_and_sees(1)
        assert await bo.page.evaluate(COLOURFUL, me) is not None
        await panel(ana).get_by_role("switch", name="Blur my background").click()
        await bo.hears_and_sees(1)
