"""What filters would make of somebody's picture: one worker for all who look at the cards."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from rooms.errors import Busy, InvalidPicture, UnknownFilter
from server.workers.nursery import Nursery
from server.workers.pictures import picture_size
from server.workers.plan import Shelf
from server.workers.process import Death, WorkerProcess
from server.workers.vitals import Phase
from server.workers.wire import Kind, Nonsense, note, picture_parts, read_note, read_picture

MAX_SIDE: Final = 640
MAX_WAITING: Final = 4
"""Requests at a time; there is one worker."""
MAX_FILTERS: Final = 6
ANSWER_WITHIN_S: Final = 2.5
"""Less than the page's request may take: what is there by then is shown."""
SLOW_S: Final = 1.0
"""Who ran for so long when the time was up is to blame for that."""
IDLE_S: Final = 30.0
"""After that the worker ends, and with it what its filters remember."""
SHUNNED_S: Final = 60.0
"""A filter that its worker died of, or that took all the time, is not tried for so long."""


@dataclass(slots=True)
class _Request:
    number: int
    names: list[str]
    done: asyncio.Future[bool]
    answered: bool = False
    pictures: dict[str, bytes] = field(default_factory=dict)


class Previews:
    """Keeps a worker while there is something to show.

    Args:
        deadline_s: for one filter; more when it has to be started.
    """

    def __init__(self, nursery: Nursery, shelf: Shelf, deadline_s: float) -> None:
        self._nursery = nursery
        self._shelf = shelf
        self._deadline_s = deadline_s
        self._process: WorkerProcess | None = None
        self._dying: dict[WorkerProcess, _Request] = {}
        self._all_dead = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._numbers = 0
        self._request: _Request | None = None
        self._shunned: dict[str, float] = {}
        self._used_at = 0.0

    async def show(self, owner: str, image: bytes, names: Sequence[str]) -> dict[str, bytes]:
        """JPEGs by name of the filter; those that cannot be shown are not there.

        Raises:
            InvalidPicture: it is not a JPEG, or a large one.
            Busy: others wait already.
        """
        if max(picture_size(image)) > MAX_SIDE or not image.startswith(b"\xff\xd8"):
            raise InvalidPicture
        if self._waiting >= MAX_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                return await self._show(owner, image, names[:MAX_FILTERS])
        finally:
            self._waiting -= 1

    async def _show(self, owner: str, image: bytes, names: Sequence[str]) -> dict[str, bytes]:
        loop = asyncio.get_running_loop()
        self._used_at = loop.time()
        usable = [name for name in names if self._can_be_tried(name)]
        process = self._worker()
        self._numbers += 1
        request = self._request = _Request(self._numbers, usable, loop.create_future())
        sources = map(self._shelf.source_of, usable)
        filters = [
            {"name": name, "source": source and asdict(source)}
            for name, source in zip(usable, sources, strict=True)
        ]
        wanted = {"number": request.number, "owner": owner, "filters": filters}
        process.send(Kind.NOTE, note(wanted))
        process.send(Kind.PICTURE, *picture_parts("", image))
        try:
            valid = await asyncio.wait_for(request.done, ANSWER_WITHIN_S)
        except TimeoutError:
            valid = True
        finally:
            self._request = None
            if not request.answered:
                self._give_up(process, request)
        if not valid:
            raise InvalidPicture
        return request.pictures

    def _give_up(self, process: WorkerProcess, request: _Request) -> None:
        """End a worker that is still busy with what nobody waits for any more."""
        if process is self._process:
            self._process = None
            self._dying[process] = request
            self._all_dead.clear()
            process.kill()

    def _can_be_tried(self, name: str) -> bool:
        try:
            broken = self._shelf.find(name).broken
        except UnknownFilter:
            return False
        now = asyncio.get_running_loop().time()
        return not broken and self._shunned.get(name, 0.0) <= now

    def _worker(self) -> WorkerProcess:
        """Raises Busy: no process can be made now."""
        if self._process is None:
            job = {"do": "preview"}
            try:
                self._process = WorkerProcess(self._nursery, job, self._told, self._died)
            except OSError:
                raise Busy from None
        return self._process

    def look(self, now: float) -> None:
        """Whether a filter takes too long, or nobody looks any more; to be called often."""
        for process in (self._process, *self._dying):
            if process is not None:
                process.look(now, self._deadline_s)
        idle_s = asyncio.get_running_loop().time() - self._used_at
        if self._process is not None and not self._waiting and idle_s > IDLE_S:
            self._process.end()

    async def close(self) -> None:
        if self._process is not None:
            nothing = _Request(0, [], asyncio.get_running_loop().create_future())
            self._give_up(self._process, self._request or nothing)
        if self._dying:
            await asyncio.wait_for(self._all_dead.wait(), 1.0)

    def _told(self, process: WorkerProcess, kind: Kind, message: bytes) -> None:
        request = self._request
        if request is None or process is not self._process:
            return
        if kind is Kind.PICTURE:
            name, picture = read_picture(message)
            if name in request.names:
                request.pictures[name] = picture
            return
        answer = read_note(message)
        valid = answer.get("valid")
        if not isinstance(valid, bool):
            raise Nonsense
        if answer.get("done") == request.number:
            request.answered = True
            if not request.done.done():
                request.done.set_result(valid)

    def _died(self, process: WorkerProcess, death: Death) -> None:
        """Answer with what there is, and remember which filter it was."""
        now, request = time.monotonic(), self._request
        if process is self._process:
            self._process = None
            least_s = 0.0
        else:
            request = self._dying.pop(process)
            least_s = SLOW_S
            if not self._dying:
                self._all_dead.set()
        if request is None or request.answered:
            return
        request.answered = True
        last = death.last
        mine = last.phase is Phase.STARTING and last.version == request.number
        if mine and last.running < len(request.names) and now - last.since >= least_s:
            until = asyncio.get_running_loop().time() + SHUNNED_S
            self._shunned[request.names[last.running]] = until
        if not request.done.done():
            request.done.set_result(True)
