"""The `greenroom` command as a process: how it starts, what it refuses, how it ends."""

import asyncio
import json
import os
import re
import resource
import signal
import socket
import ssl
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from server.config import env_name
from tests.support.server import ROOT, free_port

DEADLINE_S = 20.0


async def start(*options: str, ulimit: str = "", **environment: str) -> Process:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(env_name(""))}
    limited = ("sh", "-c", f'ulimit {ulimit} && exec "$@"', "sh") if ulimit else ()
    return await asyncio.create_subprocess_exec(
        *limited,
        sys.executable,
        *("-m", "server", "serve", *options),
        cwd=ROOT,
        env={**clean, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", **environment},
        stdout=PIPE,
        stderr=PIPE,
    )


async def run_to_the_end(*options: str, **environment: str) -> tuple[int | None, str, str]:
    process = await start(*options, **environment)
    async with asyncio.timeout(DEADLINE_S):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def contents(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.iterdir()}


@asynccontextmanager
async def started(*options: str, ulimit: str = "") -> AsyncIterator[tuple[Process, str]]:
    """A running server and what it printed at the start."""
    process = await start(*options, ulimit=ulimit)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            printed = await process.stdout.readuntil(b"Stop with Ctrl+C.")
        yield process, printed.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.mark.parametrize(
    ("options", "environment", "sentence"),
    [
        (("--port", "99999"), {}, "--port is '99999', but it must be"),
        ((), {"GREENROOM_STORE": "redis"}, "GREENROOM_STORE is 'redis', but it must be"),
        (("--config", "/no/such/file.toml"), {}, "cannot be read"),
        (("--tls", "files"), {}, "tls_cert and tls_key must both be set"),
        (
            ("--tls", "files", "--tls-cert", "/no/cert", "--tls-key", "/no/key"),
            {},
            "The certificate /no/cert",
        ),
    ],
)
async def test_a_bad_setting_stops_the_start_with_one_sentence(
    options: tuple[str, ...], environment: dict[str, str], sentence: str
) -> None:
    code, out, err = await run_to_the_end(*options, **environment)
    assert code == 2
    assert out == ""
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


async def test_an_address_in_use_is_said_in_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = await run_to_the_end("--port", str(port), "--store", "memory")
    assert code == 1
    assert f"127.0.0.1:{port}: address already in use." in err
    assert "Traceback" not in err


async def test_a_data_directory_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "greenroom.sqlite3").write_bytes(b"this is not a database" * 400)
    code, _, err = await run_to_the_end("--port", "0", "--data-dir", str(tmp_path))
    assert code == 1
    assert f"{tmp_path} cannot keep the data: file is not a database." in err
    assert "Traceback" not in err


async def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    async with started("--port", "0", "--data-dir", str(tmp_path)):
        code, _, err = await run_to_the_end("--port", "0", "--data-dir", str(tmp_path))
    assert code == 1
    assert err == (
        f"greenroom: {tmp_path} is in use by another Greenroom: stop that one, or choose another "
        "directory with --data-dir.\n"
    )


async def test_a_port_in_use_leaves_the_data_as_it_is(tmp_path: Path) -> None:
    async with started("--port", "0", "--data-dir", str(tmp_path)) as (process, _):
        process.kill()
        await process.communicate()
    before = contents(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, _ = await run_to_the_end(
            "--port", str(port), "--data-dir", str(tmp_path), "--tls", "self-signed"
        )
    assert code == 1
    assert contents(tmp_path) == before


async def test_the_data_directory_is_for_the_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with started("--port", "0", "--data-dir", str(data)):
        assert stat.S_IMODE(data.stat().st_mode) == 0o700


async def test_a_secret_is_not_printed(tmp_path: Path) -> None:
    options = ("--turn-secret", "canary", "--turn-username", "canary", "--data-dir", str(tmp_path))
    code, out, err = await run_to_the_end(*options)
    assert code == 2
    assert "canary" not in out + err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_in_time_with_sockets_open(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    options = ("--port", str(port), "--data-dir", str(tmp_path), "--log-format", "json")
    url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
    async with (
        started(*options) as (process, _),
        aiohttp.ClientSession() as session,
        session.ws_connect(url) as opened,
    ):
        await opened.receive_str()
        process.send_signal(number)
        async with asyncio.timeout(5):
            _, log = await process.communicate()
            while not opened.closed:
                await opened.receive()
    assert process.returncode == 0
    assert b'"stopped"' in log
    assert b"Traceback" not in log


async def test_it_prints_where_to_join_and_serves_there() -> None:
    async with started("--port", "0", "--store", "memory") as (_, printed):
        url = re.search(r"http://localhost:\d+", printed)
        assert url is not None
        async with (
            aiohttp.ClientSession() as session,
            session.get(url[0].replace("localhost", "127.0.0.1")) as page,
        ):
            assert page.status == 200
        assert "█" not in printed


async def test_on_a_network_it_prints_a_qr_code_and_speaks_tls(tmp_path: Path) -> None:
    options = ("--host", "0.0.0.0", "--port", "0", "--tls", "self-signed")
    async with started(*options, "--data-dir", str(tmp_path)) as (_, printed):
        port = re.search(r"https://localhost:(\d+)", printed)
        assert port is not None
        trusted = ssl.create_default_context(cafile=str(tmp_path / "self-signed.crt"))
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"https://localhost:{port[1]}/healthz", ssl=trusted) as answer,
        ):
            assert answer.status == 200
        fingerprint = "".join(re.findall(r"^  ((?:[0-9A-F]{2}:?){16})$", printed, re.MULTILINE))
        assert len(fingerprint.split(":")) == 32
        assert ("On your network" in printed) == ("█" in printed)


async def test_it_takes_as_many_open_files_as_it_may() -> None:
    options = ("--port", "0", "--store", "memory", "--max-connections", "100")
    async with started(*options, ulimit="-Sn 128") as (process, _):
        soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        assert soft == hard > 128
        process.terminate()
        _, log = await process.communicate()
    assert b"open-files-limit-low" not in log


async def test_too_few_open_files_are_said() -> None:
    options = ("--port", "0", "--store", "memory", "--log-format", "json")
    async with started(*options, ulimit="-n 512") as (process, _):
        process.terminate()
        _, log = await process.communicate()
    [warning] = [line for line in map(json.loads, log.splitlines()) if line["level"] == "warning"]
    assert warning["event"] == "open-files-limit-low"
    assert (warning["limit"], warning["needed"]) == (512, 6256)


async def test_help_names_every_setting() -> None:
    code, out, _ = await run_to_the_end("--help", COLUMNS="200", TERM="dumb")
    assert code == 0
    for option in ("--public-url", "--room-names", "--rooms-per-minute", "--config"):
        assert option in out
