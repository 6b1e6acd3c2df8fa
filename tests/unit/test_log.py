import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage

from server import log


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    log.configure("json", "info", out)
    yield out
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def last(lines: io.StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(lines.getvalue().splitlines()[-1])
    return line


@pytest.mark.parametrize(
    "key", ["name", "text", "token", "sdp", "address", "host_key", "title", "candidate", "room_id"]
)
def test_personal_data_is_withheld_and_said_to_be(key: str, lines: io.StringIO) -> None:
    structlog.get_logger().info("joined", count=1, **{key: "canary"})
    assert "canary" not in lines.getvalue()
    assert last(lines)["withheld"] == [key]
    assert last(lines)["count"] == 1


def test_hashed_ids_may_be_logged(lines: io.StringIO) -> None:
    structlog.get_logger().info("joined", room=log.hash_id("secret-room"))
    assert "secret-room" not in lines.getvalue()
    assert last(lines)["room"] == log.hash_id("secret-room")
    assert len(log.hash_id("x")) == 12
    assert log.hash_id("x") != log.hash_id("y")


def test_an_exception_is_told_by_type_and_place_without_its_words(lines: io.StringIO) -> None:
    try:
        try:
            raise KeyError("canary")
        except KeyError as error:
            raise ValueError("canary said: v=0") from error
    except ValueError:
        structlog.get_logger().exception("request-failed")
    line = last(lines)
    assert "canary" not in lines.getvalue()
    assert "Traceback" not in lines.getvalue()
    assert (line["error"], line["cause"]) == ("ValueError", "KeyError")
    assert line["where"][-1].startswith("unit/test_log.py:")


def test_what_libraries_log_keeps_its_template_only(lines: io.StringIO) -> None:
    logging.getLogger("engineio.server").warning("client %s said %s", "10.0.0.7", "canary")
    line = last(lines)
    assert line["event"] == "library-message"
    assert line["library"] == "engineio.server"
    assert line["template"] == "client %s said %s"
    assert "canary" not in lines.getvalue()
    logging.getLogger("aiortc").warning("formatted already: canary")
    assert "canary" not in lines.getvalue()


def test_what_is_not_http_is_no_error_of_ours(lines: io.StringIO) -> None:
    for _ in range(20):
        try:
            raise BadHttpMessage("canary")
        except BadHttpMessage:
            logging.getLogger("aiohttp.server").exception("Error from %s", "10.0.0.7")
    assert last(lines)["event"] == "request-unreadable"
    assert (last(lines)["level"], last(lines)["error"]) == ("warning", "BadHttpMessage")
    assert "canary" not in lines.getvalue()
    assert "10.0.0.7" not in lines.getvalue()
    assert len(lines.getvalue().splitlines()) == 10


def test_libraries_are_heard_from_warnings_on(lines: io.StringIO) -> None:
    logging.getLogger("engineio.server").info("hello")
    assert lines.getvalue() == ""


def test_the_level_holds(lines: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    assert lines.getvalue() == ""


def test_repeated_warnings_are_counted_and_not_printed() -> None:
    now = 0.0
    limit = log.LimitRepeats(clock=lambda: now)

    def warn() -> dict[str, Any]:
        return dict(limit(None, "warning", {"event": "flooded"}))

    for _ in range(10):
        assert warn() == {"event": "flooded"}
    for _ in range(5):
        with pytest.raises(structlog.DropEvent):
            warn()
    assert limit(None, "warning", {"event": "other"}) == {"event": "other"}
    assert limit(None, "info", {"event": "flooded"}) == {"event": "flooded"}
    now = 61.0
    assert warn() == {"event": "flooded", "suppressed": 5}
    assert warn() == {"event": "flooded"}


def test_the_console_form_is_for_people(lines: io.StringIO) -> None:
    out = io.StringIO()
    log.configure("console", "info", out)
    structlog.get_logger().info("started", store="memory")
    assert "started" in out.getvalue()
    assert "store=memory" in out.getvalue()
    assert not lines.getvalue()
