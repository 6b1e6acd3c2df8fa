"""For whoever runs the server: does it live, is it ready, what does it count."""

import asyncio

from aiohttp import web

from server.http.errors import NotReady
from server.metrics import Metrics
from server.store import RoomStore

_STORE_TIMEOUT_S = 2.0


class Health:
    """`draining` is set when the server begins to stop: it then asks for no new visitors."""

    def __init__(self, store: RoomStore, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self.draining = False

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
            web.get("/metrics", self.metrics),
        ]

    async def healthz(self, _: web.Request) -> web.Response:
        return _text("ok\n")

    async def readyz(self, _: web.Request) -> web.Response:
        if self.draining:
            raise NotReady("The server is stopping.")
        try:
            async with asyncio.timeout(_STORE_TIMEOUT_S):
                await self._store.ping()
        except Exception as error:
            raise NotReady("The store does not answer.") from error
        return _text("ok\n")

    async def metrics(self, _: web.Request) -> web.Response:
        self._metrics.rooms.set(self._store.count())
        return web.Response(
            body=self._metrics.render(),
            headers={
                "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
                "Cache-Control": "no-store",
            },
        )


def _text(content: str) -> web.Response:
    return web.Response(text=content, headers={"Cache-Control": "no-store"})
