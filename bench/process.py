"""What the kernel knows of a process (proc(5), Linux)."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU time spent so far, in seconds, and resident memory, in bytes."""

    cpu_s: float
    rss_bytes: int


def usage(pid: int) -> Usage:
    resident_pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return Usage(_cpu_s(pid), resident_pages * os.sysconf("SC_PAGE_SIZE"))


def tree_usage(pid: int) -> Usage:
    """Of a process and of all that it has started, as far as they live."""
    usages = [usage(one) for one in (pid, *_descendants(pid))]
    return Usage(sum(u.cpu_s for u in usages), sum(u.rss_bytes for u in usages))


def _descendants(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text(encoding="ascii").split()):
            found += [child, *_descendants(child)]
    return found


def _cpu_s(pid: int) -> float:
    """To the nanosecond where the kernel counts so (schedstat), else in ticks of 10 ms.

    Threads that have ended are only in the ticks; a server has the same ones all the time.
    """
    exact = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # it has just ended
            exact += int(thread.read_text(encoding="ascii").split()[0])
    if exact:
        return exact / 1e9
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime
