"""The composition root: makes the parts, starts them in order and stops them backwards."""

import asyncio
import contextlib
import datetime as dt
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import structlog
from aiohttp import web

from server import __version__, http
from server.addresses import in_url
from server.config import Config
from server.data_dir import DataDirLock, DataDirTaken
from server.media.forwarder import Forwarder
from server.media.series import EffectSeries, MediaSeries
from server.metrics import LagProbe, Metrics
from server.signalling import Signalling
from server.store import NewerRecord, open_store
from server.tls import Tls, load_tls
from server.workers.workers import Workers

MAX_REQUEST_BYTES = 16_384
_SHUTDOWN_S = 1.5
_STOP_WITHIN_S = 4.0
_BACKLOG = 512

log = structlog.get_logger()


class CannotStart(Exception):
    """The address or the data directory cannot be used; the message is a sentence that says why."""


class Server:
    """One running Greenroom: reachable after `start()`, quiet after `close()`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.metrics = Metrics(__version__)
        self.app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        self.port = 0
        self.tls: Tls | None = None
        self.forwarder: Forwarder | None = None
        self.workers: Workers | None = None
        self._parts = AsyncExitStack()

    @property
    def url(self) -> str:
        """The address of this server as seen from this machine, without a path."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(
            self.config.host, self.config.host
        )
        return f"{'https' if self.tls else 'http'}://{in_url(host)}:{self.port}"

    async def start(self) -> None:
        """Raises ConfigError or CannotStart: the server cannot start; nothing is left behind."""
        try:
            await self._start()
        except BaseException:
            await self._parts.aclose()
            raise

    async def _start(self) -> None:
        # The port and the data directory are taken before anything in the directory is changed:
        # a second start by mistake must not touch what the first one keeps.
        listener = await asyncio.to_thread(_bind, self.config.host, self.config.port)
        self._parts.callback(listener.close)
        self.port = listener.getsockname()[1]
        if self.config.store != "memory":
            with _keeping_data_in(self.config.data_dir):
                lock = await asyncio.to_thread(DataDirLock, self.config.data_dir)
            self._parts.callback(lock.release)
        self.tls = await asyncio.to_thread(load_tls, self.config, dt.datetime.now(dt.UTC))
        with _keeping_data_in(self.config.data_dir):
            store = await open_store(self.config)
        self._parts.push_async_callback(store.close)
        self.workers = await self._start_workers()
        self.forwarder = await self._start_forwarder()
        catalogue = self.workers.library if self.workers else None
        signalling = Signalling(self.config, store, self.metrics, self.forwarder, catalogue)
        health = http.attach(self.app, self.config, store, self.metrics)
        signalling.attach(self.app)
        probe = LagProbe(self.metrics.event_loop_lag)
        probe.start()
        self._parts.push_async_callback(probe.close)
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        self._parts.push_async_callback(runner.cleanup)
        # After the runner, so that it is closed before it: open sockets would hold the runner up.
        self._parts.push_async_callback(signalling.close)
        with _keeping_data_in(self.config.data_dir):
            await signalling.start()
        await self._listen(runner, listener)
        self._parts.callback(setattr, health, "draining", True)
        log.info("started", version=__version__, store=self.config.store, tls=self.config.tls)

    async def _start_workers(self) -> Workers | None:
        if not self.config.effects or not self.config.forwarding:
            return None
        workers = Workers(self.config)
        self._parts.push_async_callback(workers.close)
        await workers.start()
        self.metrics.registry.register(EffectSeries(workers))
        return workers

    async def _start_forwarder(self) -> Forwarder | None:
        if not self.config.forwarding:
            return None
        forwarder = Forwarder(self.config, self.workers)
        try:
            await forwarder.start()
        except OSError as error:
            raise CannotStart(
                f"Media cannot use the UDP port {self.config.media_port}: {_reason(error)}. "
                "Choose another with --media-port, or do without with --no-forwarding."
            ) from None
        self._parts.push_async_callback(forwarder.close)
        self.metrics.registry.register(MediaSeries(forwarder))
        return forwarder

    async def _listen(self, runner: web.AppRunner, listener: socket.socket) -> None:
        context = self.tls.context if self.tls else None
        with _using_address(self.config.host, self.port):
            listener.listen(_BACKLOG)
        site = web.SockSite(runner, listener, ssl_context=context, backlog=_BACKLOG)
        await site.start()
        self._parts.push_async_callback(_stop, site)

    async def close(self) -> None:
        """End every connection and write what is accepted. Safe to call twice."""
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await self._parts.aclose()
        except TimeoutError:
            log.error("stopped-late")
        else:
            log.info("stopped")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()


async def _stop(site: web.SockSite) -> None:
    with contextlib.suppress(RuntimeError):  # the runner has stopped it already
        await site.stop()


@contextlib.contextmanager
def _keeping_data_in(directory: Path) -> Iterator[None]:
    """Say what is wrong with the data directory in a sentence."""
    try:
        yield
    except DataDirTaken as error:
        raise CannotStart(str(error)) from None
    except NewerRecord:
        raise CannotStart(
            f"{directory} was written by a newer Greenroom: update this one, or choose another "
            "directory with --data-dir."
        ) from None
    except (OSError, sqlite3.Error) as error:
        raise CannotStart(f"{directory} cannot keep the data: {_reason(error)}.") from None


@contextlib.contextmanager
def _using_address(host: str, port: int) -> Iterator[None]:
    """Say what is wrong with the address in a sentence."""
    try:
        yield
    except OSError as error:
        raise CannotStart(
            f"Cannot listen on {in_url(host)}:{port}: {_reason(error)}. "
            "Choose another with --host or --port."
        ) from None


def _bind(host: str, port: int) -> socket.socket:
    """Take the address; nobody can connect before `listen`.

    Raises:
        CannotStart: the address is taken, not ours, or not an address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotStart(f"The host {host} cannot be found: {error.strerror}.") from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        with _using_address(host, port):
            listener.bind(address)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _reason(error: OSError | sqlite3.Error) -> str:
    """The system's own words, as the end of a sentence."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
