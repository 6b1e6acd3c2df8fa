"""docs/http.md and docs/metrics.md against what the server has, in both directions."""

import re
from pathlib import Path

from aiohttp import web

from server.config import Config
from server.http import attach
from server.http.errors import STATUSES
from server.media.forwarder import Forwarder
from server.media.series import EffectSeries, MediaSeries
from server.metrics import Metrics
from server.store import MemoryStore
from server.workers.workers import Workers

DOCS = Path(__file__).parents[2] / "docs"


def headings(page: str) -> set[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return set(re.findall(r"^### (.+)$", text, re.MULTILINE))


async def test_every_route_has_a_heading() -> None:
    app = web.Application()
    attach(app, Config(), MemoryStore(100), Metrics("1"))
    routes = {
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource is not None and route.method not in ("HEAD", "OPTIONS")
    }
    assert headings("http.md") == routes


def test_every_error_code_is_in_the_table_with_its_status() -> None:
    text = (DOCS / "http.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", text, re.MULTILINE))
    assert rows == {(error.code, str(status.value)) for error, status in STATUSES.items()}


def test_every_series_has_a_heading() -> None:
    metrics = Metrics("1")
    metrics.registry.register(MediaSeries(Forwarder(Config())))
    metrics.registry.register(EffectSeries(Workers(Config())))
    rendered = metrics.render().decode()
    series = set(re.findall(r"^# TYPE (greenroom_\w+)", rendered, re.MULTILINE))
    assert headings("metrics.md") == series
