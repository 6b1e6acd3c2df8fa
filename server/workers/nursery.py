"""The fork server as the server's own process sees it."""

import asyncio
import contextlib
import itertools
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from server.workers.channel import Channel, socket_pair
from server.workers.printed import Printed
from server.workers.wire import PIECE, Kind, Nonsense, note, read_note

READY_WITHIN_S: Final = 15.0
CLOSE_WITHIN_S: Final = 2.0
GOOD_AFTER_S: Final = 60.0
"""After so long in service, a loss counts as the first."""
_RETRY_S: Final = (0.1, 1.0, 5.0)
_KEPT: Final = ("PATH", "TZ", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")
"""Of the environment, what a filter may need. Keys and passwords are not among it."""
_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

log = structlog.get_logger()

OnExit = Callable[[int | None], None]
"""Called with the exit code, the negative number of a signal if one ended it. None: it could not be
made, or the fork server took it along."""


class Nursery:
    """Starts the fork server, again when it dies, and lets it fork.

    Args:
        models: the operator's directory of models.
        memory_mb: what a worker may use beyond what it has at its start.
    """

    def __init__(self, models: Path | None, memory_mb: int) -> None:
        self._settings = {"models": None if models is None else str(models.absolute())}
        self._memory_mb = memory_mb
        self._tickets = itertools.count(1)
        self._exits: dict[int, OnExit] = {}
        self._channel: Channel | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = asyncio.Event()
        self._gone = asyncio.Event()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> bool:
        """Whether it was ready in time. It goes on trying, if not."""
        self._task = asyncio.create_task(self._keep_running())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), READY_WITHIN_S)
        return self._ready.is_set()

    async def ready(self) -> None:
        """Wait until there is a fork server, for as long as that takes."""
        await self._ready.wait()

    def fork(self, job: dict[str, Any], sock: socket.socket, page: int, on_exit: OnExit) -> int:
        """Ask for a worker.

        Args:
            job: see `jobs.run`; less than a `PIECE`.
            sock: the worker's end; it is given away, and so is `page`.
            page: the descriptor of its vitals.
            on_exit: called once, never from here.

        Returns:
            a ticket for `kill`.
        """
        ticket = next(self._tickets)
        self._exits[ticket] = on_exit
        request = {"do": "fork", "ticket": ticket, "memory_mb": self._memory_mb, "job": job}
        message = note(request)
        # The fork server reads pieces, not messages: there, nothing of a worker's may take long.
        if self._channel is None or len(message) >= PIECE:
            sock.close()
            os.close(page)
            asyncio.get_running_loop().call_soon(self._exited, ticket, None)
            return ticket
        self._channel.send(Kind.NOTE, message, files=(sock.detach(), page))
        return ticket

    def kill(self, ticket: int) -> None:
        """End a worker at once, and what it has started. Its `on_exit` is called."""
        if self._channel is not None:
            self._channel.send(Kind.NOTE, note({"do": "kill", "ticket": ticket}))

    async def close(self) -> None:
        """End the fork server and all workers."""
        self._closing.set()
        if self._channel is not None:
            self._channel.end()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._task), CLOSE_WITHIN_S)
            if self._process is not None:
                self._process.kill()
            await self._task

    async def _keep_running(self) -> None:
        loop, attempt = asyncio.get_running_loop(), -1
        while True:
            began = loop.time()
            await self._run_once()
            if self._closing.is_set():
                return
            attempt = 0 if loop.time() - began > GOOD_AFTER_S else attempt + 1
            log.warning("filter-processes-lost", attempt=attempt)
            pause = _RETRY_S[min(attempt, len(_RETRY_S) - 1)]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)
            if self._closing.is_set():
                return

    async def _run_once(self) -> None:
        """From the start of one fork server to its end."""
        self._gone.clear()
        try:
            ours, theirs = socket_pair()
            printed = Printed()
        except OSError as error:
            log.error("filter-processes-cannot-start", reason=error.strerror)
            return
        self._channel = Channel(ours, self._told, self._gone.set)
        self._channel.send(Kind.NOTE, note(self._settings))
        try:
            with theirs:
                self._process = await asyncio.to_thread(_spawn, theirs, printed.theirs)
            if self._closing.is_set():
                self._channel.end()
            await self._gone.wait()
            await asyncio.to_thread(_reap, self._process)
        except OSError as error:
            log.error("filter-processes-cannot-start", reason=error.strerror)
        finally:
            self._process = None
            self._ready.clear()
            self._channel.close()
            self._channel = None
            printed.close()
            for ticket in list(self._exits):
                self._exited(ticket, None)

    def _told(self, _: Kind, message: bytes) -> None:
        value = read_note(message)
        if value.get("ready"):
            self._ready.set()
            return
        ticket, code = value.get("ticket"), value.get("code")
        if not isinstance(ticket, int) or not isinstance(code, int):
            raise Nonsense
        if value.get("error"):
            log.error("filter-process-cannot-start", reason=value["error"])
            code = None
        self._exited(ticket, code)

    def _exited(self, ticket: int, code: int | None) -> None:
        on_exit = self._exits.pop(ticket, None)
        if on_exit is not None:
            on_exit(code)


def _spawn(theirs: socket.socket, printed: socket.socket) -> subprocess.Popen[bytes]:
    descriptors = theirs.fileno(), printed.fileno()
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "server.workers.fork", *map(str, descriptors)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=_environment(),
        pass_fds=descriptors,
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # The same packages as here, wherever they were found.
    path = os.pathsep.join(os.path.abspath(part) for part in sys.path)
    return {**kept, "PYTHONPATH": path, **dict.fromkeys(_ONE_THREAD, "1")}


def _reap(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(CLOSE_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
