"""A worker process that serves one stream: frames come, go through the effects, and go back."""

import time
from collections import deque
from dataclasses import replace
from typing import Any, Final, Protocol

from rooms.filters import Context
from server.workers.decode import Undecodable
from server.workers.link import Link
from server.workers.loader import Loader
from server.workers.meter import Meter
from server.workers.orders import Order
from server.workers.rack import Held, Rack
from server.workers.repertoire import Repertoire
from server.workers.streams import Encoded
from server.workers.vitals import Phase, Vitals
from server.workers.wire import (
    DONE,
    KEYFRAME,
    TO_WORKER,
    Kind,
    Outcome,
    encoded_parts,
    note,
    read_note,
    read_picture,
)

_EVERY_S: Final = 1.0
_TICK_S: Final = 0.05
"""While code is loaded, nothing is waited for longer."""


class Late(Exception):
    """A newer frame waits, so this one is left out."""


class Work(Protocol):
    """What is done with each frame; for pictures and for sound."""

    clock: int
    """Ticks of a timestamp in a second."""

    def frame(
        self, data: bytes, timestamp: int, context: Context, *, newer: bool, keyframe: bool
    ) -> Encoded | None:
        """What comes out; None: nothing was in it.

        Raises:
            Undecodable: see `PictureDecoder`.
            Held: see `Rack`.
            Late: see there.
        """

    def configure(self, order: Order) -> None:
        """A new chain is in use."""

    def set_bitrate(self, bps: int) -> None: ...

    def second(self, meter: Meter) -> dict[str, Any]:
        """Once a second: what to tell beside the times."""


class Worker:
    def __init__(self, link: Link, vitals: Vitals, repertoire: Repertoire) -> None:
        self._link = link
        self._vitals = vitals
        self._messages: deque[tuple[Kind, bytes]] = deque()
        self._frames = 0
        self._facts = Context()
        self._version = 0
        self._keyframe = False
        self._meter = Meter()
        self._told_at = time.monotonic()
        self._ticks = 0
        self._timestamp: int | None = None
        self.rack = Rack(Loader(repertoire), self._tell, vitals)

    def run(self, work: Work) -> None:
        """Until the server ends the stream."""
        while True:
            try:
                self._wait()
                kind, message = self._next()
            except EOFError:
                break
            if kind is Kind.FRAME:
                self._frame(work, message)
            elif kind is Kind.PICTURE:
                self.rack.add_picture(*read_picture(message))
            else:
                self._obey(work, read_note(message))
            self._look(work)
        self._vitals.begin(Phase.STARTING, self._version)
        self.rack.stop()

    def _wait(self) -> None:
        """Until there is a message. Meanwhile take up what is loaded, and show to be alive."""
        while self.rack.loading:
            self._vitals.begin(Phase.IDLE, self._version)
            self.rack.look()
            if self._messages or self._link.ready(_TICK_S):
                break

    def _next(self) -> tuple[Kind, bytes]:
        """The next message, after having read all that is there: it tells whether frames wait."""
        while True:
            message = self._link.receive(wait=not self._messages)
            if message is None:
                break
            self._messages.append(message)
            self._frames += message[0] is Kind.FRAME
        kind, content = self._messages.popleft()
        self._frames -= kind is Kind.FRAME
        return kind, content

    def _obey(self, work: Work, order: dict[str, Any]) -> None:
        match order["do"]:
            case "configure":
                self._configure(work, Order.of_note(order))
            case "facts":
                facts = order["name"], order["speaking"], order["hand_raised"]
                self._facts = Context(0.0, 0.0, *facts)
            case "bitrate":
                work.set_bitrate(order["bps"])

    def _configure(self, work: Work, order: Order) -> None:
        self._version = order.version
        self._vitals.begin(Phase.IDLE, order.version)
        self._keyframe |= order.keyframe
        self.rack.configure(order)
        work.configure(order)
        self._vitals.begin(Phase.IDLE, order.version)

    def _frame(self, work: Work, message: bytes) -> None:
        flags, timestamp, at = TO_WORKER.unpack_from(message)
        self._keyframe |= bool(flags & KEYFRAME)
        began = time.monotonic()
        self._vitals.begin(Phase.FRAME, self._version)
        self.rack.settle()
        if self.rack.begins:
            self._vitals.begin(Phase.STARTING, self._version)
        self._meter.came += 1
        context = replace(self._facts, time=self._time(timestamp, work.clock), age=began - at)
        try:
            out = work.frame(
                message[TO_WORKER.size :],
                timestamp,
                context,
                newer=self._frames > 0,
                keyframe=self._keyframe,
            )
            outcome = Outcome.NOTHING
        except Undecodable:
            out, outcome = None, Outcome.UNDECODABLE
        except Held:
            out, outcome = None, Outcome.HELD
        except Late:
            out, outcome = None, Outcome.DROPPED
            self._meter.late += 1
        self._vitals.begin(Phase.IDLE, self._version)
        if out is None:
            self._link.send(Kind.DONE, DONE.pack(outcome, self._version))
            return
        self._keyframe &= not out.keyframe
        out = Encoded(timestamp, at, out.keyframe, out.payloads, out.width, out.height, out.level)
        self._link.send(Kind.FRAME, *encoded_parts(out, self._version))
        self._meter.frame(time.monotonic() - began, self.rack.ms)

    def _time(self, timestamp: int, clock: int) -> float:
        """Seconds on a clock that only goes forward, whatever sequence of layers comes."""
        gap = 0 if self._timestamp is None else (timestamp - self._timestamp) & 0xFFFFFFFF
        self._timestamp = timestamp
        self._ticks += gap if gap < 10 * clock else 0
        return self._ticks / clock

    def _look(self, work: Work) -> None:
        now = time.monotonic()
        if now - self._told_at < _EVERY_S:
            return
        self._told_at, meter, self._meter = now, self._meter, Meter()
        if meter.came:
            more = work.second(meter)
            self._tell({"tell": "cost", "ms": meter.ms, "filters": meter.filters, **more})

    def _tell(self, value: dict[str, Any]) -> None:
        self._link.send(Kind.NOTE, note(value))
