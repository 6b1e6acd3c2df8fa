"""The address of the page: what links bring along, and what a copied one gives away."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.guest import guest
from tests.support.room import make_room
from tests.support.server import RunningServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(60),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest.mark.parametrize("end", [".", ")", "%20"])
async def test_a_link_with_a_stray_end_leads_to_its_room(
    browser: Browser, server: RunningServer, end: str
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana:
        await ana.walk_in(room.id + end, "Ana")
        assert ana.page.url == f"{server.url}/r/{room.id}?debug=1"


async def test_an_address_that_names_no_room_says_so(
    browser: Browser, server: RunningServer
) -> None:
    async with guest(browser, server.url) as ana:
        await ana.page.goto(f"{server.url}/r/a%20b")
        await expect(ana.page.get_by_role("heading", name="There is no such room")).to_be_visible()


async def test_the_address_of_a_call_can_be_passed_on_and_loaded_again(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana:
        await ana.page.goto(f"{server.url}/r/{room.id}?name=Ana&autojoin=1")
        await ana.in_the_call()
        assert ana.page.url == f"{server.url}/r/{room.id}"
        await ana.page.reload()
        await ana.in_the_call()
        await expect(ana.tile("Ana")).to_be_visible()
        assert ana.page.url == f"{server.url}/r/{room.id}"
