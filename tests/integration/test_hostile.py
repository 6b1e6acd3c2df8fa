"""What bad input gets: a refusal with a code, no traceback, and others who notice nothing."""

import asyncio
import logging
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import aiohttp
import pytest
import structlog

from tests.support.client import Gone, Refused, SignallingClient
from tests.support.room import NewRoom, make_room
from tests.support.server import RunningServer, running_server

SECRETS = ("Ana-canary", "chat-canary", "sdp-canary", "198.51.100.7")


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as it:
        yield it


@pytest.fixture
async def room(server: RunningServer) -> NewRoom:
    return await make_room(server.url)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that happens in the test may log a traceback, or what only members may know."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        yield
    records = [record for record in caplog.records if record.name != "asyncio"]
    assert [r for r in records if r.exc_info or r.levelno >= logging.ERROR] == []
    assert [e for e in events if e.get("exc_info") or e["log_level"] == "error"] == []
    text = repr([r.getMessage() for r in caplog.records]) + repr(events)
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.fixture
async def others(
    server: RunningServer, room: NewRoom, quiet: None
) -> AsyncIterator[tuple[SignallingClient, SignallingClient]]:
    """Two people who talk to each other before and after, and must not notice anything."""
    async with SignallingClient(server.url) as ana, SignallingClient(server.url) as bo:
        await ana.join(room.id, "Ana-canary")
        await bo.join(room.id, "Bo")
        yield ana, bo
        await ana.request("send-chat", {"client_id": "last", "text": "chat-canary"})
        await bo.fact("chat-sent", lambda data: data["message"]["client_id"] == "last")
        assert not ana.ended.is_set()
        assert not bo.ended.is_set()


Others = tuple[SignallingClient, SignallingClient]


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "__proto__", "*", ""])
async def test_a_reserved_or_unknown_event_is_refused_and_runs_nothing(
    server: RunningServer, room: NewRoom, others: Others, name: str
) -> None:
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")
        with pytest.raises(Refused) as refused:
            await eve.request(name, {"asgi.scope": {}, "auth": "x"})
        assert refused.value.code == "unknown-event"
        await eve.request("send-chat", {"client_id": "1", "text": "still here"})


@pytest.mark.parametrize(
    "data",
    [
        {"client_id": "1", "text": 5},
        {"client_id": "1"},
        {"client_id": "1", "text": "x" * 4001},
        {"client_id": "1", "text": "x", "from": "ana"},
        {"client_id": "1", "text": "\ud800"},
        [],
        None,
        "text",
        [[[[[[]]]]]],
    ],
)
async def test_a_bad_field_is_refused_with_a_code(
    server: RunningServer, room: NewRoom, others: Others, data: object
) -> None:
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")
        answer = await (await eve.start("send-chat", data))
        assert answer["error"]["code"] == "invalid-message"
    assert not others[0].named("chat-sent")


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        ("v=0\r\nsdp-canary" + "x" * 70_000, "too-large"),
        ("m=audio 9 RTP/AVP 0\r\n" * 17, "too-large"),
        (
            "".join(f"a=candidate:{n} 1 udp 1 198.51.100.7 9 typ host\r\n" for n in range(31)),
            "too-many-candidates",
        ),
    ],
)
async def test_an_sdp_over_a_limit_is_refused_and_not_relayed(
    server: RunningServer, room: NewRoom, others: Others, sdp: str, code: str
) -> None:
    ana, _ = others
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")
        request = {"to": ana.id, "to_generation": 1, "type": "offer", "sdp": sdp}
        with pytest.raises(Refused) as refused:
            await eve.request("send-description", request)
        assert refused.value.code == code
    assert not ana.named("description-sent")


async def test_five_invalid_messages_in_a_row_end_the_connection(
    server: RunningServer, room: NewRoom, others: Others
) -> None:
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")
        for _ in range(4):
            _ = await eve.start("no-such-thing", {})
        await eve.request("fetch-chat")  # a valid one begins the count anew
        with suppress(Gone):
            for _ in range(5):
                _ = await eve.start("no-such-thing", {})
        assert (await eve.fact("session-ended"))["code"] == "too-many-invalid"
        await asyncio.wait_for(eve.ended.wait(), 5)
    await others[0].fact("participant-away")


async def test_one_valid_message_among_invalid_ones_does_not_buy_more_of_them(
    server: RunningServer, room: NewRoom, others: Others
) -> None:
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")
        sent = 0
        with suppress(Gone):
            while True:
                for _ in range(4):
                    _ = await eve.start("send-chat", {"client_id": "x" * 180_000})
                    sent += 1
                await eve.request("fetch-chat", {"limit": 1})
        assert sent < 40
        await asyncio.wait_for(eve.ended.wait(), 5)


async def test_large_messages_are_paced_by_their_size() -> None:
    async with running_server(messages_per_s=10, message_burst=10) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana, SignallingClient(server.url) as bo:
            await ana.join(room.id, "Ana")
            await bo.join(room.id, "Bo")
            sdp = "v=0\r\n" + "x" * 60_000
            request = {"to": bo.id, "to_generation": 1, "type": "offer", "sdp": sdp}
            began = asyncio.get_running_loop().time()
            for _ in range(4):
                await ana.request("send-description", request)
            assert asyncio.get_running_loop().time() - began > 0.5


async def test_a_page_of_chat_is_bounded_in_length() -> None:
    async with running_server(messages_per_s=1000) as quick:
        room = await make_room(quick.url)
        async with SignallingClient(quick.url) as ana:
            await ana.join(room.id, "Ana")
            text = "\N{PERFORMING ARTS}" * 4000
            for n in range(40):
                await ana.request("send-chat", {"client_id": str(n), "text": text})
            async with SignallingClient(quick.url) as late:
                await late.join(room.id, "Late")
                assert len(late.snapshot["chat"]) == 16
                assert late.snapshot["chat_more"]
                assert late.snapshot["chat"][-1]["client_id"] == "39"
                found: list[str] = []
                after, more = 0, True
                while more:
                    page = await late.request("fetch-chat", {"after": after, "limit": 200})
                    assert sum(len(m["text"]) for m in page["messages"]) <= 65_536
                    found += [m["client_id"] for m in page["messages"]]
                    after, more = page["messages"][-1]["seq"], page["more"]
                assert found == [str(n) for n in range(40)]


FRAMES = [
    "",
    "4",
    "42",
    "42[]",
    "42{}",
    "42[1]",
    '42["join"',
    '42["join",{},{}]',
    '42/admin,["join",{}]',
    '42999999999999999999999999["join",{}]',
    "42" + "[" * 5000,
    '421["join",' + "9" * 5000 + "]",
    "40",
    "40/admin,",
    "43[]",
    '431["x"]',
    "44",
    '451-["join",{"_placeholder":true,"num":0}]',
    '4599999999-["join"]',
    "46",
    "49",
    "0",
    "2probe",
    "5",
    "6",
    "9",
    "x",
    "\x00",
    b"\x04binary",
    b"",
    "4" + "x" * 300_000,
]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: repr(frame[:24]))
async def test_a_malformed_frame_ends_only_who_sends_it(
    server: RunningServer, room: NewRoom, others: Others, frame: str | bytes
) -> None:
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")
        for _ in range(6):
            if isinstance(frame, bytes):
                await eve.ws.send_bytes(frame)
            else:
                await eve.ws.send_str(frame)
        await asyncio.wait_for(eve.ended.wait(), 5)
    await others[0].fact("participant-away")


@pytest.mark.parametrize("frame", ['42["join",{}]', "41", "4", "40/admin,", "43[]", "x", "3"])
async def test_a_malformed_handshake_is_closed(
    server: RunningServer, others: Others, frame: str
) -> None:
    url = f"{server.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as ws:
        assert (await ws.receive()).data.startswith("0")
        for _ in range(40):
            await ws.send_str(frame)
        async with asyncio.timeout(5):
            while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass


@pytest.mark.parametrize(
    "query",
    [
        "EIO=4&transport=polling",
        "EIO=3&transport=websocket",
        "transport=websocket",
        "EIO=4&j=x",
        "",
    ],
)
async def test_anything_but_a_websocket_of_this_protocol_is_refused(
    server: RunningServer, others: Others, query: str
) -> None:
    async with aiohttp.ClientSession() as session:
        for method in ("GET", "POST", "OPTIONS", "PUT"):
            url = f"{server.url}/socket.io/?{query}"
            async with session.request(method, url) as response:
                assert response.status in (400, 404, 405)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "file://", "http://evil.example:1"]
)
async def test_a_foreign_page_cannot_open_a_socket(
    server: RunningServer, others: Others, origin: str
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await SignallingClient(server.url, origin=origin).connect()
    assert refused.value.status == 403


async def test_one_who_opens_a_transport_and_says_nothing_is_sent_away() -> None:
    async with running_server(join_timeout_s=0.2) as server, aiohttp.ClientSession() as session:
        url = f"{server.url}/socket.io/?EIO=4&transport=websocket"
        async with session.ws_connect(url) as ws, asyncio.timeout(5):
            while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert "greenroom_connections 0.0" in server.metrics.render().decode()


async def test_a_torn_handshake_leaves_no_connection_behind(
    server: RunningServer, others: Others
) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    wrong: list[dict[str, str]] = [{}, {"Sec-WebSocket-Version": "13"}]
    wrong.append({"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "short"})
    url = f"{server.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session:
        for headers in wrong:
            async with session.get(url, headers={**upgrade, **headers}) as response:
                assert response.status == 400
    assert "greenroom_connections 2.0" in server.metrics.render().decode()


async def test_our_page_and_a_program_without_origin_may_open_a_socket(
    server: RunningServer, others: Others
) -> None:
    async with SignallingClient(server.url, origin=server.url), SignallingClient(server.url):
        pass


async def test_a_flood_is_cut_off_while_the_others_go_on(
    server: RunningServer, room: NewRoom, others: Others
) -> None:
    ana, bo = others
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")

        async def flood() -> list[dict[str, object]]:
            sent = []
            try:
                for n in range(20_000):
                    sent.append(await eve.start("send-chat", {"client_id": f"e{n}", "text": "x"}))
            except Gone:
                pass
            answers = await asyncio.gather(*sent, return_exceptions=True)
            return [answer for answer in answers if isinstance(answer, dict)]

        flooding = asyncio.create_task(flood())
        for n in range(20):
            await ana.request("send-chat", {"client_id": f"a{n}", "text": "x"}, within_s=5)
        answers = await flooding
        await asyncio.wait_for(eve.ended.wait(), 5)
    assert {a["error"]["code"] for a in answers if "error" in a} == {"rate-limited"}  # type: ignore[index]
    accepted = {a["ok"]["message"]["client_id"] for a in answers if "ok" in a}  # type: ignore[index]
    assert len(accepted) < 1000
    await bo.fact("participant-away")
    stored = {data["message"]["client_id"] for data in bo.named("chat-sent")}
    assert accepted <= stored
    assert {f"a{n}" for n in range(20)} <= stored


async def test_a_fast_but_honest_client_is_slowed_down_and_loses_nothing() -> None:
    async with running_server(messages_per_s=50, message_burst=5) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana:
            await ana.join(room.id, "Ana")
            sent = [
                await ana.start("send-chat", {"client_id": str(n), "text": str(n)})
                for n in range(60)
            ]
            answers = await asyncio.gather(*sent)
        assert [answer["ok"]["message"]["text"] for answer in answers] == [
            str(n) for n in range(60)
        ]


async def test_a_slow_reader_is_cut_off_and_costs_little(
    server: RunningServer, room: NewRoom, others: Others
) -> None:
    ana, _ = others
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, "Eve")
        await eve.stop_reading()
        before = _rss_bytes()
        sdp = "v=0\r\n" + "x" * 60_000

        async def shout() -> None:
            request = {"to": eve.id, "to_generation": 1, "type": "offer", "sdp": sdp}
            while True:
                await ana.request("send-description", request)

        with pytest.raises(Refused) as refused:
            await asyncio.wait_for(shout(), 30)
        assert refused.value.code in ("peer-away", "no-such-participant")
        assert _rss_bytes() - before < 10_000_000


def _rss_bytes() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


async def test_scripts_in_names_and_chat_travel_as_they_are(
    server: RunningServer, room: NewRoom, others: Others
) -> None:
    script = "<img src=x onerror=alert(1)>"
    async with SignallingClient(server.url) as eve:
        await eve.join(room.id, script)
        await eve.request("send-chat", {"client_id": "1", "text": script})
    joined = await others[0].fact(
        "participant-joined", lambda data: data["participant"]["name"] == script
    )
    assert joined
    assert (await others[0].fact("chat-sent"))["message"]["text"] == script
