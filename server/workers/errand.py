"""A question to a worker that is made for it and ends with its answer."""

import asyncio
import contextlib
import signal
from typing import Any

from server.workers.nursery import Nursery
from server.workers.process import Death, WorkerProcess
from server.workers.wire import Kind, note, read_note


class ErrandFailed(Exception):
    """No answer came; the message is a sentence that says why."""


class ErrandLost(ErrandFailed):
    """No process could be made, or all were lost at once: what was asked for may be good."""


async def run_errand(
    nursery: Nursery, job: dict[str, Any], within_s: float, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Ask, and wait for the one note that is the answer.

    Args:
        nursery: who forks the worker.
        job: see `jobs.run`; it is short.
        within_s: how long that may take.
        more: what goes to the worker itself, of any length.

    Raises:
        ErrandFailed: the process died, or the time is up.
        ErrandLost: see there.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[dict[str, Any]] = loop.create_future()
    ended: asyncio.Future[Death] = loop.create_future()

    def told(_: WorkerProcess, __: Kind, message: bytes) -> None:
        if not answer.done():
            answer.set_result(read_note(message))

    def died(_: WorkerProcess, death: Death) -> None:
        ended.set_result(death)

    try:
        process = WorkerProcess(nursery, job, told, died)
    except OSError as error:
        raise ErrandLost(f"No process could be made: {error.strerror}.") from error
    try:
        if more is not None:
            process.send(Kind.NOTE, note(more))
        futures: set[asyncio.Future[Any]] = {answer, ended}
        await asyncio.wait(futures, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        if not ended.done():
            raise ErrandFailed(f"It took longer than {within_s:g} s to load.")
        raise _failed(ended.result())
    finally:
        answer.cancel()
        process.end()
        process.kill()
        if not ended.done():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), within_s)


def _failed(death: Death) -> ErrandFailed:
    if death.code is None:
        return ErrandLost("All processes of effects ended while it was loaded.")
    with contextlib.suppress(ValueError):
        name = signal.Signals(-death.code).name
        return ErrandFailed(f"It ended the process that loaded it ({name}).")
    return ErrandFailed("It ended the process that loaded it.")
