from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from server.http.files import CONTENT_TYPES, Files, web_root
from tests.support.http import Http, asking
from tests.support.server import RunningServer, running_server

PATHS_OUTSIDE = [
    "../pyproject.toml",
    "..%2fpyproject.toml",
    "%2e%2e/pyproject.toml",
    "%2e%2e%2fpyproject.toml",
    "..%5cpyproject.toml",
    "....//pyproject.toml",
    "core/../../pyproject.toml",
    "core/%2e%2e/%2e%2e/pyproject.toml",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "//etc/passwd",
    "./index.html",
    "core//app.js",
    "index.html/",
    "index.html%00.js",
    "index.html%00",
    ".",
    "..",
    "",
    "core",
    "core/",
    ".hidden.js",
    "vendor/preact.d.ts",
    "link.js",
    "linked/secret.js",
    "no-such-file.js",
    "a" * 5000 + ".js",
    "file:///etc/passwd",
    "C:/Windows/win.ini",
]


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as server:
        yield server


@pytest.fixture
async def http(server: RunningServer) -> AsyncIterator[Http]:
    async with asking(server.url) as http:
        yield http


@pytest.mark.parametrize("path", ["/", "/r/some-room", "/r/..."])
async def test_the_page_answers_at_home_and_in_every_room(http: Http, path: str) -> None:
    page = await http.get(path)
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.body == (web_root() / "index.html").read_bytes()


async def test_every_file_of_the_page_is_served_with_its_type(http: Http) -> None:
    root = web_root()
    files = [f for f in root.rglob("*") if f.suffix in CONTENT_TYPES and f.is_file()]
    assert files
    for file in files:
        answer = await http.get(f"/static/{file.relative_to(root).as_posix()}")
        assert answer.status == 200, file
        assert answer.headers["Content-Type"] == CONTENT_TYPES[file.suffix]
        assert answer.body == file.read_bytes()


async def test_a_browser_that_has_the_file_is_not_sent_it_again(http: Http) -> None:
    first = await http.get("/static/index.html")
    assert first.headers["Cache-Control"] == "no-cache"
    etag = first.headers["ETag"]
    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await http.get("/static/index.html", If_None_Match=condition)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == etag
    assert (await http.get("/static/index.html", If_None_Match='"other"')).status == 200


async def test_the_icon_and_head_requests_are_answered(http: Http) -> None:
    icon = await http.get("/favicon.ico")
    assert icon.headers["Content-Type"] == "image/svg+xml"
    head = await http.ask("HEAD", "/")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize("path", PATHS_OUTSIDE)
async def test_nothing_outside_the_web_root_is_served(http: Http, path: str) -> None:
    answer = await http.get(f"/static/{path}")
    assert answer.refusal == (404, "not-found")


@pytest.fixture
async def small_site(tmp_path: Path) -> AsyncIterator[tuple[Path, Http]]:
    root = tmp_path / "web"
    (root / "core").mkdir(parents=True)
    (root / "core" / "app.js").write_text("export {};")
    files = Files(root)

    async def static(request: web.Request) -> web.Response:
        return await files.answer(request, request.match_info["path"])

    async with running_server() as server:
        runner = web.AppRunner(app := web.Application(middlewares=server.app.middlewares))
        app.router.add_get("/static/{path:.*}", static)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with asking(f"http://127.0.0.1:{port}") as http:
            yield root, http
        await runner.cleanup()


async def test_symbolic_links_are_not_followed(small_site: tuple[Path, Http]) -> None:
    root, http = small_site
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "secret.js").write_text("secret")
    (root / "link.js").symlink_to(outside / "secret.js")
    (root / "linked").symlink_to(outside)
    (root / "within.js").symlink_to(root / "core" / "app.js")
    (root / "loop.js").symlink_to(root / "loop.js")
    assert (await http.get("/static/core/app.js")).status == 200
    for path in ("link.js", "linked/secret.js", "within.js", "loop.js"):
        assert (await http.get(f"/static/{path}")).refusal == (404, "not-found")


async def test_a_changed_file_is_sent_anew(small_site: tuple[Path, Http]) -> None:
    root, http = small_site
    before = await http.get("/static/core/app.js")
    (root / "core" / "app.js").write_text("export const changed = true;")
    after = await http.get("/static/core/app.js", If_None_Match=before.headers["ETag"])
    assert after.status == 200
    assert b"changed" in after.body
    (root / "core" / "app.js").unlink()
    assert (await http.get("/static/core/app.js")).status == 404
