"""One effect stream: what goes to its worker, what comes back, and another when that one died."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, ParamSpec

import structlog

from rooms.effects import Effect, check_chain, hides_more
from rooms.emitted import Outbox
from server.workers.attendant import Attendant
from server.workers.blame import Fault
from server.workers.counters import Counters
from server.workers.deaths import Deaths
from server.workers.flight import Flight
from server.workers.nursery import Nursery
from server.workers.orders import StepOrder, StreamJob
from server.workers.plan import Plan, Shelf, make_plan
from server.workers.reports import Emitted, Failure, Spent, read_report
from server.workers.streams import (
    MAX_IN_FLIGHT,
    Encoded,
    StreamListener,
    StreamSpec,
    StreamState,
)
from server.workers.tally import Tally
from server.workers.troubles import Troubles
from server.workers.wire import KEYFRAME, Kind, Outcome, read_done, read_encoded

ASK_EVERY_S: Final = 0.25
"""For a keyframe of the input, until it comes."""
_START_BPS: Final = 1_000_000
_SAME_BPS: Final = 0.05
"""A smaller change is not worth a message."""

log = structlog.get_logger()
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Keeper:
    """What the streams of a server share.

    Attributes:
        deadline_s: for one frame.
        max_bps: of what comes out.
    """

    nursery: Nursery
    shelf: Shelf
    counters: Counters
    deadline_s: float
    max_bps: int


class WorkerStream:
    """See `EffectStream`."""

    def __init__(
        self,
        keeper: Keeper,
        spec: StreamSpec,
        chain: Sequence[Effect],
        listener: StreamListener,
        gain_db: float,
        on_closed: Callable[["WorkerStream"], object],
    ) -> None:
        self.spec = spec
        self._keeper = keeper
        self._listener = listener
        self._on_closed = on_closed
        self._loop = asyncio.get_running_loop()
        self._attendant = Attendant(
            keeper.nursery, keeper.shelf, keeper.deadline_s, self._told, self._died
        )
        self._state = StreamState.STARTING
        self._chain: tuple[Effect, ...] = ()
        self._gain_db = 0.0
        self._facts = "", False, False
        self._bps = min(_START_BPS, keeper.max_bps)
        self._plan = Plan()
        self._ordered: tuple[Plan, float] | None = None
        self._troubles = Troubles(
            spec.title,
            keeper.shelf,
            lambda trouble: self._notify(listener.on_trouble, trouble),
            lambda effect_id: self._notify(listener.on_mended, effect_id),
            self._settle,
        )
        self._events: Outbox[tuple[str, str], Emitted] = Outbox()
        self._in_flight = Flight()
        self._keyframe = False
        self._least_version = 0
        self._discarding = False
        self._asked_at = float("-inf")
        self._deaths = Deaths()
        self._resting: frozenset[str] = frozenset()
        self._restart: asyncio.TimerHandle | None = None
        self._tally = Tally(time.monotonic())
        self._closed = False
        self._opening = True
        self.configure(chain, gain_db)
        self._opening = False

    @property
    def running(self) -> bool:
        """Whether it has a worker."""
        return self._attendant.running

    def send(self, parts: Sequence[bytes], timestamp: int, at: float) -> bool:
        if self._closed:
            return False
        if not self._attendant.running:
            return True  # nothing comes of it, whatever it is
        self._tally.came += 1
        if len(self._in_flight) >= MAX_IN_FLIGHT or self._attendant.congested:
            self._keeper.counters.refused += 1
            return False
        self._in_flight.went(timestamp, at)
        self._keeper.counters.frames_in += 1
        flags, self._keyframe = KEYFRAME if self._keyframe else 0, False
        self._attendant.frame(flags, timestamp, at, parts)
        return True

    def request_keyframe(self) -> None:
        self._keyframe = True

    def configure(self, chain: Sequence[Effect], gain_db: float = 0.0) -> None:
        """Raises InvalidEffect or TooManyEffects: this cannot be a chain."""
        check_chain(chain)
        self._chain, self._gain_db = tuple(chain), gain_db
        self._troubles.concern(chain)
        if self._deaths.forget((effect.id, effect.filter) for effect in chain):
            self._cancel_restart()
        self._settle()

    def set_facts(self, name: str, speaking: bool, hand_raised: bool) -> None:
        if self._facts != (name, speaking, hand_raised):
            self._facts = name, speaking, hand_raised
            self._tell_facts()

    def set_bitrate(self, bps: int) -> None:
        bps = min(bps, self._keeper.max_bps)
        if abs(bps - self._bps) > _SAME_BPS * self._bps:
            self._bps = bps
            self._attendant.tell({"do": "bitrate", "bps": bps})

    async def close(self) -> None:
        self._closed = True
        self._cancel_restart()
        try:
            await self._attendant.close()
        finally:
            self._on_closed(self)

    def library_changed(self) -> None:
        """Filters or their code are others now."""
        if not self._closed:
            self._settle()

    def look(self, now: float) -> None:
        """Whether the worker takes as long as it may, and what waits may be told; often."""
        self._attendant.look(now)
        self._emit(now)

    def _settle(self) -> None:
        """Make the worker do what is wanted now, if anything can be done."""
        if self._closed:
            return
        self._troubles.forgive_new_code(self._plan)
        plan = make_plan(self._chain, self._keeper.shelf, self._troubles.is_off)
        self._plan = plan
        self._troubles.of_files(plan)
        if plan.held or not (plan.steps or self._gain_db):
            self._rest(StreamState.HELD if plan.held else StreamState.BYPASSED)
            return
        if self._restart is None and not self._attendant.running:
            self._start()
        if not self._attendant.running or self._ordered == (plan, self._gain_db):
            return
        # A picture that what is hidden now can be seen on must not come out any more.
        begins_anew = self._ordered is None or hides_more(plan.steps, self._ordered[0].steps)
        steps = [replace(step, rests=step.id in self._resting) for step in plan.steps]
        version = self._attendant.order(steps, plan.pictures, self._gain_db, keyframe=begins_anew)
        self._resting = frozenset()
        if begins_anew:
            self._least_version, self._discarding = version, True
        self._ordered = plan, self._gain_db

    def _rest(self, state: StreamState) -> None:
        """Do without a worker."""
        self._attendant.retire()
        self._ordered = None
        self._in_flight.clear()
        self._set_state(state)

    def _start(self) -> None:
        self._ordered, self._keyframe = None, False
        self._in_flight.clear()
        if self._state is StreamState.BYPASSED:
            self._set_state(StreamState.STARTING)
        spec = self.spec
        job = StreamJob(spec.kind, spec.codec, spec.max_width, spec.max_height, self._bps)
        try:
            self._attendant.start(job)
        except OSError as error:
            log.error("effect-stream-cannot-start", stream=self.spec.title, reason=error.strerror)
            self._again_later()
            return
        self._keeper.counters.starts += 1
        self._tell_facts()
        self._loop.call_soon(self._ask_for_keyframe)

    def _tell_facts(self) -> None:
        name, speaking, hand_raised = self._facts
        self._attendant.tell(
            {"do": "facts", "name": name, "speaking": speaking, "hand_raised": hand_raised}
        )

    def _ask_for_keyframe(self) -> None:
        now = self._loop.time()
        if not self._closed and self._attendant.running and now - self._asked_at >= ASK_EVERY_S:
            self._asked_at = now
            self._notify(self._listener.on_keyframe_needed)

    def _set_state(self, state: StreamState) -> None:
        if state is not self._state and not self._closed:
            self._state = state
            self._notify(self._listener.on_state, state)

    def _notify(self, callback: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell the listener; not before whoever opens this stream has it."""
        if self._opening:
            self._loop.call_soon(partial(self._notify, callback, *args, **kwargs))
        elif not self._closed:
            callback(*args, **kwargs)

    def _told(self, kind: Kind, message: bytes) -> None:
        if kind is Kind.FRAME:
            self._came_out(*read_encoded(message))
        elif kind is Kind.DONE:
            self._came_to_nothing(*read_done(message))
        elif not self._closed:
            self._reported(read_report(message))

    def _came_out(self, frame: Encoded, version: int) -> None:
        self._in_flight.came_back(frame.timestamp, frame.at)
        if self._closed:
            return
        if version < self._least_version or (self._discarding and not frame.keyframe):
            return
        self._discarding = False
        self._keeper.counters.frames_out += 1
        self._tally.frame(frame, time.monotonic())
        self._set_state(StreamState.RUNNING)
        self._listener.on_frame(frame)

    def _came_to_nothing(self, outcome: Outcome, version: int) -> None:
        self._in_flight.came_to_nothing()
        self._keeper.counters.without[outcome] += 1
        if outcome is Outcome.UNDECODABLE:
            self._ask_for_keyframe()
        elif outcome is Outcome.HELD and version >= self._least_version:
            self._set_state(StreamState.HELD)

    def _reported(self, report: Failure | Spent | Emitted) -> None:
        if isinstance(report, Failure):
            self._troubles.told(report, self._plan)
        elif isinstance(report, Emitted):
            if self._uses(report):
                self._events.put((report.effect_id, report.kind), report)
                self._emit(time.monotonic())
        else:
            now = time.monotonic()
            self._notify(
                self._listener.on_cost, self._tally.cost(report, len(self._in_flight), now)
            )
            self._troubles.look(now)

    def _uses(self, report: Emitted) -> bool:
        return any((e.id, e.filter) == (report.effect_id, report.filter) for e in self._chain)

    def _emit(self, now: float) -> None:
        """Tell what is due of what filters have found."""
        taken = self._events.take(now)
        if taken is not None and self._uses(found := taken[1]):
            self._notify(
                self._listener.on_emitted, found.effect_id, found.filter, found.kind, found.data
            )

    def _died(self, fault: Fault) -> None:
        self._keeper.counters.deaths[fault.kind.value] += 1
        self._keeper.counters.without[Outcome.NOTHING] += len(self._in_flight)
        self._in_flight.clear()
        self._ordered = None
        if self._closed:
            return
        self._set_state(StreamState.HELD if self._plan.private else StreamState.STARTING)
        verdict = self._troubles.judge(fault)
        if not verdict.sure:
            self._again_later(fault.steps)
            log.warning("effect-worker-died", stream=self.spec.title, kind=fault.kind.value)
        # When the fork server is lost, the next worker may be as well: that is once.
        if verdict.sure or self._deaths.number > (1 if fault.alone else 2):
            self._resting = frozenset(step.id for step in verdict.steps if verdict.struck)
            for step in verdict.steps:
                self._troubles.accuse(step, fault, verdict, self._plan)
        self._settle()

    def _again_later(self, steps: Sequence[StepOrder] = ()) -> None:
        """Start a worker again, the later the more often it has died."""
        delay = self._deaths.count(self._loop.time(), ((step.id, step.filter) for step in steps))
        if delay and not (self._plan.private or self._plan.held):
            self._set_state(StreamState.BYPASSED)
        self._cancel_restart()
        self._restart = self._loop.call_later(delay, self._start_again)

    def _cancel_restart(self) -> None:
        if self._restart is not None:
            self._restart.cancel()
            self._restart = None

    def _start_again(self) -> None:
        self._restart = None
        self._settle()
