"""Runs tests/web/*.test.js, one by one, in a real Chromium."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page

from tests.support.chromium import chromium

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "web"
FILES = sorted(path.name for path in TESTS.glob("*.test.js"))
RUN = "([file, name]) => import('/tests/web/harness.js').then((harness) => harness.run(file, name))"
NAMES = "(file) => import('/tests/web/harness.js').then((harness) => harness.names(file))"
_KEY = re.compile(r'^  "(?P<name>.+)": (?:async )?\(', re.MULTILINE)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def names_in(file: str) -> list[str]:
    """The names of the tests as the source has them: pytest collects before there is a browser."""
    return [match["name"] for match in _KEY.finditer((TESTS / file).read_text())]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    """One page for all: each test cleans up behind itself."""
    app = web.Application()
    app.router.add_get("/", _empty_page)
    app.router.add_static("/web", ROOT / "web")
    app.router.add_static("/tests/web", TESTS)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with chromium() as browser:
            page = await browser.new_page()
            await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            yield page
    finally:
        await runner.cleanup()


async def _empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>tests</title>", content_type="text/html")


@pytest.mark.parametrize("file", FILES)
async def test_every_test_in_a_file_is_collected(page: Page, file: str) -> None:
    assert await page.evaluate(NAMES, f"/tests/web/{file}") == names_in(file)


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file in FILES for name in names_in(file)]
)
async def test_in_the_page(page: Page, file: str, name: str) -> None:
    problem = await page.evaluate(RUN, [f"/tests/web/{file}", name])
    assert problem is None, problem
