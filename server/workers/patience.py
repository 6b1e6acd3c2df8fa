"""How long a worker may take for what it does, on a machine that may be busy with other things."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from server.workers.vitals import NOBODY, Phase, Reading

BOOT_WITHIN_S: Final = 20.0
START_WITHIN_S: Final = 1.8
"""Models are read. A stream that a filter stops must go on within two seconds."""
NOBODYS_WITHIN_S: Final = 5.0
"""No filter runs, so the machine is busy, and another process would not make it less so."""
AT_MOST: Final = 3.0
"""Times longer than it may, whatever it has waited for."""


def allowed_s(reading: Reading, deadline_s: float) -> float:
    """How long what is going on may take.

    Args:
        reading: what is going on.
        deadline_s: for a frame.
    """
    match reading.phase:
        case Phase.BOOTING:
            return BOOT_WITHIN_S
        case Phase.STARTING:
            within = max(START_WITHIN_S, deadline_s)
        case Phase.FRAME:
            within = deadline_s
        case _:
            # What is loaded beside must let others run: a worker that loads never idles for long.
            return float("inf") if reading.loading == NOBODY else deadline_s
    nobodys = reading.running == NOBODY and reading.loading == NOBODY
    return max(within, NOBODYS_WITHIN_S) if nobodys else within


@dataclass(slots=True)
class Patience:
    """Sees one thing take long, who makes it so, and how much of that time it only waited.

    A frame goes through all effects of a chain: whoever runs when the time is over need not be the
    one that took it.
    """

    _phase: Phase = Phase.IDLE
    _since: float = 0.0
    _process: int = 0
    _waited_s: float | None = None
    _seen: Counter[tuple[int, int]] = field(default_factory=Counter)

    def update(self, reading: Reading, process: int) -> bool:
        """Whether this was seen before, so that it takes long."""
        if (reading.phase, reading.since) != (self._phase, self._since):
            self._phase, self._since, self._waited_s = reading.phase, reading.since, None
            self._seen.clear()
            return False
        if reading.phase is Phase.IDLE and reading.loading == NOBODY:
            return False
        self._process = process
        self._seen[reading.version, reading.running] += 1
        if self._waited_s is None:
            self._waited_s = waited_s(process)
        return True

    def slowest(self) -> tuple[int, int]:
        """The effect that was seen running most often since it began: version and index."""
        ((seat, _),) = self._seen.most_common(1)
        return seat

    def elapsed(self, now: float) -> float:
        """Seconds that it takes by now, without those that it stood in line for a processor."""
        took = now - self._since
        waited = waited_s(self._process) - (self._waited_s or 0.0)
        return max(took - waited, took / AT_MOST)


def waited_s(process: int) -> float:
    """How long a process has stood in line for a processor; 0 where the system does not tell.

    See proc(5), /proc/pid/schedstat.
    """
    try:
        told = Path(f"/proc/{process}/schedstat").read_text(encoding="ascii")
        return int(told.split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
