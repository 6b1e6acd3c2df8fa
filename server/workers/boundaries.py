"""What a worker process may not do: outlive its server, use all memory, keep others waiting."""

import ctypes
import gc
import os
import resource
import signal
from pathlib import Path
from typing import Final

NICENESS: Final = {"audio": 2}
"""By what a worker is for, `NICE` for all else. Packets come first, since the server's own process
forwards them for everybody; then sound, which takes little and is missed at once."""
NICE: Final = 5
NO_MEMORY: Final = 86
"""Exit code of a worker that ran out of memory outside of any filter's code."""
_PR_SET_PDEATHSIG: Final = 1
_M_ARENA_MAX: Final = -8
_libc = ctypes.CDLL(None, use_errno=True)


def enclose(parent: int, memory_mb: int, niceness: int) -> None:
    """To be called in a new worker, before anything of the operator's is loaded.

    Args:
        parent: the process that forked it, with which it ends.
        memory_mb: how much address space it may use beyond what it has now.
        niceness: how far it stands back for others.
    """
    os.setsid()
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(niceness)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + (memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # A heap of its own for every thread would reserve much of that; see mallopt(3).
    _libc.mallopt(_M_ARENA_MAX, 1)
    gc.enable()
