import base64
import json
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from rooms.room import hash_host_key
from tests.support.client import SignallingClient
from tests.support.http import Http, asking
from tests.support.server import RunningServer, running_server


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as server:
        yield server


@pytest.fixture
async def http(server: RunningServer) -> AsyncIterator[Http]:
    async with asking(server.url) as http:
        yield http


async def test_a_room_is_made_with_an_unguessable_id_and_a_host_key(
    server: RunningServer, http: Http
) -> None:
    made = await http.make_room(title="Monday")
    assert made.status == 201
    assert set(made.json) == {"id", "url", "host_key"}
    assert made.json["url"] == f"{server.url}/r/{made.json['id']}"
    assert len(base64.urlsafe_b64decode(made.json["id"] + "==")) * 8 >= 128
    assert len(base64.urlsafe_b64decode(made.json["host_key"] + "=")) * 8 >= 256
    shown = await http.get(f"/api/rooms/{made.json['id']}")
    assert shown.json == {"id": made.json["id"], "title": "Monday", "capacity": 25, "people": []}


async def test_a_room_without_wishes_gets_a_title_of_two_words(http: Http) -> None:
    made = await http.ask("POST", "/api/rooms")
    assert made.status == 201
    shown = await http.get(f"/api/rooms/{made.json['id']}")
    assert len(shown.json["title"].split()) == 2


async def test_only_the_hash_of_the_host_key_is_kept(http: Http, server: RunningServer) -> None:
    made = (await http.make_room()).json
    async with SignallingClient(server.url) as guest:
        await guest.join(made["id"], "Ana", host_key=made["host_key"])
        assert "manage-room" in guest.snapshot["permissions"]
    metrics = (await http.get("/metrics")).body.decode()
    for secret in (made["host_key"], hash_host_key(made["host_key"])):
        assert secret not in metrics


async def test_the_lobby_shows_who_is_there(http: Http, server: RunningServer) -> None:
    room = (await http.make_room()).json["id"]
    async with SignallingClient(server.url) as ana:
        await ana.join(room, "Ana")
        shown = await http.get(f"/api/rooms/{room}")
        assert shown.json["people"] == [{"id": ana.id, "name": "Ana", "here": True}]


async def test_absent_and_impossible_ids_are_answered_alike(http: Http) -> None:
    bodies = {
        (answer.status, answer.body)
        for path in ("AAAAAAAAAAAAAAAAAAAAAA", "x", "%00", "a%2Fb", "%3Cscript%3E", "A" * 500)
        if (answer := await http.get(f"/api/rooms/{path}"))
    }
    assert len(bodies) == 1
    ((status, body),) = bodies
    assert status == 404
    assert json.loads(body)["error"]["code"] == "room-not-found"


@pytest.mark.parametrize(
    "wishes",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 81},
        {"title": "two\nlines"},
        {"title": "\u202eevil"},
        {"title": 5},
        {"title": ["a"]},
        {"titel": "a"},
        {"capacity": 5},
    ],
)
async def test_a_wish_that_is_not_documented_is_refused(
    http: Http, wishes: dict[str, object]
) -> None:
    assert (await http.ask("POST", "/api/rooms", json=wishes)).refusal == (400, "invalid-message")


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b"{", b"\xff", b'"x"', b"[" * 4000, b'{"title":"a"}x', b"\x00", b"NaN"],
)
async def test_a_body_that_is_not_an_object_is_refused(http: Http, body: bytes) -> None:
    answer = await http.ask(
        "POST", "/api/rooms", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.refusal == (400, "invalid-message")


async def test_other_content_types_are_refused(http: Http) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = await http.ask(
            "POST", "/api/rooms", data=b'{"title":"a"}', headers={"Content-Type": kind}
        )
        assert answer.refusal == (415, "not-json")


@pytest.mark.parametrize("size", [4097, 16_385, 500_000])
async def test_large_bodies_are_refused_with_and_without_a_length(http: Http, size: int) -> None:
    assert (await http.make_room(title="x" * size)).refusal == (413, "body-too-large")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(0, size, 1024):
            yield b"x" * 1024

    chunked = await http.ask(
        "POST", "/api/rooms", data=chunks(), headers={"Content-Type": "application/json"}
    )
    assert chunked.refusal == (413, "body-too-large")


async def test_names_are_refused_unless_the_operator_allows_them(http: Http) -> None:
    assert (await http.make_room(name="standup")).refusal == (403, "names-not-allowed")
    assert (await http.get("/api/about")).json["room_names"] is False


async def test_a_chosen_name_is_taken_once() -> None:
    async with running_server(room_names=True) as server, asking(server.url) as http:
        assert (await http.get("/api/about")).json["room_names"] is True
        made = await http.make_room(name="stand-up")
        assert made.json["id"] == "stand-up"
        assert (await http.make_room(name="stand-up")).refusal == (409, "room-exists")
        for name in ("ab", "-abc", "Abc", "a_c", "a" * 65, "a/b", "abc\n", "", "ünicode"):
            assert (await http.make_room(name=name)).refusal == (400, "invalid-message")


async def test_one_room_over_the_cap_is_refused_until_there_is_place() -> None:
    async with running_server(max_rooms=2) as server, asking(server.url) as http:
        assert [(await http.make_room()).status for _ in range(2)] == [201, 201]
        refused = await http.make_room()
        assert refused.refusal == (503, "server-full")
        assert int(refused.headers["Retry-After"]) > 0


async def test_an_address_that_makes_too_many_rooms_is_told_when_to_come_again() -> None:
    async with running_server(rooms_per_minute=3) as server, asking(server.url) as http:
        assert [(await http.make_room()).status for _ in range(3)] == [201, 201, 201]
        refused = await http.make_room()
        assert refused.refusal == (429, "rate-limited")
        assert 1 <= int(refused.headers["Retry-After"]) <= 20
        assert refused.json["error"]["retry_after_s"] <= 20
        assert (await http.get("/api/about")).status == 200


async def test_forwarded_addresses_count_apart_behind_a_trusted_proxy_only() -> None:
    async with running_server(rooms_per_minute=1) as server, asking(server.url) as http:
        forged = [{"X-Forwarded-For": f"198.51.100.{n}"} for n in range(2)]
        statuses = [(await http.make_room(headers=headers)).status for headers in forged]
        assert statuses == [201, 429]
    async with (
        running_server(rooms_per_minute=1, trusted_proxies="127.0.0.1") as server,
        asking(server.url) as http,
    ):
        statuses = [(await http.make_room(headers=headers)).status for headers in forged]
        assert statuses == [201, 201]


async def test_the_room_url_is_the_public_one(http: Http, server: RunningServer) -> None:
    async with (
        running_server(public_url="https://meet.example.org") as server,
        asking(server.url) as http,
    ):
        made = (await http.make_room()).json
        assert made["url"] == f"https://meet.example.org/r/{made['id']}"


async def test_a_host_header_that_is_no_host_is_not_repeated(http: Http) -> None:
    made = await http.make_room(headers={"Host": "evil.example/<script>"})
    assert made.status == 400 or "evil" not in made.json["url"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "file://", "http://127.0.0.1"])
async def test_pages_of_other_sites_cannot_make_rooms(http: Http, origin: str) -> None:
    refused = await http.make_room(headers={"Origin": origin})
    assert refused.refusal == (403, "origin-not-allowed")
    preflight = await http.ask("OPTIONS", "/api/rooms", headers={"Origin": origin})
    assert preflight.refusal == (403, "origin-not-allowed")
    assert "Access-Control-Allow-Origin" not in refused.headers


async def test_our_own_page_and_programs_can(http: Http, server: RunningServer) -> None:
    assert (await http.make_room(headers={"Origin": server.url})).status == 201
    assert (await http.make_room()).status == 201


async def test_an_allowed_site_can_and_may_read_the_answer() -> None:
    friend = "https://intranet.example.org"
    async with running_server(allowed_origins=friend) as server, asking(server.url) as http:
        preflight = await http.ask("OPTIONS", "/api/rooms", headers={"Origin": friend})
        assert preflight.status == 204
        assert preflight.headers["Access-Control-Allow-Headers"] == "Content-Type"
        made = await http.make_room(headers={"Origin": friend})
        assert made.status == 201
        assert made.headers["Access-Control-Allow-Origin"] == friend
        other = await http.make_room(headers={"Origin": "https://other.example.org"})
        assert other.refusal == (403, "origin-not-allowed")


async def test_ten_thousand_guesses_learn_nothing_from_answers_or_their_time(http: Http) -> None:
    def guesses() -> Iterator[tuple[str, str]]:
        for _ in range(5000):
            yield "absent", secrets.token_urlsafe(16)
            yield "impossible", "~" * 22

    bodies = set()
    times: dict[str, list[float]] = {"absent": [], "impossible": []}
    for kind, guess in guesses():
        asked = time.perf_counter()
        answer = await http.get(f"/api/rooms/{guess}")
        times[kind].append(time.perf_counter() - asked)
        bodies.add((answer.status, answer.body))
    ((status, _),) = bodies
    assert status == 404
    absent, impossible = (statistics.quantiles(t, n=20)[-1] for t in times.values())
    assert abs(absent - impossible) < 0.5 * max(absent, impossible) + 0.001
