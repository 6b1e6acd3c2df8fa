"""One worker process, seen from the server's."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from server.workers.channel import Channel, socket_pair
from server.workers.nursery import Nursery
from server.workers.patience import Patience, allowed_s
from server.workers.vitals import Phase, Reading, Vitals, shared_page
from server.workers.wire import Bytes, Kind

_FLAGS_AT: Final = 6
"""Fields after the name."""
_PF_EXITING: Final = 0x4


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended.

    Attributes:
        code: its exit code, or the negative number of a signal; None: see `OnExit`.
        killed: the server did it, because a frame took too long.
        cut_off: the server did it, because what it said made no sense, or it said no more.
        last: what it was doing; if it was too slow, what it was seen doing for longest.
    """

    code: int | None
    killed: bool
    last: Reading
    cut_off: bool = False


class WorkerProcess:
    """Asked for when made. What is sent before it runs waits for it in the socket.

    Callbacks get this very process first.

    Args:
        nursery: who forks it.
        job: see `jobs.run`.
        on_message: takes what it tells; see `Channel`.
        on_death: called once; nothing else is called afterwards.

    Raises:
        OSError: the system has no descriptors left.
    """

    def __init__(
        self,
        nursery: Nursery,
        job: dict[str, Any],
        on_message: Callable[["WorkerProcess", Kind, bytes], None],
        on_death: Callable[["WorkerProcess", Death], None],
    ) -> None:
        self._nursery = nursery
        self._on_death = on_death
        self._killed = False
        self._slow: tuple[int, int] | None = None
        self._cut_off = False
        self._watched = Patience()
        ours, theirs = socket_pair()
        try:
            page, self._vitals = _new_vitals()
        except OSError:
            ours.close()
            theirs.close()
            raise
        self._channel = Channel(ours, partial(on_message, self), self._lost)
        self._ticket = nursery.fork(job, theirs, page, self._exited)

    @property
    def congested(self) -> bool:
        return self._channel.congested

    def send(self, kind: Kind, *parts: Bytes) -> None:
        self._channel.send(kind, *parts)

    def look(self, now: float, deadline_s: float) -> None:
        """Kill it if it takes too long for what it does.

        Args:
            now: in seconds of `time.monotonic`.
            deadline_s: for a frame.
        """
        reading = self._vitals.read()
        if self._watched.update(reading, self._vitals.process):
            elapsed = self._watched.elapsed(now)
            if elapsed > allowed_s(reading, deadline_s) and not self._killed:
                self._slow = self._watched.slowest()
                self.kill()

    def kill(self) -> None:
        self._killed = True
        self._nursery.kill(self._ticket)

    def end(self) -> None:
        """Let it finish what it has, stop its filters, and end."""
        self._channel.end()

    def _lost(self) -> None:
        """It closed its end: it is dead, or out of its mind."""
        self._cut_off = not is_ending(self._vitals.process)
        self._nursery.kill(self._ticket)

    def _exited(self, code: int | None) -> None:
        self._channel.drain()
        self._channel.close()
        last = self._vitals.read()
        if self._slow is not None:
            last = replace(last, version=self._slow[0], running=self._slow[1])
        self._vitals.close()
        self._on_death(self, Death(code, self._killed, last, self._cut_off))


def _new_vitals() -> tuple[int, Vitals]:
    """A page of its own, its descriptor and ours. Raises OSError: none is left of something."""
    page = shared_page()
    try:
        vitals = Vitals(page)
    except OSError:
        os.close(page)
        raise
    vitals.begin(Phase.BOOTING)
    return page, vitals


def is_ending(process: int) -> bool:
    """Whether it has ended, or does so already: it closes its files late. See proc(5), stat."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
        return bool(int(told.rpartition(")")[2].split()[_FLAGS_AT]) & _PF_EXITING)
    except (OSError, ValueError, IndexError):
        return True
