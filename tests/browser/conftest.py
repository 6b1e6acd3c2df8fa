"""One Chromium for a test; the pages of a test are profiles in it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.support.chromium import chromium
from tests.support.server import RunningServer, running_server

expect.set_options(timeout=20_000)
"""What is waited for comes at once, or late on a machine with much to do; it is not timed here."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as it:
        yield it


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as it:
        yield it
