"""The real server for tests: in this process, or as a process that can be killed."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from server.app import Server
from server.config import Config, env_name
from tests.support.waiting import LOOK_EVERY_S

START_WITHIN_S = 20.0
STOP_WITHIN_S = 10.0
STARTED = '"event": "started"'
ROOT = Path(__file__).resolve().parents[2]

RunningServer = Server


NEVER_BUSY = {"overload_cpu": 1.0, "overload_lag_ms": 10_000}
"""Tests press a server harder, on slower machines, than would leave it time for newcomers."""


WITHOUT_EFFECTS = {"effects": False}
"""Unless a test is about them: worker processes take a second to come up."""


@asynccontextmanager
async def running_server(**settings: Any) -> AsyncIterator[RunningServer]:
    """The real application on free ports of the loopback interface, with rooms in memory."""
    usual = {
        "port": 0,
        "media_port": 0,
        "store": "memory",
        "rooms_per_minute": 100_000,
        **NEVER_BUSY,
        **WITHOUT_EFFECTS,
    }
    config = Config(**{**usual, **settings})
    async with Server(config) as server:
        if server.workers is not None:  # the start itself does not wait for slow filters
            async with asyncio.timeout(START_WITHIN_S):
                await server.workers.library.settled()
        yield server


class ServerProcess:
    """`greenroom serve` as a process, on the same port and data directory from start to start.

    Args:
        directory: where its data and its log are kept.
        host: the address to listen on.
        inside: the network namespace to run in, if not this one; see tests/support/netns.py.
        settings: as in docs/configuration.md, by name.
    """

    def __init__(
        self, directory: Path, *, host: str = "127.0.0.1", inside: str = "", **settings: Any
    ) -> None:
        self._directory = directory
        usual = {"host": host, "rooms_per_minute": 100_000, **NEVER_BUSY, **WITHOUT_EFFECTS}
        self._settings = {**usual, **settings}
        self._prefix = ("ip", "netns", "exec", inside) if inside else ()
        self._process: asyncio.subprocess.Process | None = None
        self._starts_before = 0
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        self.log = directory / "server.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        settings = {
            "port": self.port,
            "media_port": 0,
            "data_dir": self._directory / "data",
            "log_format": "json",
            **self._settings,
        }
        clean = {k: v for k, v in os.environ.items() if not k.startswith(env_name(""))}
        self._starts_before = self.log.read_text().count(STARTED) if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._prefix,
                sys.executable,
                "-m",
                "server",
                "serve",
                cwd=ROOT,
                env={**clean, **{env_name(name): str(value) for name, value in settings.items()}},
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_WITHIN_S):
            for _ in iter(self._started, True):
                if self._process.returncode is not None:
                    raise RuntimeError(f"the server did not start:\n{self.log.read_text()}")
                await asyncio.sleep(LOOK_EVERY_S)

    def _started(self) -> bool:
        """It says so in its log once it listens; that can be read across namespaces."""
        return self.log.read_text().count(STARTED) > self._starts_before

    def configure(self, **settings: Any) -> None:
        """Change settings for the next start."""
        self._settings |= settings

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
