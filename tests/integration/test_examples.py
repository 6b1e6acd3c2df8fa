"""What lies in examples/ works as it says."""

import asyncio
import sys
from pathlib import Path

import aiohttp

from server.config import load_config
from tests.support.server import running_server

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
