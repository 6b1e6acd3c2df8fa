"""What a worker is doing just now, in memory that it shares with the server.

A process that is killed, or that kills itself, can tell nothing any more. What it wrote here before
it called a filter says whom to blame.
"""

import mmap
import os
import time
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Final

SIZE: Final = mmap.PAGESIZE
_LAYOUT: Final = Struct("=dLBB")
_RUNNING: Final = 13
_VERSION_AT: Final = 8
_PROCESS_AT: Final = 16
_NUMBER: Final = Struct("=L")
_LOADING: Final = Struct("=LB")
_LOADING_AT: Final = 20
NOBODY: Final = 0xFF


class Phase(IntEnum):
    IDLE = 0
    FRAME = 1
    """Between a frame that came and what comes out of it."""
    BOOTING = 3
    """The process is being made."""
    STARTING = 4
    """A frame before which filters are started."""


_PHASES: Final = frozenset(Phase)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the vitals.

    Attributes:
        since: when the phase began, in seconds of `time.monotonic`, which processes share.
        version: of the chain that `running` is of; the one in use while nothing runs.
        running: index of the effect in that chain whose code runs; `NOBODY`: none does.
        loading: index of the effect, in the chain of `loading_version`, whose code is being loaded
            beside all else; `NOBODY`: none is.
    """

    since: float
    version: int
    phase: Phase
    running: int
    loading: int = NOBODY
    loading_version: int = 0


class Vitals:
    """One page, mapped by the server and by one worker.

    Nothing locks it. The moment is written before the phase, and always anew, so whoever reads in
    between sees a phase that has just begun; and the server acts only on what it saw twice.
    """

    def __init__(self, descriptor: int) -> None:
        """Map the page; the descriptor may be closed afterwards."""
        self._map = mmap.mmap(descriptor, SIZE)
        if not self.process:
            self.loading(-1)

    def begin(self, phase: Phase, version: int = 0) -> None:
        _LAYOUT.pack_into(self._map, 0, time.monotonic(), version, phase, NOBODY)

    @property
    def process(self) -> int:
        """Whose vitals these are; 0 while there is no process."""
        return int(_NUMBER.unpack_from(self._map, _PROCESS_AT)[0])

    @process.setter
    def process(self, number: int) -> None:
        _NUMBER.pack_into(self._map, _PROCESS_AT, number)

    def running(self, index: int, version: int | None = None) -> None:
        """Say which effect's code runs; -1: none.

        Args:
            index: in its chain.
            version: of that chain, if it may be another one than the one in use.
        """
        if version is not None:
            _NUMBER.pack_into(self._map, _VERSION_AT, version)
        self._map[_RUNNING] = index & 0xFF

    def loading(self, index: int, version: int = 0) -> None:
        """Say which effect's code is being loaded, as in `running`."""
        _LOADING.pack_into(self._map, _LOADING_AT, version, index & 0xFF)

    def read(self) -> Reading:
        # What is loaded is written after the moment, so it is read before it.
        loading_version, loading = _LOADING.unpack_from(self._map, _LOADING_AT)
        since, version, phase, running = _LAYOUT.unpack_from(self._map)
        known = Phase(phase) if phase in _PHASES else Phase.IDLE
        return Reading(since, version, known, running, loading, loading_version)

    def close(self) -> None:
        self._map.close()


def shared_page() -> int:
    """A descriptor of a page that nobody else has. Raises OSError: the system has none left."""
    descriptor = os.memfd_create("vitals", os.MFD_CLOEXEC)
    try:
        os.ftruncate(descriptor, SIZE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
