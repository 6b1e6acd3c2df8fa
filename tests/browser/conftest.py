"""One Chromium for a test; the pages of a test are profiles in it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support.chromium import chromium
from tests.support.server import RunningServer, running_server


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as it:
        yield it


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as it:
        yield it
