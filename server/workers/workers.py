"""All effect streams of a server, and what they share."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import structlog

from rooms.effects import Effect
from rooms.errors import TooManyEffects
from rooms.participant import Kind
from server.config import Config
from server.workers.counters import Counters
from server.workers.library import Library
from server.workers.nursery import Nursery
from server.workers.stream import Keeper, WorkerStream
from server.workers.streams import EffectStream, StreamListener, StreamSpec

LOOK_EVERY_S: Final = 0.05

log = structlog.get_logger()


class Workers:
    """One for each server; nothing of it outlives the server, whatever way that ends.

    Attributes:
        library: the filters.
        counters: what was counted.
    """

    def __init__(self, config: Config) -> None:
        deadline_s = config.effect_deadline_ms / 1000
        self.counters = Counters()
        self._nursery = Nursery(config.filter_models, config.effect_memory_mb)
        pictures = config.data_dir / "pictures" if config.store != "memory" else None
        self.library = Library(self._nursery, config.filters, pictures, deadline_s)
        self.library.on_reload = self._library_changed
        self._keeper = Keeper(
            self._nursery,
            self.library,
            self.counters,
            deadline_s,
            config.max_effect_kbps * 1000,
        )
        self._max_streams = config.max_effect_streams
        self._streams: set[WorkerStream] = set()
        self._look: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Return when the filters are known. Without them the server runs nevertheless."""
        self._look_again()
        if not await self._nursery.start():
            log.error("effects-not-ready")
        await self.library.start()

    async def close(self) -> None:
        """End all processes."""
        await asyncio.gather(*(stream.close() for stream in list(self._streams)))
        await self.library.close()
        await self._nursery.close()
        if self._look is not None:
            self._look.cancel()

    def open(
        self,
        spec: StreamSpec,
        chain: Sequence[Effect],
        listener: StreamListener,
        gain_db: float = 0.0,
    ) -> EffectStream:
        """Begin a stream. The listener is told nothing before this has returned.

        Raises:
            TooManyEffects: there are as many as there may be.
            InvalidEffect: this cannot be a chain.
        """
        if len(self._streams) >= self._max_streams:
            raise TooManyEffects("No more streams with effects can run on this server.")
        stream = WorkerStream(self._keeper, spec, chain, listener, gain_db, self._streams.discard)
        self._streams.add(stream)
        return stream

    def running(self, kind: Kind) -> int:
        """How many encoders run."""
        return sum(stream.running and stream.spec.kind is kind for stream in self._streams)

    def _library_changed(self) -> None:
        for stream in list(self._streams):
            stream.library_changed()

    def _look_again(self) -> None:
        now = time.monotonic()
        for stream in self._streams:
            stream.look(now)
        self.library.look(now)
        self._look = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look_again)
