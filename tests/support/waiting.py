"""Waiting for what tells nobody that it happened: looked for often, under a deadline."""

import asyncio
import contextlib
import time
from collections.abc import Callable

LOOK_EVERY_S = 0.01


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Return when `condition` holds.

    Raises:
        TimeoutError: it did not within `within_s` seconds.
    """
    deadline = time.monotonic() + within_s
    for _ in iter(condition, True):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within_s} s")
        await asyncio.sleep(LOOK_EVERY_S)


async def passed(event: asyncio.Event, within_s: float) -> None:
    """Let time pass, less if the event comes: for what must *not* happen meanwhile."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), within_s)
