"""Chromium for tests: the one of the system, with fake devices."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

EXECUTABLE = "/usr/bin/chromium"
_ALWAYS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_SOUND_WITHOUT_A_TOUCH = "--autoplay-policy=no-user-gesture-required"


@asynccontextmanager
async def chromium(
    *,
    devices: bool = True,
    frames_per_s: int = 20,
    sound: bool = True,
    more: Sequence[str] = (),
    executable: str = EXECUTABLE,
) -> AsyncIterator[Browser]:
    """A running Chromium.

    Args:
        devices: an allowed fake camera and microphone (a beep each second).
        frames_per_s: of that camera, in 720p; fewer leave two cores air for longer tests.
        sound: pages may play sound before anybody touched them.
        more: further command line switches.
        executable: what to start instead of the system's.
    """
    args = [*_ALWAYS, *more]
    if devices:
        args.append(f"--use-fake-device-for-media-stream=fps={frames_per_s}")
        args.append("--use-fake-ui-for-media-stream")
    if sound:
        args.append(_SOUND_WITHOUT_A_TOUCH)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=args)
        try:
            yield browser
        finally:
            await browser.close()
