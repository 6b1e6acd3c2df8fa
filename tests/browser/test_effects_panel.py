"""The Effects panel and what belongs to it, in real pages with the real server."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, expect

from tests.support.effects_page import SLOW_MS, card, come_in, panel_barriers, sees_result
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import RunningServer, running_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

SIZES = [(1440, 900), (1024, 768), (390, 844), (320, 568)]

FLAT = """
from rooms.filters import Param, video_filter


@video_filter("Flat", format="gray")
def flat(image, level: int = Param(128, 0, 255, title="Level")):
    return image * 0 + level
"""


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"direct_after_s": 0.5, "effects": True}


async def drag(one: Guest, grip: str, past: str) -> None:
    """From one grip to a little below another."""
    await one.panel().locator(".chain").evaluate("(list) => list.scrollIntoView()")
    await one.button(grip).hover()  # it is still, and nothing lies over it
    start = await one.button(grip).bounding_box()
    end = await one.button(past).bounding_box()
    assert start
    assert end
    await one.page.mouse.move(start["x"] + 8, start["y"] + 8)
    await one.page.mouse.down()
    await one.page.mouse.move(end["x"] + 8, end["y"] + 39, steps=8)
    await one.page.mouse.up()


async def test_a_chain_is_ordered_tuned_taken_back_kept_and_there_after_a_reload(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        (ana,) = await come_in(stack, browser, server, "Ana")
        await ana.page.keyboard.press("e")
        for name in ("invert", "sepia", "edges"):
            await card(ana, name).click()
        names = ana.panel().locator(".chain__name")
        await expect(names).to_have_text(["Invert", "Sepia", "Edges"])

        await ana.button("Move Edges").focus()
        await ana.page.keyboard.press("Alt+ArrowUp")
        await expect(names).to_have_text(["Invert", "Edges", "Sepia"])
        await expect(ana.button("Move Edges")).to_be_focused()
        await expect(ana.panel().get_by_text("Edges is number 2 of 3")).to_be_attached()
        await ana.button("Move Edges up").click()
        await expect(names).to_have_text(["Edges", "Invert", "Sepia"])
        await expect(ana.button("Move Edges up")).to_be_focused()
        typed = ana.panel().get_by_role("textbox", name="Weak edges")
        await typed.press("Alt+ArrowDown")
        await expect(names).to_have_text(["Edges", "Invert", "Sepia"])
        await expect(typed).to_be_focused()

        await drag(ana, "Move Edges", "Move Sepia")
        await expect(names).to_have_text(["Invert", "Sepia", "Edges"])
        await ana.button("Undo").click()
        await expect(names).to_have_text(["Edges", "Invert", "Sepia"])
        await drag(ana, "Move Edges", "Move Sepia")
        await ana.panel().get_by_role("button", name="Settings of Invert").click()
        await ana.panel().get_by_role("button", name="Remove Invert").click()
        await ana.panel().get_by_role("button", name="Settings of Edges").click()
        await expect(names).to_have_text(["Sepia", "Edges"])

        weak = ana.panel().get_by_role("slider", name="Weak edges")
        await weak.focus()
        await ana.page.keyboard.press("End")
        await expect(weak).to_have_value("1000")
        await weak.dblclick()
        await expect(weak).to_have_value("100")
        await typed.fill("212")
        await typed.press("Enter")
        await expect(weak).to_have_value("210")
        await ana.button("Undo").click()
        await expect(weak).to_have_value("100")

        await ana.panel().get_by_role("button", name="Presets").click()
        await ana.page.get_by_label("Name for your present effects").fill("Drawn")
        await ana.button("Save").click()
        await ana.panel().get_by_role("button", name="Clear").click()
        await expect(names).to_have_count(0)
        await ana.panel().get_by_role("button", name="Presets").click()
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
        search = ana.panel().get_by_label("Search effects")
        await search.fill("penc")
        await expect(ana.panel().locator(".effect-card")).to_have_count(1)
        await search.fill("nothing of this name")
        await expect(ana.panel().get_by_text("Nothing fits.")).to_be_visible()
        await search.fill("")
        await ana.panel().get_by_role("button", name="Sound", exact=True).click()
        await expect(card(ana, "echo")).to_be_visible()
        await expect(card(ana, "cartoon")).to_have_count(0)
        await expect(ana.panel().get_by_role("slider", name="Your volume")).to_be_visible()
        await ana.button("Close").click()
        await expect(ana.button("Effects")).to_be_focused()
        await ana.page.keyboard.press("e")
        await expect(card(ana, "echo")).to_be_visible()


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_nobody_is_kept_from_using_the_panel(
    browser: Browser, server: RunningServer, theme: str
) -> None:
    room = await make_room(server.url, title="Design review")
    async with guest(browser, server.url) as ana:
        await ana.page.add_init_script(f"localStorage.setItem('greenroom.theme', '{theme}')")
        await ana.walk_in(room.id, "Ana")
        for width, height in SIZES:
            await ana.page.set_viewport_size({"width": width, "height": height})
            assert await ana.page.evaluate("[innerWidth, innerHeight]") == [width, height]
            await ana.button("Effects").click()
            await use_every_part(ana)
            await ana.panel().get_by_role("button", name="Clear").click()
            await ana.button("Close").click()
            await expect(ana.panel()).to_have_count(0)


async def use_every_part(one: Guest) -> None:
    for name in ("colours", "caption", "clock"):
        await card(one, name).click()
    for opened in ("Settings of Colours", "Settings of Caption"):
        assert await panel_barriers(one) == []
        await one.panel().get_by_role("button", name=opened).click()
    await sees_result(one)
    assert await panel_barriers(one) == []
    wide = await one.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    body = one.panel().locator(".panel__body")
    inside = await body.evaluate("(box) => box.scrollWidth - box.clientWidth")
    assert inside <= 0


async def test_before_and_after_are_compared_by_a_line_or_by_holding(
    browser: Browser, server: RunningServer
) -> None:
    async with AsyncExitStack() as stack:
        ana, _ = await come_in(stack, browser, server, "Ana", "Bo")
        await ana.page.keyboard.press("e")
        await card(ana, "invert").click()
        line = ana.panel().get_by_role("slider", name="Compare before and after")
        await expect(line).to_have_attribute("aria-valuenow", "50", timeout=SLOW_MS)
        await line.focus()
        for key, place in (("ArrowLeft", "45"), ("End", "100"), ("Home", "0")):
            await ana.page.keyboard.press(key)
            await expect(line).to_have_attribute("aria-valuenow", place)
        mirror = await ana.panel().locator(".effects__mirror").bounding_box()
        assert mirror
        y = mirror["y"] + mirror["height"] / 2
        await ana.page.mouse.click(mirror["x"] + mirror["width"] * 0.3, y)
        await expect(line).to_have_attribute("aria-valuenow", "30")
        await ana.page.mouse.move(mirror["x"] + 2, y)
        await ana.page.mouse.down()
        await ana.page.mouse.move(mirror["x"] + mirror["width"] * 0.75, y, steps=5)
        await ana.page.mouse.up()
        await expect(line).to_have_attribute("aria-valuenow", "75")

        await ana.panel().get_by_role("radio", name="Preview").focus()
        await ana.page.keyboard.press("ArrowRight")
        await expect(ana.panel().get_by_role("radio", name="Showing everyone")).to_be_focused()
        hold = ana.panel().get_by_role("button", name="Hold to compare")
        bare = ana.panel().locator(".effects__before--whole")
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
        field = ana.panel().get_by_label("Picture", exact=True)
        await field.set_input_files(tmp_path / "none.png")
        await expect(ana.page.get_by_text("That file is no picture")).to_be_visible()
        await field.set_input_files(tmp_path / "large.png")
        await expect(ana.panel().get_by_text("Change…")).to_be_visible(timeout=SLOW_MS)
        await ana.page.wait_for_function(
            "() => greenroomDebug.state().effects.saved.video[0]?.params.picture !== ''",
            timeout=SLOW_MS,
        )
        await ana.button("Remove the picture").click()
        await expect(ana.panel().get_by_text("Choose picture…")).to_be_visible()
        await expect(field).to_be_focused()


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
        await ana.panel().get_by_role("button", name="Yours").click()
        await expect(card(ana, "flat.flat")).to_be_visible()
        file.write_text(FLAT.replace("def flat(", "def flat(("))
        told = ana.panel().locator(".effect-grid__why")
        await expect(told).to_contain_text("flat.py, line 6: SyntaxError", timeout=SLOW_MS)
        await expect(told).to_contain_text("The last version that worked is still running.")
        assert await panel_barriers(ana) == []
        file.write_text(FLAT)
        await expect(told).to_have_count(0, timeout=SLOW_MS)
        await card(ana, "flat.flat").click()
        await expect(ana.panel().get_by_role("slider", name="Level")).to_have_value("128")
        await sees_result(ana)
        file.write_text(FLAT.replace("return image", "return imagine"))
        broken = ana.panel().get_by_role("alert")
        await expect(broken).to_contain_text("flat.py, line 7", timeout=SLOW_MS)
        await expect(broken).to_contain_text("The last version that worked is still running.")
        assert await panel_barriers(ana) == []
        file.write_text(FLAT)
        await expect(broken).to_have_count(0, timeout=SLOW_MS)
