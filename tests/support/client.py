"""A signalling client on a bare WebSocket: small enough for a thousand, rude enough for tests."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp

DEADLINE_S = 10.0

Fact = tuple[str, dict[str, Any]]


class Refused(Exception):
    """The server answered a request with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: str = error["code"]
        self.error = error


class Gone(Exception):
    """The connection ended before the answer came."""


class SignallingClient:
    """Speaks the protocol of docs/protocol.md. Facts pile up in `facts` in the order they came."""

    def __init__(self, url: str, **connect_options: Any) -> None:
        self._url = url.rstrip("/") + "/socket.io/?EIO=4&transport=websocket"
        self._connect_options = connect_options
        self._session: aiohttp.ClientSession | None = None
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next_ack = 0
        self._news = asyncio.Event()
        self.facts: list[Fact] = []
        self.snapshot: dict[str, Any] = {}
        self.token = ""
        self.seq = 0
        self.ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def id(self) -> str:
        return str(self.snapshot["self"])

    @property
    def ws(self) -> aiohttp.ClientWebSocketResponse:
        assert self._ws is not None
        return self._ws

    async def connect(self) -> None:
        self._session = aiohttp.ClientSession()
        try:
            self._ws = await self._session.ws_connect(
                self._url, max_msg_size=0, autoping=False, **self._connect_options
            )
            await self._expect("0")
            await self._ws.send_str("40")
            await self._expect("40")
        except BaseException:
            await self._session.close()
            raise
        self.ended.clear()
        self._reader = asyncio.create_task(self._read())

    async def _expect(self, prefix: str) -> None:
        async with asyncio.timeout(DEADLINE_S):
            message = await self.ws.receive()
        if message.type is not aiohttp.WSMsgType.TEXT or not message.data.startswith(prefix):
            raise Gone(f"expected {prefix!r}, got {message!r}")

    async def request(self, name: str, data: object = None, *, within_s: float = DEADLINE_S) -> Any:
        """Send a request and wait for its answer.

        Raises:
            Refused: the answer is an error.
            Gone: there was no answer and will be none.
        """
        future = await self.start(name, data)
        async with asyncio.timeout(within_s):
            answer = await future
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["ok"]

    async def start(self, name: str, data: object = None) -> "asyncio.Future[dict[str, Any]]":
        """Send a request and answer with the future of its acknowledgement."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if self.ended.is_set():
            raise Gone
        self._next_ack += 1
        self._answers[self._next_ack] = future
        body = json.dumps([name, {} if data is None else data])
        try:
            await self.ws.send_str(f"42{self._next_ack}{body}")
        except (ConnectionError, aiohttp.ClientError) as error:
            raise Gone from error
        return future

    async def join(self, room: str, name: str, **more: Any) -> dict[str, Any]:
        return self._entered(await self.request("join", {"room": room, "name": name, **more}))

    async def resume(
        self, token: str, since: int, *, fresh: bool = False, **more: Any
    ) -> dict[str, Any]:
        request = {"token": token, "since": since, "fresh": fresh, **more}
        return self._entered(await self.request("resume", request))

    def _entered(self, answer: dict[str, Any]) -> dict[str, Any]:
        if answer["kind"] == "snapshot":
            self.snapshot = answer
        self.token = answer["token"]
        self.seq = answer["seq"]
        return answer

    async def fact(
        self, name: str, matching: Callable[[dict[str, Any]], bool] = lambda data: True
    ) -> dict[str, Any]:
        """The first fact of this name that matches, already here or still to come."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                self._news.clear()
                for found, data in self.facts:
                    if found == name and matching(data):
                        return data
                if self.ended.is_set():
                    raise Gone(f"ended while waiting for {name}")
                await self._news.wait()

    def named(self, name: str) -> list[dict[str, Any]]:
        return [data for found, data in self.facts if found == name]

    async def close(self) -> None:
        """Close politely."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._ws is not None:
            await self._ws.close()
        if self._session is not None:
            await self._session.close()
        self._end()

    async def drop(self) -> None:
        """Tear the TCP connection down as a lost network does: nothing is said."""
        response = self.ws._response
        if response.connection is not None and response.connection.transport is not None:
            response.connection.transport.abort()
        await self.close()

    async def stop_reading(self) -> None:
        """Leave what the server sends in the socket's buffers."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        response = self.ws._response
        assert response.connection is not None
        assert response.connection.transport is not None
        response.connection.transport.pause_reading()

    async def _read(self) -> None:
        try:
            async for message in self.ws:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._take(message.data)
        except (ConnectionError, aiohttp.ClientError):
            pass
        finally:
            self._end()

    async def _take(self, frame: str) -> None:
        if frame == "2":
            await self.ws.send_str("3")
        elif frame.startswith("42"):
            name, data = json.loads(frame[2:])
            if name == "token-renewed":
                self.token = data["token"]
            self.seq = max(self.seq, data.get("seq", 0))
            self.facts.append((name, data))
            self._news.set()
        elif frame.startswith("43"):
            start = frame.index("[")
            future = self._answers.pop(int(frame[2:start]), None)
            if future is not None and not future.done():
                future.set_result(json.loads(frame[start:])[0])

    def _end(self) -> None:
        self.ended.set()
        self._news.set()
        for future in self._answers.values():
            if not future.done():
                future.set_exception(Gone())
                future.exception()
        self._answers.clear()
