"""The headers of every answer, and the form of every error."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest
import structlog

from server import log
from server.store import MemoryStore
from tests.support.http import Http, asking
from tests.support.server import RunningServer, running_server

EXPECTED = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "
        "picture-in-picture=(self), screen-wake-lock=(self), speaker-selection=(self), "
        "autoplay=(self), accelerometer=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "midi=(), payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ROUTES = [
    ("GET", "/", 200),
    ("HEAD", "/", 200),
    ("GET", "/r/room", 200),
    ("GET", "/favicon.ico", 200),
    ("GET", "/static/index.html", 200),
    ("GET", "/static/none.js", 404),
    ("GET", "/api/about", 200),
    ("GET", "/api/rooms/none", 404),
    ("POST", "/api/rooms", 201),
    ("OPTIONS", "/api/rooms", 204),
    ("DELETE", "/api/rooms", 405),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/metrics", 200),
    ("GET", "/nowhere", 404),
    ("POST", "/", 405),
    ("GET", "/socket.io/", 400),
    ("POST", "/socket.io/?EIO=4&transport=polling", 405),
]


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as server:
        yield server


@pytest.fixture
async def http(server: RunningServer) -> AsyncIterator[Http]:
    async with asking(server.url) as http:
        yield http


@pytest.mark.parametrize(("method", "path", "status"), ROUTES)
async def test_every_answer_has_every_header(
    http: Http, method: str, path: str, status: int
) -> None:
    answer = await http.ask(method, path)
    assert answer.status == status
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert answer.headers["Server"] == "greenroom"
    assert "Strict-Transport-Security" not in answer.headers


async def test_no_route_is_missing_from_the_snapshot(server: RunningServer) -> None:
    covered = {(method, path.split("?")[0]) for method, path, _ in ROUTES}
    examples = {"/r/{room}": "/r/room", "/static/{path}": "/static/index.html"}
    for route in server.app.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        path = examples.get(path, path.replace("{id}", "none"))
        method = "GET" if route.method == "HEAD" else route.method
        assert (method, path) in covered


async def test_not_modified_and_the_socket_have_the_headers_too(
    http: Http, server: RunningServer
) -> None:
    etag = (await http.get("/")).headers["ETag"]
    unchanged = await http.get("/", If_None_Match=etag)
    assert unchanged.status == 304
    assert {name: unchanged.headers.get(name) for name in EXPECTED} == EXPECTED
    url = f"{server.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        handshake = socket._response.headers
        assert {name: handshake.get(name) for name in EXPECTED} == EXPECTED
        assert handshake["Server"] == "greenroom"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_the_socket_is_closed_to_pages_of_other_sites(
    server: RunningServer, origin: str
) -> None:
    url = f"{server.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url, headers={"Origin": origin})
        assert refused.value.status == 403
        async with session.ws_connect(url, headers={"Origin": server.url}) as socket:
            assert not socket.closed


async def test_strict_transport_security_comes_with_https_only() -> None:
    async with (
        running_server(public_url="https://meet.example.org") as server,
        asking(server.url) as http,
    ):
        answer = await http.get("/nowhere")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_frames_are_allowed_where_the_operator_says() -> None:
    settings = {"frame_ancestors": "self,https://*.example.org"}
    async with running_server(**settings) as server, asking(server.url) as http:
        policy = (await http.get("/")).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'self' https://*.example.org")


async def test_errors_have_one_form(http: Http) -> None:
    assert (await http.get("/nowhere")).refusal == (404, "not-found")
    wrong = await http.ask("DELETE", "/api/rooms")
    assert wrong.refusal == (405, "method-not-allowed")
    assert set(wrong.headers["Allow"].split(",")) == {"OPTIONS", "POST"}


async def test_our_own_mistake_tells_the_client_nothing_and_the_log_one_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("canary")

    lines = io.StringIO()
    log.configure("json", "info", lines)
    try:
        monkeypatch.setattr(MemoryStore, "get", broken)
        async with running_server() as server, asking(server.url) as http:
            lines.truncate(0)
            lines.seek(0)
            answer = await http.get("/api/rooms/canary-room")
            assert answer.refusal == (500, "internal")
            assert b"canary" not in answer.body
            (line,) = lines.getvalue().splitlines()
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
    event = json.loads(line)
    assert (event["event"], event["error"]) == ("request-failed", "KeyError")
    assert "canary" not in line


async def test_readiness_follows_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: object) -> None:
        raise OSError("disk gone")

    async with running_server() as server, asking(server.url) as http:
        assert (await http.get("/readyz")).status == 200
        monkeypatch.setattr(MemoryStore, "ping", broken)
        assert (await http.get("/readyz")).refusal == (503, "not-ready")
        assert (await http.get("/healthz")).status == 200


async def test_metrics_count_rooms_and_refusals(http: Http) -> None:
    await http.make_room()
    await http.make_room(title="")
    text = (await http.get("/metrics")).body.decode()
    assert "greenroom_rooms 1.0" in text
    assert 'greenroom_rejected_total{code="invalid-message"} 1.0' in text


async def test_a_body_that_is_not_what_its_headers_say_is_no_error_of_ours(
    server: RunningServer,
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with structlog.testing.capture_logs() as logged:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{server.url}/api/rooms", data=b"hello", headers=headers) as answer,
        ):
            assert answer.status == 400
            assert (await answer.json())["error"]["code"] == "bad-request"
    assert not [line for line in logged if line["log_level"] == "error"]


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /api/rooms HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_refused_without_a_version_or_a_traceback(
    server: RunningServer, bytes_sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(bytes_sent)
    writer.write_eof()
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
    assert answer == b"" or answer.split(b" ")[1] == b"400"
    assert "Traceback" not in capfd.readouterr().err
