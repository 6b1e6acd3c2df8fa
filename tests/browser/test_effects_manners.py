"""The Effects panel for whoever searches in it, aims at it, or writes filters for it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.effects_page import SLOW_MS, card, panel_barriers, sees_result, show
from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import running_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

STILL_WITHIN_PX = 2.0

FULL = ("blur", "colours", "grayscale", "invert", "mirror", "pixelate", "rotate", "edges")
FAILING = """
from rooms.filters import Param, video_filter


@video_filter("Failing", format="gray", private=True)
def failing(image, fail: bool = Param.switch(False)):
    return image / nothing if fail else image
"""
SLOW = """
import time

from rooms.filters import Param, video_filter


@video_filter("Slow", format="gray")
def slow(image, wait: float = Param(0, 0, 100, title="Wait")):
    time.sleep(wait / 1000)
    return image
"""


@asynccontextmanager
async def with_panel(
    browser: Browser, *filters: Path, width: int = 1024, height: int = 768
) -> AsyncIterator[Guest]:
    """Somebody alone in a room with the Effects panel open."""
    names = tuple(str(file) for file in filters)
    async with running_server(effects=True, filters=names) as server:
        room = await make_room(server.url, title="Design review")
        async with guest(browser, server.url, width=width, height=height) as ana:
            await ana.hold_host_key(room)
            await ana.walk_in(room.id, "Ana")
            await ana.button("Effects").click()
            await expect(card(ana, "cartoon")).to_be_attached(timeout=SLOW_MS)
            yield ana


async def top(thing: Locator) -> float:
    box = await thing.bounding_box()
    assert box
    return box["y"]


async def test_a_search_knows_other_words_and_is_cleared_before_the_panel_closes(
    browser: Browser,
) -> None:
    async with with_panel(browser) as ana:
        for name in FULL:
            await card(ana, name).click()
        await card(ana, "sepia").press("Enter")
        told = ana.panel().get_by_text("A chain holds eight effects. Remove one first.")
        await expect(told).to_be_in_viewport()
        await ana.panel().get_by_role("button", name="Clear").click()
        await expect(told).to_have_count(0)
        search = ana.panel().get_by_label("Search effects")
        for words, name in (("b&w", "grayscale"), ("green screen", "background-replace")):
            await search.fill(words)
            await expect(ana.panel().locator(".effect-card")).to_have_count(1)
            await expect(card(ana, name)).to_be_visible()
        for words, name in (
            ("anonymous", "face-blur"),
            ("louder", "gain"),
            ("背景", "background-blur"),
        ):
            await search.fill(words)
            await expect(card(ana, name)).to_be_visible()
            await expect(card(ana, "sepia")).to_have_count(0)
        await search.press("Escape")
        await expect(search).to_have_value("")
        await expect(ana.panel()).to_be_visible()
        await search.press("Escape")
        await expect(ana.panel()).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (320, 568)])
async def test_what_is_pressed_stays_in_place_and_the_focus_stays_near(
    browser: Browser, width: int, height: int
) -> None:
    async with with_panel(browser, width=width, height=height) as ana:
        await card(ana, "cartoon").scroll_into_view_if_needed()
        before = await top(card(ana, "cartoon"))
        await card(ana, "cartoon").click()
        await expect(ana.panel().get_by_role("slider", name="Line weight")).to_be_attached()
        assert await top(card(ana, "cartoon")) == pytest.approx(before, abs=STILL_WITHIN_PX)
        assert await top(ana.panel().locator(".effects__mirror")) < before
        choice = ana.panel().get_by_role("radio", name="Show everyone")
        await expect(choice).to_be_in_viewport(ratio=1)
        assert await top(choice) < before

        undo = ana.button("Undo")
        await undo.click()
        await expect(undo).to_have_attribute("aria-disabled", "true")
        await expect(undo).to_be_focused()
        await card(ana, "cartoon").click()
        await card(ana, "sepia").click()
        await ana.panel().get_by_role("button", name="Remove Sepia").click()
        await expect(ana.button("Move Cartoon")).to_be_focused()
        await ana.panel().get_by_role("button", name="Clear").click()
        await expect(ana.panel().get_by_label("Search effects")).to_be_focused()


async def test_what_is_written_is_read_from_left_to_right_by_oneself_too(browser: Browser) -> None:
    async with with_panel(browser) as ana:
        picture = ana.panel().locator("video.effects__picture").first
        await card(ana, "sepia").click()
        await sees_result(ana)
        await expect(picture).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
        await card(ana, "clock").click()
        await expect(picture).to_have_css("transform", "none")
        await expect(card(ana, "clock").locator("img")).to_have_css("transform", "none")
        mirrored = card(ana, "sepia").locator("img")
        await expect(mirrored).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
        await card(ana, "caption").click()
        text = ana.panel().get_by_label("Text", exact=True)
        await text.fill("9\u202fh\u3000Berlin\u200b")
        await expect(text).to_have_value("9 h Berlin")
        colour = ana.panel().get_by_label("Colour", exact=True)
        await colour.fill("#12ab34")
        await ana.page.wait_for_function(
            "() => { const {text, colour} = greenroomDebug.state().effects.saved.video[2]?.params"
            " ?? {}; return text === '9 h Berlin' && colour === '#12ab34'; }"
        )
        await ana.panel().get_by_role("button", name="Reset", exact=True).click()
        await expect(text).to_have_value("")
        await expect(colour).to_have_value("#ffffff")
        await show(ana)
        own = ana.tile("Ana").locator("video")
        await expect(own).to_have_count(2, timeout=SLOW_MS)
        await expect(own.last).to_have_css("transform", "none")


async def test_a_preset_without_a_name_says_so_and_a_typed_number_is_left_with_enter(
    browser: Browser,
) -> None:
    async with with_panel(browser) as ana:
        await card(ana, "cartoon").click()
        typed = ana.panel().get_by_role("textbox", name="Line weight")
        await typed.focus()
        await expect(typed).to_have_value("4")
        await typed.fill("3")
        await typed.press("Enter")
        slider = ana.panel().get_by_role("slider", name="Line weight")
        await expect(slider).to_be_focused()
        await expect(slider).to_have_value("3")
        await ana.page.keyboard.press("m")
        await ana.page.wait_for_function("() => !greenroomDebug.state().microphone.wanted")
        await ana.panel().get_by_role("button", name="Presets").click()
        await ana.button("Save").click()
        await expect(ana.page.get_by_role("alert")).to_have_text("Give it a name first.")
        name = ana.page.get_by_label("Name for your present effects")
        await expect(name).to_be_focused()
        assert await panel_barriers(ana) == []
        await name.fill("Drawn")
        await expect(ana.page.get_by_role("alert")).to_have_count(0)


async def test_the_author_of_a_filter_that_fails_still_reads_where_when_it_is_off(
    browser: Browser, tmp_path: Path
) -> None:
    broken, failing = tmp_path / "broken.py", tmp_path / "failing.py"
    broken.write_text("nothing_of_this_name\n")
    failing.write_text(FAILING)
    async with with_panel(browser, broken, failing) as ana:
        search = ana.panel().get_by_label("Search effects")
        hint = await search.get_attribute("placeholder")
        usable = await ana.panel().locator(".effect-card:not(.effect-card--broken)").count()
        assert hint == f"Add one of {usable} effects"
        why = ana.panel().get_by_text("broken.py, line 1: NameError: name 'nothing_of_this_name'")
        card_of_it = ana.panel().locator(".effect-card--broken")
        await card_of_it.focus()
        await card_of_it.press("Enter")
        await expect(why).to_be_in_viewport()
        assert await panel_barriers(ana) == []
        await card_of_it.click()
        await expect(why).to_have_count(0)

        await card(ana, "failing.failing").click()
        await sees_result(ana)
        await ana.panel().get_by_role("switch").click()
        said = ana.panel().get_by_role("alert")
        await expect(said).to_contain_text("was switched off.", timeout=SLOW_MS)
        await expect(said).to_contain_text("failing.py, line 7")
        await expect(said).to_contain_text("name 'nothing' is not defined")
        await expect(ana.panel().locator(".chain__item--off")).to_contain_text("Switched off")
        assert await panel_barriers(ana) == []
        await said.get_by_role("button", name="Dismiss").click()
        await expect(said).to_have_count(0)
        await expect(ana.button("Move Failing")).to_be_focused()


async def test_a_filter_that_takes_longer_than_a_frame_is_named(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "slow.py"
    file.write_text(SLOW)
    async with with_panel(browser, file) as ana:
        await card(ana, "slow.slow").click()
        wait = ana.panel().get_by_role("slider", name="Wait")
        await wait.fill("60.4")
        number = ana.panel().get_by_role("textbox", name="Wait")
        await number.focus()
        await expect(number).to_have_value("60")
        await number.press("Tab")
        await expect(wait).to_have_value("60.4")
        blamed = re.compile(r"Slow takes \d+ ms a frame; your picture moves less smoothly\.")
        await expect(ana.panel().get_by_text(blamed)).to_be_visible(timeout=SLOW_MS)
        await expect(ana.panel().locator(".cost--over")).to_be_visible()
        await expect(ana.panel().get_by_text("The server is short of time")).to_have_count(0)
        await wait.fill("0")
        await expect(ana.panel().get_by_text(blamed)).to_have_count(0, timeout=SLOW_MS)
