"""A server, a room, and two people in it: Ana, who is its host, and Bo."""

from collections.abc import AsyncIterator

import pytest

from tests.support.client import SignallingClient
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, running_server

CAMERA = {"source": "camera", "muted": False}


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server(messages_per_s=1000) as it:
        yield it


@pytest.fixture
async def room(server: RunningServer) -> NewRoom:
    return await make_room(server.url, title="Rehearsal")


@pytest.fixture
async def ana(server: RunningServer, room: NewRoom) -> AsyncIterator[SignallingClient]:
    async with SignallingClient(server.url) as it:
        await it.join(room.id, "Ana", host_key=room.host_key, tracks=[CAMERA])
        yield it


@pytest.fixture
async def bo(
    server: RunningServer, room: NewRoom, ana: SignallingClient
) -> AsyncIterator[SignallingClient]:
    async with SignallingClient(server.url) as it:
        await it.join(room.id, "Bo")
        yield it
