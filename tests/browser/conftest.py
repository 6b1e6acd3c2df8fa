"""One Chromium for a file; the pages of a test are profiles in it. Some files have another."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.support.chromium import chromium
from tests.support.server import RunningServer, running_server

expect.set_options(timeout=20_000)
"""What is waited for comes at once, or late on a machine with much to do; it is not timed here."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium(frames_per_s=10) as it:
        yield it


@pytest.fixture
def settings() -> dict[str, Any]:
    """Of the server; files of tests have their own."""
    return {}


@pytest_asyncio.fixture(loop_scope="module")
async def server(settings: dict[str, Any]) -> AsyncIterator[RunningServer]:
    async with running_server(**settings) as it:
        yield it
