"""Rooms for tests, made the way everybody makes them: over HTTP."""

from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True)
class NewRoom:
    id: str
    url: str
    host_key: str


async def make_room(server_url: str, **wishes: Any) -> NewRoom:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server_url}/api/rooms", json=wishes) as response,
    ):
        assert response.status == 201, await response.text()
        return NewRoom(**await response.json())
