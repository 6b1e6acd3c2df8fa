"""A question to a worker that is made for it and ends with its answer."""

import asyncio
import contextlib
import signal
from typing import Any

from server.workers.nursery import Nursery
from server.workers.process import Death, WorkerProcess
from server.workers.wire import Kind, read_note


class ErrandFailed(Exception):
    """No answer came; the message is a sentence that says why."""


async def run_errand(nursery: Nursery, job: dict[str, Any], within_s: float) -> dict[str, Any]:
    """Ask, and wait for the one note that is the answer.

    Raises:
        ErrandFailed: the process died, or the time is up.
        OSError: the system has no descriptors left.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[dict[str, Any]] = loop.create_future()
    ended: asyncio.Future[Death] = loop.create_future()

    def told(_: WorkerProcess, __: Kind, message: bytes) -> None:
        if not answer.done():
            answer.set_result(read_note(message))

    def died(_: WorkerProcess, death: Death) -> None:
        ended.set_result(death)

    process = WorkerProcess(nursery, job, told, died)
    try:
        futures: set[asyncio.Future[Any]] = {answer, ended}
        await asyncio.wait(futures, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if not ended.done():
            raise ErrandFailed(f"It took longer than {within_s:g} s to load.")
        raise ErrandFailed(_last_words(ended.result()))
    finally:
        answer.cancel()
        process.end()
        process.kill()
        if not ended.done():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended, within_s)


def _last_words(death: Death) -> str:
    if death.code is None:
        return "No process could be made to load it."
    with contextlib.suppress(ValueError):
        return f"It ended the process that loaded it ({signal.Signals(-death.code).name})."
    return "It ended the process that loaded it."
