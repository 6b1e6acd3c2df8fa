"""Chromium for tests: the one of the system, with fake devices."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, async_playwright

EXECUTABLE = "/usr/bin/chromium"
_ALWAYS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
_SOUND_WITHOUT_A_TOUCH = "--autoplay-policy=no-user-gesture-required"


@asynccontextmanager
async def chromium(
    *,
    devices: bool = True,
    sound: bool = True,
    more: Sequence[str] = (),
    executable: str = EXECUTABLE,
) -> AsyncIterator[Browser]:
    """A running Chromium.

    Args:
        devices: an allowed fake camera (20 frames a second) and microphone (a beep each second).
        sound: pages may play sound before anybody touched them.
        more: further command line switches.
        executable: what to start instead of the system's.
    """
    args = [*_ALWAYS, *more]
    if devices:
        args += _FAKE_DEVICES
    if sound:
        args.append(_SOUND_WITHOUT_A_TOUCH)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=args)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def person(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Somebody's own browser profile: nothing is shared with the others but the machine."""
    context = await browser.new_context()
    try:
        yield context
    finally:
        await context.close()
