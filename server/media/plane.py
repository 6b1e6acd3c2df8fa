"""What all rooms of the media plane share: sockets, limits and counters."""

from collections.abc import Callable, Sequence
from typing import Protocol

from rooms.effects import Effect
from rooms.errors import TooManyStreams
from server.config import Config
from server.media.connection import MediaConnection
from server.media.counters import Counters
from server.media.inbound import InboundLimits
from server.media.link import Link
from server.media.udp import MediaSockets
from server.workers.streams import EffectStream, StreamListener, StreamSpec


class Engine(Protocol):
    """Runs effects in processes of their own."""

    def open(
        self,
        spec: StreamSpec,
        chain: Sequence[Effect],
        listener: StreamListener,
        gain_db: float = 0.0,
    ) -> EffectStream:
        """A stream, which may not have started yet; whoever opens it closes it.

        The listener is told nothing before this has returned.

        Raises:
            TooManyEffects: there are as many as there may be.
        """


class Plane:
    """Makes peer connections within the limits of the configuration.

    Attributes:
        effects: runs them; None when this server does without.
        picture_limits: the longer and the shorter side of the largest picture that is taken.
    """

    def __init__(
        self,
        config: Config,
        sockets: MediaSockets,
        counters: Counters,
        effects: Engine | None = None,
    ) -> None:
        self.counters = counters
        self.effects = effects
        self.max_effect_bps = 1000 * config.max_effect_kbps
        self.picture_limits = (
            max(config.max_video_width, config.max_video_height),
            min(config.max_video_width, config.max_video_height),
        )
        self.inbound_limits = InboundLimits(config.max_video_width, config.max_video_height)
        self.max_room_publishers = config.max_room_publishers
        self.video_codecs: Sequence[str] = config.video_codecs
        self.connections: set[MediaConnection] = set()
        self._sockets = sockets
        self._max_connections = config.max_media_peers
        self._max_video_kbps = config.max_video_kbps

    @property
    def full(self) -> bool:
        """Whether there are as many peer connections as there may be."""
        return len(self.connections) >= self._max_connections

    def flush(self) -> None:
        """Let packets leave that were sent on aside from those that arrive."""
        self._sockets.flush()

    def connection(
        self, *, on_link: Callable[[Link], None], on_closed: Callable[[str], None]
    ) -> MediaConnection:
        """A new peer connection; its owner ends it with `end`.

        Raises:
            TooManyStreams: there are `max_media_peers` already.
        """
        if self.full:
            raise TooManyStreams
        made = MediaConnection(
            self._sockets,
            on_link=on_link,
            on_closed=on_closed,
            max_video_kbps=self._max_video_kbps,
        )
        self.connections.add(made)
        return made

    async def end(self, connection: MediaConnection) -> None:
        try:
            await connection.close()
        finally:
            self.connections.discard(connection)
