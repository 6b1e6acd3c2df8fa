"""The HTTP API: make a room, look at one, ask what this server is. See docs/http.md."""

import asyncio
import secrets
import time
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rooms.errors import InvalidMessage, NamesNotAllowed, ServerFull
from rooms.ids import RoomId, new_room_id
from rooms.room import Room, hash_host_key
from rooms.shapes import Title
from rooms.titles import make_title
from server import __version__
from server.config import Config
from server.http.errors import BodyTooLarge, NotJson
from server.http.limits import AddressLimiter
from server.origin import client_address, own_url
from server.store import RoomStore

MAX_BODY_BYTES = 4096
_SERVER_FULL_RETRY_S = 60.0


class CreateRoom(BaseModel):
    """What `POST /api/rooms` takes."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    title: Title | None = None
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,63}$")] | None = None


class Api:
    def __init__(self, config: Config, store: RoomStore) -> None:
        self._config = config
        self._store = store
        self._limiter = AddressLimiter(config.rooms_per_minute)
        self._creating = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/rooms", self.create_room),
            web.options("/api/rooms", self.preflight),
            web.get("/api/rooms/{id}", self.show_room),
            web.get("/api/about", self.about),
        ]

    async def create_room(self, request: web.Request) -> web.Response:
        self._limiter.take(client_address(request, self._config))
        wanted = await _read_body(request)
        if wanted.name is not None and not self._config.room_names:
            raise NamesNotAllowed
        room_id = RoomId(wanted.name) if wanted.name is not None else new_room_id()
        title = wanted.title or make_title(secrets.choice)
        host_key = secrets.token_urlsafe(32)
        room = Room.create(
            room_id, title, hash_host_key(host_key), self._config.room_capacity, time.time()
        )
        async with self._creating:  # two at once must not pass the cap together
            if self._store.count() >= self._config.max_rooms:
                raise ServerFull(retry_after_s=_SERVER_FULL_RETRY_S)
            await self._store.create(room)
        url = f"{own_url(request, self._config)}/r/{room_id}"
        return self._answer(request, {"id": room_id, "url": url, "host_key": host_key}, status=201)

    async def preflight(self, request: web.Request) -> web.Response:
        """A page of an allowed origin asks whether it may make rooms."""
        answer = self._answer(request, None, status=204)
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        return answer

    async def show_room(self, request: web.Request) -> web.Response:
        """What the lobby shows. Malformed ids are looked up too: same answer, same work."""
        room = await self._store.get(RoomId(request.match_info["id"]))
        people = [{"id": p.id, "name": p.name, "here": p.here} for p in room.participants.values()]
        return self._answer(
            request,
            {"id": room.id, "title": room.title, "capacity": room.capacity, "people": people},
        )

    async def about(self, request: web.Request) -> web.Response:
        return self._answer(
            request, {"room_names": self._config.room_names, "version": __version__}
        )

    def _answer(
        self, request: web.Request, content: object | None, *, status: int = 200
    ) -> web.Response:
        if content is None:
            answer = web.Response(status=status)
        else:
            answer = web.json_response(content, status=status)
        answer.headers["Cache-Control"] = "no-store"
        origin = request.headers.get("Origin", "")
        if origin.lower() in self._config.allowed_origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Vary"] = "Origin"
        return answer


async def _read_body(request: web.Request) -> CreateRoom:
    """Read and check the body; none at all means a room with nothing special.

    Raises:
        BodyTooLarge, NotJson, InvalidMessage: the body cannot be used.
    """
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body = await request.read()
    if not body:
        return CreateRoom()
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    if request.content_type != "application/json":
        raise NotJson
    try:
        return CreateRoom.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise InvalidMessage(_why(field, first["type"])) from None


def _why(field: str, problem: str) -> str:
    if problem == "extra_forbidden":
        return "A field has a name that is not known here."
    if field == "title":
        return "title must be one line of 1 to 80 characters."
    if field == "name":
        return "name must be 3 to 64 of a-z, 0-9 and -, and not begin with -."
    return "The body must be a JSON object."
