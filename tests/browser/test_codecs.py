"""Rooms whose server prefers another codec than VP8: what all members decode is what they get."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.browser.test_forwarded import FORWARDED, Call, call_of
from tests.support.chromium import chromium
from tests.support.effects_page import card, sees_result, show
from tests.support.guest import guest
from tests.support.server import running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

DECODED = "() => RTCRtpReceiver.getCapabilities('video').codecs.map((codec) => codec.mimeType)"
WITHOUT = """
const capabilities = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
RTCRtpReceiver.getCapabilities = (kind) => {
  const all = capabilities(kind);
  return {...all, codecs: all.codecs.filter((codec) => codec.mimeType !== "video/%s")};
};
"""


SHOWN = """
async () => {
  const [shown] = Object.values(greenroomDebug.shown());
  const report = await shown.connection.getStats();
  const counted = Array.from(report.values()).find(
    (one) => one.type === "inbound-rtp" && one.trackIdentifier === shown.video.track.id);
  return report.get(counted?.codecId)?.mimeType.replace("video/", "");
}
"""


async def shown_codecs(call: Call) -> set[str]:
    return {await one.page.evaluate(SHOWN) for one in call.people}


@pytest.mark.parametrize("codec", ["VP9", "H264"])
async def test_a_room_has_the_codec_that_the_server_prefers_and_effects_read_it(
    codec: str,
) -> None:
    async with (
        chromium(frames_per_s=10) as browser,
        running_server(video_codecs=(codec, "VP8"), direct_after_s=0.5, effects=True) as server,
        AsyncExitStack() as stack,
    ):
        async with guest(browser, server.url) as one:
            await one.page.goto(server.url)
            if f"video/{codec}" not in await one.page.evaluate(DECODED):
                pytest.skip(f"this Chromium has no {codec}")
        call = await call_of(stack, browser, server, 2)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        assert await shown_codecs(call) == {codec}

        ana, bo = call.people
        await ana.page.keyboard.press("e")
        await card(ana, "grayscale").click()
        await sees_result(ana)
        await show(ana)
        await bo.page.wait_for_function(f"async () => (await ({SHOWN})()) === 'VP8'", polling=100)
        await bo.hears_and_sees(1)


async def test_a_room_changes_to_what_a_newcomer_decodes() -> None:
    async with (
        chromium(frames_per_s=10) as browser,
        running_server(video_codecs=("VP9", "VP8"), direct_after_s=0.5) as server,
        AsyncExitStack() as stack,
    ):
        call = await call_of(stack, browser, server, 2)
        await call.choose(FORWARDED)
        await call.all_by("forwarded")
        await call.come_in("Cy", WITHOUT % "VP9")
        await asyncio.gather(*(one.hears_and_sees(2) for one in call.people))
