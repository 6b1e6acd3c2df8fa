"""What filters would make of somebody's picture: a worker for each who looks at the cards."""

import asyncio
import time
from collections import OrderedDict
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
"""Requests at a time; one of them is answered."""
MAX_WORKERS: Final = 4
"""Those that end are counted. Who looks beside so many has the longest unused one ended."""
MAX_FILTERS: Final = 6
ANSWER_WITHIN_S: Final = 2.5
"""Less than the page's request may take: what is there by then is shown."""
SLOW_S: Final = 1.0
"""Who ran for so long when the time was up is to blame for that."""
IDLE_S: Final = 30.0
"""After that a worker ends, and with it what its filters remember."""
END_WITHIN_S: Final = 0.5
"""For a worker to stop its filters; then it is killed."""
SHUNNED_S: Final = 60.0
"""A filter that its worker died of, or that took all the time, is not tried for so long."""


@dataclass(slots=True)
class _Request:
    number: int
    names: list[str]
    done: asyncio.Future[bool]
    answered: bool = False
    pictures: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Kept:
    process: WorkerProcess
    used_at: float


@dataclass(frozen=True, slots=True)
class _Leaving:
    """A worker on its way out.

    Attributes:
        request: what it was too slow for.
        timer: ends it if it does not do that itself.
    """

    request: _Request | None
    timer: asyncio.TimerHandle


class Previews:
    """Keeps a worker for each owner of pictures while there is something to show.

    Filters may remember what they like in their module, so no worker sees pictures of two owners.

    Args:
        deadline_s: for one filter; more when it has to be started.
    """

    def __init__(self, nursery: Nursery, shelf: Shelf, deadline_s: float) -> None:
        self._nursery = nursery
        self._shelf = shelf
        self._deadline_s = deadline_s
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        """By owner, the longest unused first."""
        self._leaving: dict[WorkerProcess, _Leaving] = {}
        self._left = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._numbers = 0
        self._answering: WorkerProcess | None = None
        self._request: _Request | None = None
        self._shunned: dict[str, float] = {}

    async def show(self, owner: str, image: bytes, names: Sequence[str]) -> dict[str, bytes]:
        """JPEGs by name of the filter; those that cannot be shown are not there.

        Raises:
            InvalidPicture: it is not a JPEG, or a large one.
            Busy: others wait already, or no worker can be had now.
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
        until = loop.time() + ANSWER_WITHIN_S
        usable = [name for name in names if self._can_be_tried(name)]
        process = self._answering = await self._worker(owner, until)
        self._numbers += 1
        request = self._request = _Request(self._numbers, usable, loop.create_future())
        sources = map(self._shelf.source_of, usable)
        filters = [
            {"name": name, "source": source and asdict(source)}
            for name, source in zip(usable, sources, strict=True)
        ]
        process.send(Kind.NOTE, note({"number": request.number, "filters": filters}))
        process.send(Kind.PICTURE, *picture_parts("", image))
        try:
            async with asyncio.timeout_at(until):
                valid = await request.done
        except TimeoutError:
            valid = True
        finally:
            self._request = self._answering = None
            if not request.answered and process not in self._leaving:
                self._leave(owner, request)
                process.kill()
        if not valid:
            raise InvalidPicture
        return request.pictures

    def _can_be_tried(self, name: str) -> bool:
        try:
            broken = self._shelf.find(name).broken
        except UnknownFilter:
            return False
        now = asyncio.get_running_loop().time()
        return not broken and self._shunned.get(name, 0.0) <= now

    async def _worker(self, owner: str, until: float) -> WorkerProcess:
        """The owner's. Raises Busy: no process can be made now."""
        if owner not in self._kept:
            try:
                async with asyncio.timeout_at(until):
                    await self._make_room()
                process = WorkerProcess(self._nursery, {"do": "preview"}, self._told, self._died)
            except OSError:  # a TimeoutError is one, too
                raise Busy from None
            self._kept[owner] = _Kept(process, 0.0)
        kept = self._kept[owner]
        kept.used_at = asyncio.get_running_loop().time()
        self._kept.move_to_end(owner)
        return kept.process

    async def _make_room(self) -> None:
        while len(self._kept) + len(self._leaving) >= MAX_WORKERS:
            if not self._leaving:
                self.forget(next(iter(self._kept)))
            self._left.clear()
            await self._left.wait()

    def forget(self, owner: str) -> None:
        """End an owner's worker, if there is one that does nothing just now."""
        kept = self._kept.get(owner)
        if kept is not None and kept.process is not self._answering:
            self._leave(owner, None)
            kept.process.end()

    def _leave(self, owner: str, request: _Request | None) -> None:
        """Have no more to do with an owner's worker; it is ended in time."""
        process = self._kept.pop(owner).process
        timer = asyncio.get_running_loop().call_later(END_WITHIN_S, process.kill)
        self._leaving[process] = _Leaving(request, timer)

    def look(self, now: float) -> None:
        """Whether a filter takes too long, or nobody looks any more; to be called often."""
        for process in (*(kept.process for kept in self._kept.values()), *self._leaving):
            process.look(now, self._deadline_s)
        idle_since = asyncio.get_running_loop().time() - IDLE_S
        for owner in [one for one, kept in self._kept.items() if kept.used_at < idle_since]:
            self.forget(owner)

    async def close(self) -> None:
        """Raises TimeoutError: a worker is still there."""
        for owner, kept in list(self._kept.items()):
            self._leave(owner, self._request if kept.process is self._answering else None)
            kept.process.kill()
        async with asyncio.timeout(1.0):
            while self._leaving:
                self._left.clear()
                await self._left.wait()

    def _told(self, process: WorkerProcess, kind: Kind, message: bytes) -> None:
        request = self._request
        if request is None or process is not self._answering:
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
        leaving = self._leaving.pop(process, None)
        if leaving is not None:
            leaving.timer.cancel()
            request, least_s = leaving.request, SLOW_S
            self._left.set()
        else:
            request, least_s = self._request if process is self._answering else None, 0.0
            self._kept = OrderedDict(
                (owner, kept) for owner, kept in self._kept.items() if kept.process is not process
            )
        if request is None or request.answered:
            return
        request.answered = True
        last, now = death.last, time.monotonic()
        mine = last.phase is Phase.STARTING and last.version == request.number
        if mine and last.running < len(request.names) and now - last.since >= least_s:
            until = asyncio.get_running_loop().time() + SHUNNED_S
            self._shunned[request.names[last.running]] = until
        if not request.done.done():
            request.done.set_result(True)
