"""What the server counts. Every series is described in docs/metrics.md."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

# A second series for each counter that tells when it began; the process's start time says the same.
disable_created_metrics()  # type: ignore[no-untyped-call]

_LAG_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """One set of series with its own registry, so that two servers in one process never mix.

    Labels come from closed sets only (request names, error codes): a client cannot add a series.
    """

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self.rooms = Gauge("greenroom_rooms", "Rooms in the store.", registry=self.registry)
        self.participants = Gauge(
            "greenroom_participants",
            "Participants in rooms, those who are reconnecting included.",
            registry=self.registry,
        )
        self.connections = Gauge(
            "greenroom_connections", "Open signalling connections.", registry=self.registry
        )
        self.joins = Counter(
            "greenroom_joins", "Participants who came into a room.", registry=self.registry
        )
        self.messages = Counter(
            "greenroom_messages",
            "Requests that were carried out.",
            ["name"],
            registry=self.registry,
        )
        self.rejected = Counter(
            "greenroom_rejected", "Requests that were refused.", ["code"], registry=self.registry
        )
        self.event_loop_lag = Histogram(
            "greenroom_event_loop_lag_seconds",
            "How much later than asked the event loop woke a sleeping task.",
            buckets=_LAG_BUCKETS_S,
            registry=self.registry,
        )
        build = Info("greenroom_build", "The version that runs.", registry=self.registry)
        build.info({"version": version})
        ProcessCollector(registry=self.registry)

    def render(self) -> bytes:
        """Everything in the Prometheus text format."""
        return generate_latest(self.registry)


class LagProbe:
    """Samples how late the event loop wakes a task. Owned by the application; `close()` ends it."""

    def __init__(
        self,
        histogram: Histogram,
        interval_s: float = 0.5,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._histogram = histogram
        self._interval_s = interval_s
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._sample(), name="event-loop-lag")

    async def close(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _sample(self) -> None:
        while True:
            asked = self._clock()
            await asyncio.sleep(self._interval_s)
            self._histogram.observe(max(0.0, self._clock() - asked - self._interval_s))
