"""Effects that a test works by hand: streams that take frames and give what the test wants."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from rooms.effects import Effect
from rooms.errors import TooManyEffects
from rooms.participant import Kind
from server.workers.streams import Encoded, StreamListener, StreamSpec, StreamState
from tests.support.media_packets import vp8_frame

EDGES = Effect("e1", "edges", "Edges", (("low", 100),))
BLUR = Effect("e2", "background-blur", "Background blur", (), private=True)
ECHO = Effect("s1", "echo", "Echo")

MADE = b"made by hand"
"""Stands at the end of every picture that comes out, and in every sound."""
SIZE = (160, 90)


@dataclass(eq=False)
class HandStream:
    """Fulfils `EffectStream`.

    Attributes:
        automatic: what goes in comes out again by itself, as a small picture that says so.
        room: how many frames it takes before it refuses.
        size: of the pictures that come out by themselves, from their next keyframe on.
        sent: parts, timestamp and time of each frame that it took.
        keyframes: how often one was asked for.
    """

    spec: StreamSpec
    chain: Sequence[Effect]
    listener: StreamListener
    automatic: bool = False
    room: float = float("inf")
    gain_db: float = 0.0
    size: tuple[int, int] = SIZE
    sent: list[tuple[bytes, int, float]] = field(default_factory=list)
    keyframes: int = 0
    facts: tuple[str, bool, bool] | None = None
    bitrate_bps: int = 0
    closed: bool = False
    made: int = 0
    _keyframe_wanted: bool = True

    def send(self, parts: Sequence[bytes], timestamp: int, at: float) -> bool:
        assert not self.closed
        if self.room < 1:
            return False
        self.room -= 1
        self.sent.append((b"".join(parts), timestamp, at))
        if self.automatic:
            asyncio.get_running_loop().call_soon(self._answer, len(self.sent) - 1)
        return True

    def _answer(self, frame: int) -> None:
        if self.closed or not self.automatic:
            return
        if self.spec.kind is Kind.AUDIO:
            self.say(MADE + bytes(60), frame=frame)
            return
        wanted, self._keyframe_wanted = self._keyframe_wanted, False
        self.give(keyframe=wanted, frame=frame, size=self.size, length=300)

    def request_keyframe(self) -> None:
        self.keyframes += 1
        self._keyframe_wanted = True

    def configure(self, chain: Sequence[Effect], gain_db: float = 0.0) -> None:
        self.chain, self.gain_db = tuple(chain), gain_db

    def set_facts(self, name: str, speaking: bool, hand_raised: bool) -> None:
        self.facts = name, speaking, hand_raised

    def set_bitrate(self, bps: int) -> None:
        self.bitrate_bps = bps

    async def close(self) -> None:
        self.closed = True

    # What the test lets it do

    def run(self, *, automatic: bool = False) -> None:
        self.automatic = automatic
        self.state(StreamState.RUNNING)

    def state(self, state: StreamState) -> None:
        if state is not StreamState.RUNNING:
            self.automatic = False
        self.listener.on_state(state)

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
        payloads[-1] = payloads[-1][: -len(MADE)] + MADE
        self.made += 1
        self.listener.on_frame(Encoded(timestamp, at, keyframe, tuple(payloads), *size))

    def say(
        self, payload: bytes = b"\x78" + bytes(40), *, level: int = 30, frame: int = -1
    ) -> None:
        """The same with sound."""
        _, timestamp, at = self.sent[frame]
        self.listener.on_frame(Encoded(timestamp, at, True, (payload,), level=level))


class HandEngine:
    """Opens such streams.

    Attributes:
        full: whether it has as many as it may.
        automatic: new streams run and work by themselves.
    """

    def __init__(self, *, automatic: bool = False) -> None:
        self.streams: list[HandStream] = []
        self.full = False
        self.automatic = automatic

    def open(
        self,
        spec: StreamSpec,
        chain: Sequence[Effect],
        listener: StreamListener,
        gain_db: float = 0.0,
    ) -> HandStream:
        if self.full:
            raise TooManyEffects
        stream = HandStream(spec, tuple(chain), listener, gain_db=gain_db)
        self.streams.append(stream)
        if self.automatic:
            asyncio.get_running_loop().call_soon(partial(stream.run, automatic=True))
        return stream

    @property
    def stream(self) -> HandStream:
        """The newest one."""
        return self.streams[-1]

    def of(self, kind: Kind) -> list[HandStream]:
        """Those that are open."""
        return [s for s in self.streams if s.spec.kind is kind and not s.closed]
