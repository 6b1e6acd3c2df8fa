"""A server process whose memory, CPU and log are watched, and a call on it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.media_room import Call, calling
from tests.support.server import ServerProcess

LOOPBACK = "127.0.0.1"
MOST_LOG_LINES = 200
"""An attack may be mentioned in the log, but must not fill it."""


@pytest.fixture
def settings() -> dict[str, Any]:
    """Of the server; files of tests have their own."""
    return {}


@pytest.fixture
async def server(tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[ServerProcess]:
    """Ends in time and without a traceback, whatever was done to it."""
    it = ServerProcess(
        tmp_path,
        store="memory",
        media_port=0,
        media_address=LOOPBACK,
        messages_per_s=1000,
        **settings,
    )
    await it.start()
    yield it
    await it.stop()
    log = it.log.read_text()
    assert "Traceback" not in log
    assert "stopped-late" not in log
    assert log.count("\n") < MOST_LOG_LINES


@pytest.fixture
async def call(server: ServerProcess) -> AsyncIterator[Call]:
    async with calling(server.url) as it:
        yield it
