"""Asking a server over HTTP, for tests."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL


class Answer:
    """A whole answer, read."""

    def __init__(self, status: int, headers: CIMultiDictProxy[str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and code of an error, which has exactly the documented form."""
        error = self.json["error"]
        assert set(self.json) == {"error"}
        assert {"code", "message"} <= set(error) <= {"code", "message", "retry_after_s"}
        assert error["message"].endswith(".")
        return self.status, error["code"]


class Http:
    """Requests to one server; paths are sent as they are written."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        url = URL(self._url + path, encoded=True)
        async with self._session.request(method, url, allow_redirects=False, **options) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers=_named(headers.items()))

    async def make_room(self, *, headers: dict[str, str] | None = None, **wishes: Any) -> Answer:
        return await self.ask("POST", "/api/rooms", json=wishes, headers=headers)


def _named(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers}


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[Http]:
    async with aiohttp.ClientSession() as session:
        yield Http(session, url)
