"""One connected client: its ordered, bounded queue of requests and what it did wrong so far."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from rooms.errors import Busy, InternalError, InvalidMessage, NotJoined, RateLimited, RoomError
from rooms.ids import ParticipantId, RoomId
from rooms.messages import SessionEndedFact
from rooms.requests import Leave, Request, parse_request
from rooms.shapes import Wire
from server.metrics import Metrics
from server.signalling.pacing import TokenBucket
from server.signalling.socket import Connection, Respond, encode_event

MAX_WAITING_REQUESTS = 64
MAX_INVALID = 5
CHARACTERS_PER_TOKEN = 16_384
MAX_REFUSED_IN_A_ROW = 50
RETRY_AFTER_S = 1.0

ENDINGS = {
    "superseded": "You are in this room from another page now.",
    "flooding": "This page sent far too many requests.",
    "too-many-invalid": "This page sent requests that the server does not know.",
    "not-joined-in-time": "This page did not join a room in time.",
}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Member:
    """The place that a client has in a room."""

    room_id: RoomId
    participant_id: ParticipantId


Handle = Callable[["Client", Request, Respond], Awaitable[None]]
Handler = Callable[["Client", Any, Respond], Awaitable[None]]


async def accept(respond: Respond, answer: Wire | None = None) -> None:
    """Answer a request that was carried out."""
    await respond({"ok": {} if answer is None else answer.dump()})


@dataclass(eq=False, slots=True)
class Client:
    """A connection and, once it has joined, its place.

    Requests are handled one after the other by one task, which exists only while there are any: an
    idle client costs none. A client over its rate is slowed down; it is refused when its queue is
    full. What takes long is done aside, one at a time.

    Attributes:
        outside_since: since when it has no place, on the monotonic clock; None while it has one.
        leaving: the last request that came was `leave`, whether or not it was carried out yet.
    """

    connection: Connection
    handle: Handle
    metrics: Metrics
    bucket: TokenBucket
    grace_s: float
    member: Member | None = None
    outside_since: float | None = field(default_factory=time.monotonic)
    leaving: bool = False
    token_due: float = 0.0
    candidates_sent: dict[ParticipantId, int] = field(default_factory=dict)
    _waiting: asyncio.Queue[tuple[Request, int, Respond]] = field(
        default_factory=lambda: asyncio.Queue(MAX_WAITING_REQUESTS)
    )
    _worker: asyncio.Task[None] | None = None
    _aside: asyncio.Task[None] | None = None
    _invalid: int = 0
    _refused: int = 0

    @property
    def place(self) -> Member:
        """Raises NotJoined: it has none."""
        if self.member is None:
            raise NotJoined
        return self.member

    async def receive(self, name: str, data: object, size: int, respond: Respond) -> None:
        """Queue one event, or refuse it with a code. Large ones cost more of what may be sent."""
        tokens = size // CHARACTERS_PER_TOKEN
        try:
            request = parse_request(name, data)
        except InvalidMessage as error:
            self.bucket.reserve(time.monotonic(), 1 + tokens)
            await self._refuse(error, respond)
            await self.malformed()
            return
        self._invalid = max(0, self._invalid - 1)
        self.leaving = isinstance(request, Leave)
        try:
            self._waiting.put_nowait((request, request.cost + tokens, respond))
        except asyncio.QueueFull:
            await self._refuse(RateLimited(retry_after_s=RETRY_AFTER_S), respond)
            self._refused += 1
            if self._refused >= MAX_REFUSED_IN_A_ROW:
                await self.end("flooding")
            return
        self._refused = 0
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="client")

    def answer_aside(
        self, request: Request, work: Callable[[], Awaitable[Wire]], respond: Respond
    ) -> None:
        """Answer a request with what comes of long work, while the next requests are handled.

        Raises:
            Busy: there is such work for this client already.
        """
        if self._aside is not None and not self._aside.done():
            raise Busy(retry_after_s=RETRY_AFTER_S)

        async def answer() -> None:
            await accept(respond, await work())

        self._aside = asyncio.create_task(
            self._attempt(answer, request, respond), name="client-aside"
        )

    async def malformed(self) -> None:
        """Count something that was not a request; five more than requests end the connection."""
        self._invalid += 1
        if self._invalid >= MAX_INVALID:
            await self.end("too-many-invalid")

    async def send(self, frame: str) -> None:
        await self.connection.send(frame)

    async def end(self, code: str) -> None:
        """Say why, then close."""
        if not self.connection.open:
            return
        self.metrics.rejected.labels(code).inc()
        fact = SessionEndedFact.model_validate({"code": code, "message": ENDINGS[code]})
        await self.connection.send(encode_event(fact.event, fact.dump()))
        await self.connection.close(deaf=code == "flooding")

    async def close(self) -> None:
        """Stop working; the connection is gone."""
        worker, self._worker = self._worker, None
        await _end(worker)
        aside, self._aside = self._aside, None  # only now: the worker could have begun it
        await _end(aside)

    async def _work(self) -> None:
        while not self._waiting.empty():
            request, tokens, respond = self._waiting.get_nowait()
            delay_s = self.bucket.reserve(time.monotonic(), tokens)
            if delay_s:
                await asyncio.sleep(delay_s)
            await self._carry_out(request, respond)

    async def _carry_out(self, request: Request, respond: Respond) -> None:
        async def handle() -> None:
            await self.handle(self, request, respond)
            self.metrics.messages.labels(request.event).inc()

        await self._attempt(handle, request, respond)

    async def _attempt(
        self, work: Callable[[], Awaitable[None]], request: Request, respond: Respond
    ) -> None:
        """Do work for a request; what it raises is answered."""
        try:
            await work()
        except RoomError as error:
            await self._refuse(error, respond)
        except Exception:
            # The boundary of one request: the next one of this client gets its chance.
            log.exception("request-failed", event_name=request.event)
            await self._refuse(InternalError(), respond)

    async def _refuse(self, error: RoomError, respond: Respond) -> None:
        self.metrics.rejected.labels(error.code).inc()
        answer: dict[str, Any] = {"code": error.code, "message": error.message}
        if error.retry_after_s is not None:
            answer["retry_after_s"] = error.retry_after_s
        await respond({"error": answer})


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None and task is not asyncio.current_task():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
