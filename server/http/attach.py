"""Puts everything that speaks plain HTTP onto the application."""

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from server.config import Config
from server.http.api import Api
from server.http.errors import OriginNotAllowed, refusals
from server.http.files import Files, web_root
from server.http.headers import add_security_headers
from server.http.health import Health
from server.metrics import Metrics
from server.origin import origin_allowed
from server.store import RoomStore


def attach(app: web.Application, config: Config, store: RoomStore, metrics: Metrics) -> Health:
    """Add pages, API, health and headers; the answer is what tells readiness."""
    files = Files(web_root())

    async def page(request: web.Request) -> web.Response:
        return await files.answer(request, "index.html")

    async def icon(request: web.Request) -> web.Response:
        return await files.answer(request, "assets/icon.svg")

    async def static(request: web.Request) -> web.Response:
        return await files.answer(request, request.match_info["path"])

    health = Health(store, metrics)
    app.middlewares.extend([refusals(metrics), _same_origin(config)])
    add_security_headers(app, config)
    app.router.add_routes(
        [
            web.get("/", page),
            web.get("/r/{room}", page),
            web.get("/favicon.ico", icon),
            web.get("/static/{path:.*}", static),
            *Api(config, store).routes(),
            *health.routes(),
        ]
    )
    return health


def _same_origin(config: Config) -> Middleware:
    """Refuse what a foreign page starts: anything that changes something, and the socket."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        reads = request.method in ("GET", "HEAD") and not request.path.startswith("/socket.io")
        if not reads and not origin_allowed(request, config):
            raise OriginNotAllowed
        return await handler(request)

    return check
