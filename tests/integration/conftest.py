"""A server, a room, and two people in it: Ana, who is its host, and Bo."""

from collections.abc import AsyncIterator

import pytest

from tests.support.catalogue import MadeUpCatalogue
from tests.support.client import SignallingClient
from tests.support.effect_rehearsal import Rehearsal, bare, rehearsing
from tests.support.media_streams import Flow
from tests.support.plane import RecordingPlane
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, running_server

CAMERA = {"source": "camera", "muted": False}


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server(messages_per_s=1000) as it:
        yield it


@pytest.fixture
def url(server: RunningServer) -> str:
    """Of the server; files with a server of their own say another."""
    return server.url


@pytest.fixture
async def room(url: str) -> NewRoom:
    return await make_room(url, title="Rehearsal")


@pytest.fixture
async def ana(url: str, room: NewRoom) -> AsyncIterator[SignallingClient]:
    async with SignallingClient(url) as it:
        await it.join(room.id, "Ana", host_key=room.host_key, tracks=[CAMERA])
        yield it


@pytest.fixture
async def bo(url: str, room: NewRoom, ana: SignallingClient) -> AsyncIterator[SignallingClient]:
    async with SignallingClient(url) as it:
        await it.join(room.id, "Bo")
        yield it


@pytest.fixture
def plane() -> RecordingPlane:
    return RecordingPlane()


@pytest.fixture
def catalogue() -> MadeUpCatalogue:
    return MadeUpCatalogue()


@pytest.fixture
async def rehearsal() -> AsyncIterator[Rehearsal]:
    """Effects whose workers the test itself is."""
    async with rehearsing() as it:
        yield it


@pytest.fixture
async def seen(rehearsal: Rehearsal) -> Flow:
    """Ana's camera as Bo gets it, bare as yet."""
    return await bare(rehearsal)
