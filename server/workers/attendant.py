"""Keeps one worker for a stream: starts it, tells it what it does not know yet, ends it."""

import asyncio
import contextlib
import signal
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from server.workers.blame import Fault
from server.workers.boundaries import NO_MEMORY
from server.workers.nursery import Nursery
from server.workers.orders import Order, StepOrder, StreamJob
from server.workers.plan import Shelf
from server.workers.process import Death, WorkerProcess
from server.workers.streams import TroubleKind
from server.workers.vitals import NOBODY, Phase, Reading
from server.workers.wire import TO_WORKER, Bytes, Kind, note, picture_parts

END_WITHIN_S: Final = 1.0
_KEPT_ORDERS: Final = 32


class Attendant:
    """One worker at a time.

    Args:
        nursery: who forks it.
        shelf: where its pictures are.
        deadline_s: for one frame.
        on_message: takes what the present worker tells.
        on_fault: called when the present worker has died.
    """

    def __init__(
        self,
        nursery: Nursery,
        shelf: Shelf,
        deadline_s: float,
        on_message: Callable[[Kind, bytes], None],
        on_fault: Callable[[Fault], None],
    ) -> None:
        self._nursery = nursery
        self._shelf = shelf
        self._deadline_s = deadline_s
        self._on_message = on_message
        self._on_fault = on_fault
        self._process: WorkerProcess | None = None
        self._retired: dict[WorkerProcess, asyncio.TimerHandle] = {}
        self._all_gone = asyncio.Event()
        self._version = 0
        self._orders: OrderedDict[int, tuple[StepOrder, ...]] = OrderedDict()
        self._sources: dict[str, int] = {}
        self._pictures: set[str] = set()

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def congested(self) -> bool:
        return self._process is not None and self._process.congested

    def start(self, job: StreamJob) -> None:
        """Raises OSError: the system has no descriptors left."""
        self._sources, self._pictures = {}, set()
        wanted = {"do": "stream", **asdict(job)}
        self._process = WorkerProcess(self._nursery, wanted, self._heard, self._died)

    def order(
        self, steps: Sequence[StepOrder], pictures: Iterable[str], gain_db: float, *, keyframe: bool
    ) -> int:
        """Tell the worker which chain it is to run; the version that its frames will bear."""
        assert self._process is not None
        for id_ in set(pictures) - self._pictures:
            picture = self._shelf.picture(id_)
            if picture is not None:
                self._process.send(Kind.PICTURE, *picture_parts(id_, picture))
                self._pictures.add(id_)
        self._version += 1
        self._orders[self._version] = tuple(steps)
        if len(self._orders) > _KEPT_ORDERS:
            self._orders.popitem(last=False)
        known = tuple(map(self._with_known_text, steps))
        self._pictures.intersection_update(pictures)
        self.tell(Order(self._version, known, gain_db, keyframe).to_note())
        return self._version

    def _with_known_text(self, step: StepOrder) -> StepOrder:
        """The step without the text of its file, if the worker has that."""
        source = step.source
        if source is None:
            return step
        if self._sources.get(source.path) == source.version:
            return replace(step, source=replace(source, text=None))
        self._sources[source.path] = source.version
        return step

    def tell(self, value: dict[str, Any]) -> None:
        if self._process is not None:
            self._process.send(Kind.NOTE, note(value))

    def frame(self, flags: int, timestamp: int, at: float, parts: Sequence[Bytes]) -> None:
        if self._process is not None:
            self._process.send(Kind.FRAME, TO_WORKER.pack(flags, timestamp, at), *parts)

    def look(self, now: float) -> None:
        """Whether everything takes as long as it may; to be called often."""
        for process in (self._process, *self._retired):
            if process is not None:
                process.look(now, self._deadline_s)

    def retire(self) -> None:
        """Let the worker stop its filters and end; kill it if that takes long."""
        process, self._process = self._process, None
        if process is not None:
            process.end()
            loop = asyncio.get_running_loop()
            self._all_gone.clear()
            self._retired[process] = loop.call_later(END_WITHIN_S, process.kill)

    async def close(self) -> None:
        """End every worker, within two seconds."""
        self.retire()
        if self._retired:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_gone.wait(), 2 * END_WITHIN_S)

    def _heard(self, process: WorkerProcess, kind: Kind, message: bytes) -> None:
        if process is self._process:
            self._on_message(kind, message)

    def _died(self, process: WorkerProcess, death: Death) -> None:
        timer = self._retired.pop(process, None)
        if timer is not None:
            timer.cancel()
            if not self._retired:
                self._all_gone.set()
        elif process is self._process:
            self._process = None
            self._on_fault(self._fault(death))

    def _fault(self, death: Death) -> Fault:
        last = death.last
        alone = death.code is not None and last.phase is not Phase.BOOTING
        if death.killed:
            kind, message = TroubleKind.SLOW, self._slow(last)
        elif death.code == NO_MEMORY or (death.code == -signal.SIGKILL and not death.cut_off):
            kind, message = TroubleKind.MEMORY, "It used more memory than there is."
        elif death.cut_off and death.code == -signal.SIGKILL:
            kind, message = TroubleKind.CRASH, "It broke its process's line to the server."
        elif not alone:
            kind, message = TroubleKind.CRASH, "All processes ended, or none could begin."
        else:
            kind, message = TroubleKind.CRASH, f"It ended its process{_how(death.code)}."
        steps = self._orders.get(max(self._orders, default=0), ())
        running = self._step(last.version, last.running)
        loading = self._step(last.loading_version, last.loading)
        return Fault(steps, running, loading, kind, message, alone)

    def _slow(self, last: Reading) -> str:
        if last.running == NOBODY and last.loading != NOBODY:
            return "It kept everything else from running while it was loaded."
        return f"It took longer than {self._deadline_s:g} s for one frame."

    def _step(self, version: int, index: int) -> StepOrder | None:
        steps = self._orders.get(version, ())
        return steps[index] if index < len(steps) else None


def _how(code: int | None) -> str:
    if code is None or code >= 0:
        return ""
    with contextlib.suppress(ValueError):
        return f" ({signal.Signals(-code).name})"
    return ""
