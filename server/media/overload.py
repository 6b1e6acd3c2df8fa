"""Whether the server has time to spare; without it, nobody new is let in and calls go on."""

import asyncio
import contextlib
import time
from collections import deque

LOOK_EVERY_S = 0.5
LOOKS = 6
RECOVERED = 0.8
"""The share of a threshold under which both figures must come before newcomers are let in again."""
MIN_BUSY_S = 3.0


class Overload:
    """Watches how late the event loop is and how much of a core the process uses.

    Both are taken over the last three seconds: one late moment is not an overload.
    """

    def __init__(self, lag_s: float, cpu: float) -> None:
        """Busy from this lag of the event loop, and from this share of one core, on."""
        self._lag_s = lag_s
        self._cpu = cpu
        self._looks: deque[tuple[float, float]] = deque(maxlen=LOOKS)
        self._task: asyncio.Task[None] | None = None
        self._until = 0.0
        self.busy = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="overload")

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def look(self, now: float, late_s: float, cpu: float) -> None:
        """Take in how late the loop was, and the share of a core used since the last look."""
        self._looks.append((late_s, cpu))
        if len(self._looks) < LOOKS:
            return
        late = sorted(late for late, _ in self._looks)[LOOKS // 2]
        used = sum(cpu for _, cpu in self._looks) / LOOKS
        if late > self._lag_s or used > self._cpu:
            self.busy = True
            self._until = now + MIN_BUSY_S
        elif late < RECOVERED * self._lag_s and used < RECOVERED * self._cpu:
            self.busy = self.busy and now < self._until

    async def _watch(self) -> None:
        # Of this thread: media and signalling are carried by one event loop, and other threads
        # have other cores.
        asked, spent = time.monotonic(), time.thread_time()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now, used = time.monotonic(), time.thread_time()
            self.look(now, now - asked - LOOK_EVERY_S, (used - spent) / (now - asked))
            asked, spent = now, used
