"""A network that fails and changes under a call: a cable between two hosts is pulled."""

import asyncio
import os
import shutil
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.chromium import EXECUTABLE, chromium
from tests.support.guest import guest
from tests.support.netns import HUB_ADDRESS, Cable, cable
from tests.support.server import ServerProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("ip") is None,
        reason="making network namespaces needs root and iproute2",
    ),
]

FAILED = """
() => Object.values(greenroomDebug.peerConnections())
  .every((connection) => connection.connectionState === "failed")
"""
NEW_ROOM = """
async () => {
  const {id, host_key} = await (await fetch("/api/rooms", {method: "POST"})).json();
  localStorage.setItem("greenroom.host-keys", JSON.stringify([[id, host_key]]));
  return id;
}
"""
OUT_OF_REACH = "The room server is out of reach"


def chromium_in(
    it: Cable, namespace: str, url: str, directory: Path
) -> AbstractAsyncContextManager[Browser]:
    return chromium(
        executable=it.inside(namespace, EXECUTABLE, directory),
        more=(f"--unsafely-treat-insecure-origin-as-secure={url}",),
    )


async def test_a_call_that_failed_goes_on_at_another_address(tmp_path: Path) -> None:
    async with cable() as it:
        server = ServerProcess(tmp_path, host=HUB_ADDRESS, inside=it.hub)
        await server.start()
        try:
            await _move(it, server.url, tmp_path)
        finally:
            await server.stop()


async def test_a_call_by_the_server_goes_on_at_another_address(tmp_path: Path) -> None:
    async with cable() as it:
        server = ServerProcess(tmp_path, host=HUB_ADDRESS, inside=it.hub)
        await server.start()
        try:
            await _move_by_the_server(it, server.url, tmp_path)
        finally:
            await server.stop()


async def _move_by_the_server(it: Cable, url: str, directory: Path) -> None:
    async with (
        chromium_in(it, it.hub, url, directory) as near,
        chromium_in(it, it.away, url, directory) as far,
        guest(near, url) as ana,
        guest(far, url) as bo,
    ):
        await ana.page.goto(url)
        room_id = await ana.page.evaluate(NEW_ROOM)
        await asyncio.gather(ana.walk_in(room_id, "Ana"), bo.walk_in(room_id, "Bo"))
        await ana.button("More").click()
        await ana.page.get_by_role("menuitemradio", name="Always through the server").click()
        await asyncio.gather(*(one.sees_all_by("forwarded", 1) for one in (ana, bo)))
        await asyncio.gather(*(one.hears_and_sees(1) for one in (ana, bo)))
        await it.cut()
        await expect(bo.page.get_by_text(OUT_OF_REACH)).to_be_visible(timeout=30_000)
        await it.renumber()
        await it.mend()
        await expect(bo.page.get_by_text(OUT_OF_REACH)).to_be_hidden(timeout=30_000)
        await asyncio.gather(*(one.hears_and_sees(1) for one in (ana, bo)))
        await asyncio.gather(*(one.sees_all_by("forwarded", 1) for one in (ana, bo)))


async def _move(it: Cable, url: str, directory: Path) -> None:
    async with (
        chromium_in(it, it.hub, url, directory) as near,
        chromium_in(it, it.away, url, directory) as far,
        guest(near, url) as ana,
        guest(far, url) as bo,
    ):
        await ana.page.goto(url)
        room_id = await ana.page.evaluate(NEW_ROOM)
        await asyncio.gather(ana.walk_in(room_id, "Ana"), bo.walk_in(room_id, "Bo"))
        await asyncio.gather(ana.hears_and_sees(1), bo.hears_and_sees(1))
        before = [*(await ana.inbound()), *(await bo.inbound())]
        await it.cut()
        await asyncio.gather(
            *(one.page.wait_for_function(FAILED, timeout=60_000) for one in (ana, bo))
        )
        await expect(bo.page.get_by_text(OUT_OF_REACH)).to_be_visible(timeout=30_000)
        await it.renumber()
        await it.mend()
        await asyncio.gather(ana.hears_and_sees(1), bo.hears_and_sees(1))
        assert [*(await ana.inbound()), *(await bo.inbound())] == before
        for one in (ana, bo):
            await expect(one.page.locator("figure.tile")).to_have_count(2)
            await expect(one.page.locator(".tile--dim")).to_have_count(0)
        await expect(bo.page.get_by_text(OUT_OF_REACH)).to_be_hidden()
