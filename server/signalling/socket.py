"""The only import of python-socketio and python-engineio.

What is not a well-formed Socket.IO event is counted as malformed before the library's dispatcher
sees it: that one would run reserved names, keep binary attachments without a bound and log
tracebacks. Everything that goes out passes a bounded queue.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
import socketio
import socketio.packet
from aiohttp import WSMsgType, web

from rooms.errors import ServerFull
from server.signalling.pacing import TokenBucket

MAX_FRAME_BYTES = 262_144
MAX_WAITING_FRAMES = 256
MAX_WAITING_BYTES = 1_048_576
CLOSE_WITHIN_S = 0.5
PONGS_PER_S = 5.0
PONG_BURST = 20
EIO_SID = web.RequestKey("eio_sid", str)

Respond = Callable[[dict[str, Any]], Awaitable[None]]


class Outbox(asyncio.Queue[Any]):
    """What waits to be sent to one client. It never blocks the sender: it overflows."""

    def __init__(self) -> None:
        super().__init__()
        self.overflowed = False
        self._bytes = 0

    async def put(self, item: Any) -> None:
        too_much = self._bytes + _size(item) > MAX_WAITING_BYTES and not self.empty()
        if too_much or self.qsize() >= MAX_WAITING_FRAMES:
            self.overflowed = True
            if item is not None:
                return
        self.put_nowait(item)

    def _put(self, item: Any) -> None:
        self._bytes += _size(item)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        self._bytes -= _size(item)
        return item


def _size(item: Any) -> int:
    data = getattr(item, "data", None)
    return len(data) if isinstance(data, str) else 0


class _WebSocket:
    """The transport that Engine.IO drives: text only, and no wait without an end.

    It does not compress: a compression window costs more memory than the rest of a client.
    """

    def __init__(self, handler: Callable[["_WebSocket"], Awaitable[None]], server: Any) -> None:
        self._handler = handler
        self._silence_s = server.ping_interval + server.ping_timeout
        self._pongs = TokenBucket(PONGS_PER_S, PONG_BURST, time.monotonic())

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request = environ["aiohttp.request"]
        self._transport = request.transport
        self._ws = web.WebSocketResponse(
            max_msg_size=MAX_FRAME_BYTES, compress=False, timeout=CLOSE_WITHIN_S
        )
        await self._ws.prepare(request)
        await self._handler(self)
        return self._ws

    async def wait(self) -> str:
        try:
            async with asyncio.timeout(self._silence_s):
                message = await self._ws.receive()
        except TimeoutError:
            self._abort()
            raise OSError("the client is silent") from None
        # Engine.IO 4: 1 close, 3 pong, 4 message; a client has nothing else to say.
        if message.type is not WSMsgType.TEXT or message.data[:1] not in ("1", "3", "4"):
            raise OSError("not an Engine.IO frame")
        if message.data[:1] == "3" and self._pongs.reserve(time.monotonic()):
            raise OSError("a flood of pongs")
        text: str = message.data
        return text

    async def send(self, data: str) -> None:
        await self._ws.send_str(data)

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._ws.close()
        except TimeoutError:
            self._abort()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class _EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._async: dict[str, Any] = {**self._async, "websocket": _WebSocket}

        self._pings: dict[str, asyncio.Future[Any]] = {}

    def create_queue(self, *args: Any, **options: Any) -> Outbox:
        return Outbox()

    def start_background_task(self, target: Any, *args: Any, **options: Any) -> asyncio.Future[Any]:
        """Engine.IO starts one thing: the wait for a socket's next ping, once after each pong."""
        task: asyncio.Future[Any] = super().start_background_task(target, *args, **options)
        self._pings[target.__self__.sid] = task
        return task

    def forget(self, eio_sid: str) -> None:
        """End what Engine.IO would let sleep on after its socket is closed."""
        ping = self._pings.pop(eio_sid, None)
        if ping is not None and ping is not asyncio.current_task():
            ping.cancel()


class Connection:
    """One client's socket. Sending never waits for the client.

    Attributes:
        open: nothing has ended it yet.
        greeted: the Socket.IO handshake was seen, so events may follow.
    """

    def __init__(self, server: "SocketServer", eio_sid: str, request: web.Request) -> None:
        self._server = server
        self._eio_sid = eio_sid
        self._transport = request.transport
        self.open = True
        self.greeted = False

    async def send(self, frame: str) -> None:
        """Queue a frame made by `encode_event`; a client that does not read is cut off."""
        socket = self._server.engine_socket(self._eio_sid)
        if not self.open or socket is None:
            return
        await self._server.eio.send(self._eio_sid, frame)
        if socket.queue.overflowed:
            self.open = False
            self._server.on_slow()
            self.abort()

    async def close(self, *, deaf: bool = False) -> None:
        """End the connection: what is queued is sent if the client takes it in half a second.

        Args:
            deaf: read nothing more, for one who sends so much that reading it is the damage.
        """
        if not self.open:
            return
        self.open = False
        if deaf and isinstance(self._transport, asyncio.Transport):
            self._transport.pause_reading()
        socket = self._server.engine_socket(self._eio_sid)
        asyncio.get_running_loop().call_later(CLOSE_WITHIN_S, self.abort)
        if socket is not None:
            await socket.close(wait=False)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def encode_event(name: str, data: dict[str, Any]) -> str:
    """One Socket.IO event as the text of an Engine.IO message; encode once, send to many."""
    return f"{socketio.packet.EVENT}{_dumps([name, data])}"


def _dumps(value: object) -> str:
    """JSON as UTF-8 has it: escapes would make Chinese twice and emoji three times as long."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _welcome(sid: str, environ: dict[str, Any], auth: object) -> None:
    """Who may open a transport may connect; rooms ask for more when they are joined."""


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """Socket.IO over WebSocket that hands well-formed events to one function.

    Args:
        ping_interval_s, ping_timeout_s: a client silent for both together is gone.
        has_room: whether one more client may connect.
        on_open: a transport is being opened.
        on_event: (connection, name, data, size, respond); `size` is the frame's, in characters, and
            `respond` sends the acknowledgement.
        on_malformed: a frame was not a Socket.IO event.
        on_slow: a client was cut off because it did not read.
        on_close: the connection is gone.
    """

    def __init__(
        self,
        *,
        ping_interval_s: float,
        ping_timeout_s: float,
        has_room: Callable[[], bool],
        on_open: Callable[[Connection], None],
        on_event: Callable[[Connection, str, object, int, Respond], Awaitable[None]],
        on_malformed: Callable[[Connection], Awaitable[None]],
        on_slow: Callable[[], None],
        on_close: Callable[[Connection], Awaitable[None]],
    ) -> None:
        super().__init__(
            async_mode="aiohttp",
            async_handlers=False,
            transports=["websocket"],
            cors_allowed_origins=[],  # the route checks the origin before it comes here
            ping_interval=ping_interval_s,
            ping_timeout=ping_timeout_s,
            max_http_buffer_size=MAX_FRAME_BYTES,
            monitor_clients=False,  # _WebSocket.wait notices silence itself
        )
        self._connections: dict[str, Connection] = {}
        self._has_room = has_room
        self._on_open = on_open
        self._on_event = on_event
        self._on_malformed = on_malformed
        self.on_slow = on_slow
        self._on_close = on_close
        self.on("connect", _welcome)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The route. Checking the Origin header is up to the application."""
        if not web.WebSocketResponse().can_prepare(request):
            return _refusal(400, "bad-request", "This address speaks WebSocket only.")
        if not self._has_room():
            return _refusal(503, ServerFull.code, ServerFull.sentence)
        try:
            response: web.StreamResponse = await self.eio.handle_request(request)
            return response
        finally:
            # Engine.IO forgets to tell of a connection that ends before its first frame.
            eio_sid = request.get(EIO_SID)
            if eio_sid in self._connections:
                self.eio.sockets.pop(eio_sid, None)
                await self._handle_eio_disconnect(eio_sid, self.reason.TRANSPORT_ERROR)

    async def close_all(self) -> None:
        for connection in list(self._connections.values()):
            await connection.close()

    def engine_socket(self, eio_sid: str) -> Any:
        return self.eio.sockets.get(eio_sid)

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return _EngineServer

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        request = environ["aiohttp.request"]
        connection = Connection(self, eio_sid, request)
        request[EIO_SID] = eio_sid
        self._connections[eio_sid] = connection
        self._on_open(connection)
        await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_eio_message(self, eio_sid: str, data: object) -> None:
        connection = self._connections.get(eio_sid)
        if connection is None or not connection.open:
            return
        packet = _decode(data)
        connecting = packet is not None and packet.packet_type == socketio.packet.CONNECT
        if packet is None or connecting is connection.greeted:
            # Out of order or out of form. Who has not even said hello gets no second chance.
            await (self._on_malformed(connection) if connection.greeted else connection.close())
        elif connecting:
            connection.greeted = True
            await self._handle_connect(eio_sid, "/", None)
        elif packet.packet_type == socketio.packet.DISCONNECT:
            await connection.close()
        else:
            name, argument = packet.data
            respond = _responder(connection, packet.id)
            await self._on_event(connection, name, argument, len(str(data)), respond)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        self.eio.forget(eio_sid)
        connection = self._connections.pop(eio_sid, None)
        if connection is not None:
            connection.open = False
            await self._on_close(connection)


def _responder(connection: Connection, ack_id: int | None) -> Respond:
    async def respond(answer: dict[str, Any]) -> None:
        if ack_id is not None:
            await connection.send(f"{socketio.packet.ACK}{ack_id}{_dumps([answer])}")

    return respond


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def _decode(data: object) -> Any:
    """The packet, if it is a CONNECT, DISCONNECT or one-argument EVENT of the one namespace."""
    if not isinstance(data, str) or data[:1] not in ("0", "1", "2"):
        return None
    try:
        packet = socketio.packet.Packet(encoded_packet=data)
    except (ValueError, RecursionError, json.JSONDecodeError):
        return None
    if packet.namespace not in (None, "/") or packet.attachment_count:
        return None
    if packet.packet_type == socketio.packet.EVENT:
        match packet.data:
            case [str()]:
                packet.data = [packet.data[0], {}]
            case [str(), _]:
                pass
            case _:
                return None
    return packet
