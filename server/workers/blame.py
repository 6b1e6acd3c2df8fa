"""Whose fault it is that a worker died.

What it was doing tells it, if it was code of a filter: that one is struck at once. Else whatever is
not built in is suspected, all of it: an operator's filter may have left a thread or too much memory
behind, while what is built in is the same for everybody. For the same reason a crash in the code of
a built-in one is laid at the door of the others, if there are any. The built-in ones are suspected
when there is nothing else. Suspects are struck from the second time on, a single one at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.workers.orders import StepOrder
from server.workers.streams import TroubleKind


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a worker died.

    Attributes:
        steps: its chain.
        running: whose code ran; None: none did.
        loading: whose code was being loaded beside.
        kind: SLOW means that it was killed, since what it did took too long.
        message: one line for people.
        alone: False: it was not its own end; the fork server took it along, or never made it.
    """

    steps: Sequence[StepOrder]
    running: StepOrder | None
    loading: StepOrder | None
    kind: TroubleKind
    message: str
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who did it.

    Attributes:
        steps: those who may have.
        sure: it was the one.
        struck: False: they are only told, for it cannot be them.
    """

    steps: tuple[StepOrder, ...]
    sure: bool = False
    struck: bool = True


def judge(fault: Fault, is_built_in: Callable[[str], bool]) -> Verdict:
    """Find who is to blame.

    Args:
        fault: what happened.
        is_built_in: by the name of a filter.
    """
    foreign = tuple(step for step in fault.steps if not is_built_in(step.filter))
    running, loading = fault.running, fault.loading
    if not fault.alone:
        # Somebody else's filter may have ended the fork server; no built-in one has.
        return Verdict(foreign or tuple(fault.steps), struck=bool(foreign))
    slow = fault.kind is TroubleKind.SLOW
    if loading is not None and (running is None or is_built_in(running.filter)):
        return Verdict((loading,), sure=True)
    if running is not None and (slow or not foreign or not is_built_in(running.filter)):
        return Verdict((running,), sure=True)
    # If nothing ran and it was slow nevertheless, the machine may be to blame.
    return Verdict(foreign or tuple(fault.steps), sure=len(foreign) == 1 and not slow)
