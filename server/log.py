"""Structured logs without personal data: events with names, ids hashed, no free text from people.

`configure` is called once by the command; modules only do `log = structlog.get_logger()`.
"""

import asyncio
import hashlib
import logging
import secrets
import sys
import time
import traceback
from collections.abc import Callable, MutableMapping
from typing import Any, Final, Literal, TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError
from structlog.typing import EventDict, WrappedLogger

_WITHHELD: Final = frozenset(
    {
        "address", "answer", "auth", "candidate", "candidates", "client_id", "cookie", "credential",
        "data", "environ", "headers", "host_key", "ip", "key", "message", "name", "offer",
        "origin", "participant", "participant_id", "password", "path", "payload", "peer", "query",
        "remote", "request", "room", "room_id", "sdp", "secret", "sid", "text", "title",
        "token", "url", "user",
    }
)  # fmt: skip
_HASH_KEY: Final = secrets.token_bytes(16)
# They print to stderr as well, past the chain, unless they find a level set.
_PRINT_BY_THEMSELVES: Final = ("engineio.server", "socketio.server")
_MAX_FRAMES: Final = 8
_REPEATS_PER_WINDOW: Final = 10
_WINDOW_S: Final = 60.0
_MAX_TRACKED_EVENTS: Final = 512


class HashedId(str):
    """The short form of an id that may stand in a log."""

    __slots__ = ()


def hash_id(value: str) -> HashedId:
    """Shorten an id so that one run's log lines can be told apart and none leads back to a room.

    The key is new in every process, and a room id is a capability: a plain hash of a chosen room
    name could be found by trying names.
    """
    digest = hashlib.blake2s(value.encode(), key=_HASH_KEY, digest_size=6)
    return HashedId(digest.hexdigest())


def withhold_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop what must not be logged, and say which keys were dropped. Hashed ids may stay."""
    found = sorted(k for k in event if k in _WITHHELD and not isinstance(event[k], HashedId))
    for key in found:
        del event[key]
    if found:
        event["withheld"] = found
    return event


def describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and places in the code.

    Its message and its values stay out: they may quote what a person sent.
    """
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
        event["error"] = type(error).__name__
        event["where"] = [f"{_short(f.filename)}:{f.lineno} {f.name}" for f in frames]
        cause = error.__cause__ or error.__context__
        if cause is not None:
            event["cause"] = type(cause).__name__
    return event


def _short(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-2:])


class LimitRepeats:
    """Lets at most ten warnings of one kind through in a minute, then counts the rest.

    The first one of the next minute carries the count as `suppressed`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[tuple[object, ...], tuple[float, int]] = {}

    def __call__(self, _: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if method not in ("warning", "error", "exception", "critical"):
            return event
        kind = (event.get("event"), event.get("code"), event.get("library"), event.get("template"))
        now = self._clock()
        started, seen = self._windows.get(kind, (now, 0))
        if now - started >= _WINDOW_S:
            suppressed = seen - _REPEATS_PER_WINDOW
            started, seen = now, 0
            if suppressed > 0:
                event["suppressed"] = suppressed
        if len(self._windows) >= _MAX_TRACKED_EVENTS and kind not in self._windows:
            self._windows.clear()
        self._windows[kind] = (started, seen + 1)
        if seen >= _REPEATS_PER_WINDOW:
            raise structlog.DropEvent
        return event


class _FromLibraries(logging.Handler):
    """Passes on what libraries log: the template, without arguments that hold addresses and ids."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | RequestPayloadError):
            # aiohttp takes it for an error of ours, but the asker did not speak HTTP.
            structlog.get_logger().warning("request-unreadable", error=type(error).__name__)
            return
        template = str(record.msg).split("\n", 1)[0][:120] if record.args else None
        extra: MutableMapping[str, Any] = {"template": template} if template else {}
        structlog.get_logger().log(
            record.levelno,
            "library-message",
            library=record.name,
            exc_info=record.exc_info,
            **extra,
        )


def configure(
    log_format: Literal["auto", "console", "json"], log_level: str, stream: TextIO | None = None
) -> None:
    """Send every log line of this process, libraries included, through one chain to `stream`."""
    out = stream or sys.stderr
    level = logging.getLevelNamesMapping()[log_level.upper()]
    console = log_format == "console" or (log_format == "auto" and out.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            LimitRepeats(),
            describe_exception,
            withhold_personal_data,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=out.isatty())
            if console
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_FromLibraries()]
    root.setLevel(max(level, logging.WARNING))
    for name in _PRINT_BY_THEMSELVES:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(root.level)


def unhandled(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the event loop calls for an error that nobody awaited."""
    structlog.get_logger().error("unhandled-error", exc_info=context.get("exception"))
