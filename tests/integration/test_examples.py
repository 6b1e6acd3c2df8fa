"""What lies in examples/ works as it says."""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp

from server.config import load_config
from tests.support.server import ROOT, running_server

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_example_configuration_is_accepted() -> None:
    config = load_config(config_file=EXAMPLES / "greenroom.toml")
    assert config.public_url == "https://meet.example.org"
    assert config.room_names


def test_every_example_is_listed() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in EXAMPLES.iterdir():
        assert path.name == "README.md" or path.is_dir() or f"`{path.name}`" in page


async def test_a_program_makes_a_room() -> None:
    async with running_server() as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            EXAMPLES / "new_room.py",
            server.url,
            "Monday meeting",
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 20)
        url = said.decode().strip()
        assert url.startswith(f"{server.url}/r/")
        api = url.replace("/r/", "/api/rooms/")
        async with aiohttp.ClientSession() as session, session.get(api) as response:
            assert (await response.json())["title"] == "Monday meeting"


async def run(*command: str | Path, **environment: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdout=PIPE, stderr=PIPE, cwd=ROOT, env={**os.environ, **environment}
    )
    async with asyncio.timeout(50):
        said, complained = await process.communicate()
    return process.returncode, (said + complained).decode()


async def test_a_package_of_filters_is_found_once_it_is_installed(tmp_path: Path) -> None:
    """With pip, from its own pyproject.toml; nothing of the checkout is on the way to it."""
    source = shutil.copytree(EXAMPLES / "halftone", tmp_path / "halftone")
    installed = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    code, said = await run(*pip, "--no-build-isolation", "--target", installed, source)
    assert code == 0, said
    shutil.rmtree(source)
    found = (sys.executable, "-m", "server", "filter", "bench", "halftone.dots")
    code, said = await run(*found, PYTHONPATH=str(installed))
    assert code == 0, said
    assert "640x360" in said
    code, said = await run(*found)
    assert code == 2, said
