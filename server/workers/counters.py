"""What was counted over all effect streams."""

from collections import Counter
from dataclasses import dataclass, field

from server.workers.wire import Outcome


@dataclass(slots=True)
class Counters:
    """Only ever grow.

    Attributes:
        frames_in: that were taken.
        frames_out: that came out.
        refused: that were not taken, because too many were on their way.
        without: that were taken and that nothing came out of, by why.
        starts: of workers.
        deaths: of workers that were not told to end, by why: slow, crash, memory.
    """

    frames_in: int = 0
    frames_out: int = 0
    refused: int = 0
    without: Counter[Outcome] = field(default_factory=Counter)
    starts: int = 0
    deaths: Counter[str] = field(default_factory=Counter)
