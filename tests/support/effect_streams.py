"""Effects that a test works by hand: streams that take frames and give what the test wants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rooms.effects import Effect
from rooms.errors import TooManyEffects
from server.workers.streams import Encoded, StreamListener, StreamSpec, StreamState
from tests.support.media_packets import vp8_frame

EDGES = Effect("e1", "edges", "Edges", (("low", 100),))
BLUR = Effect("e2", "background-blur", "Background blur", (), private=True)
ECHO = Effect("s1", "echo", "Echo")


@dataclass(eq=False)
class HandStream:
    """Fulfils `EffectStream`.

    Attributes:
        room: how many frames it takes before it refuses.
        sent: parts, timestamp and time of each frame that it took.
        keyframes: how often one was asked for.
    """

    spec: StreamSpec
    chain: Sequence[Effect]
    listener: StreamListener
    room: float = float("inf")
    gain_db: float = 0.0
    sent: list[tuple[bytes, int, float]] = field(default_factory=list)
    keyframes: int = 0
    facts: tuple[str, bool, bool] | None = None
    bitrate_bps: int = 0
    closed: bool = False
    made: int = 0

    def send(self, parts: Sequence[bytes], timestamp: int, at: float) -> bool:
        assert not self.closed
        if self.room < 1:
            return False
        self.room -= 1
        self.sent.append((b"".join(parts), timestamp, at))
        return True

    def request_keyframe(self) -> None:
        self.keyframes += 1

    def configure(self, chain: Sequence[Effect], gain_db: float = 0.0) -> None:
        self.chain, self.gain_db = tuple(chain), gain_db

    def set_facts(self, name: str, speaking: bool, hand_raised: bool) -> None:
        self.facts = name, speaking, hand_raised

    def set_bitrate(self, bps: int) -> None:
        self.bitrate_bps = bps

    async def close(self) -> None:
        self.closed = True

    # What the test lets it do

    def run(self) -> None:
        self.listener.on_state(StreamState.RUNNING)

    def give(
        self,
        *,
        keyframe: bool = False,
        frame: int = -1,
        size: tuple[int, int] = (640, 360),
        length: int = 2500,
    ) -> None:
        """Let a picture come out: of the frame that was sent as this one, the last if not said."""
        _, timestamp, at = self.sent[frame]
        payloads = vp8_frame(self.made, keyframe=keyframe, size=size, length=length)
        self.made += 1
        self.listener.on_frame(Encoded(timestamp, at, keyframe, tuple(payloads), *size))

    def say(self, payload: bytes = b"\x78" + bytes(40), level: int = 30) -> None:
        """Let sound come out of the packet that was sent last."""
        _, timestamp, at = self.sent[-1]
        self.listener.on_frame(Encoded(timestamp, at, True, (payload,), level=level))


class HandEngine:
    """Opens such streams.

    Attributes:
        full: whether it has as many as it may.
        on_open: what to do with each before it is used.
    """

    def __init__(self) -> None:
        self.streams: list[HandStream] = []
        self.full = False
        self.on_open: Callable[[HandStream], None] = lambda stream: None

    def open(
        self, spec: StreamSpec, chain: Sequence[Effect], listener: StreamListener
    ) -> HandStream:
        if self.full:
            raise TooManyEffects
        stream = HandStream(spec, tuple(chain), listener)
        self.streams.append(stream)
        self.on_open(stream)
        return stream

    @property
    def stream(self) -> HandStream:
        """The newest one."""
        return self.streams[-1]
