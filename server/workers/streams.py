"""What the media plane gives to effect streams and gets from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from rooms.effects import Effect
from rooms.participant import Kind

MAX_IN_FLIGHT: Final = 8
"""Frames of one stream that are with its worker."""
MAX_PAYLOAD: Final = 1180
"""Bytes of an RTP payload: with headers and encryption it fits into any path."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """What comes in.

    Attributes:
        codec: as SDP has it: VP8, VP9, H264 or opus. VP8 or opus comes out.
        title: whose stream it is, hashed: for logs.
        max_width: a larger picture is not decoded; so `max_height`.
    """

    kind: Kind
    codec: str
    title: str
    max_width: int = 1920
    max_height: int = 1080


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture, or one packet of sound, as it goes out.

    Attributes:
        timestamp: of RTP, as it was sent in.
        at: as it was sent in.
        payloads: of RTP, with descriptors: almost equal sizes, at most `MAX_PAYLOAD`.
        level: how loud a sound is, in -dBov from 0 to 127 (RFC 6464).
    """

    timestamp: int
    at: float
    keyframe: bool
    payloads: tuple[bytes, ...]
    width: int = 0
    height: int = 0
    level: int = 127


class StreamState(StrEnum):
    STARTING = "starting"
    """Nothing comes yet, or not for a moment."""
    RUNNING = "running"
    HELD = "held"
    """An effect that hides something does not work: the last picture stays and nothing is shown."""
    BYPASSED = "bypassed"
    """No effect works and none hides anything: the bare source may be shown."""


class TroubleKind(StrEnum):
    ERROR = "error"
    SLOW = "slow"
    CRASH = "crash"
    MEMORY = "memory"
    BROKEN_FILE = "broken-file"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with an effect, for its owner.

    Attributes:
        title: of the filter, for people.
        message: one line for people.
        file: name of the file in which it went wrong, without its directory.
        off: the stream goes on without this effect.
    """

    effect_id: str
    filter: str
    title: str
    kind: TroubleKind
    message: str
    file: str | None = None
    line: int | None = None
    off: bool = False


class Degraded(StrEnum):
    """What is given up because a picture takes longer than the time until the next."""

    FRAMES = "frames"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stream cost in the last second.

    Attributes:
        ms: of one frame, all in all, in its worker.
        filters: ms of one frame, by id of the effect.
        dropped: frames that came in and did not come out.
        delay_ms: added latency, the middle one.
        fps: frames that came out.
        peak_dbfs: the highest sample of sound as it went out; None for pictures and silence.
    """

    ms: float
    filters: Mapping[str, float] = field(default_factory=dict)
    dropped: int = 0
    delay_ms: float = 0.0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    degraded: Degraded | None = None
    peak_dbfs: float | None = None


class StreamListener(Protocol):
    """Who wanted a stream. All of it is called on the event loop, and nothing after `close()`."""

    def on_frame(self, frame: Encoded) -> None: ...

    def on_keyframe_needed(self) -> None:
        """Nothing can be decoded before the input gives a keyframe. Told again until it came."""

    def on_state(self, state: StreamState) -> None:
        """The state is another one. It is STARTING before this is called."""

    def on_trouble(self, trouble: Trouble) -> None: ...

    def on_mended(self, effect_id: str) -> None:
        """An effect that had trouble works again."""

    def on_cost(self, cost: Cost) -> None:
        """Once a second, while frames come."""

    def on_emitted(self, effect_id: str, name: str, kind: str, data: dict[str, Any]) -> None:
        """The filter `name` has found something: `kind` is "detections" or "caption"."""


class EffectStream(Protocol):
    """One stream on its way through a worker. Nothing of it waits but `close`."""

    def send(self, parts: Sequence[bytes], timestamp: int, at: float) -> bool:
        """Hand over one encoded picture, or one Opus packet.

        Args:
            parts: the bytes of it, in order. H.264 with start codes (ITU-T H.264, Annex B).
            timestamp: of RTP: comes back with what becomes of it.
            at: when it was received, in seconds of `time.monotonic`; so does this.

        Returns:
            whether it was taken. If not, what follows cannot be decoded before a keyframe.
        """

    def request_keyframe(self) -> None:
        """Let the next picture that comes out be a keyframe."""

    def configure(self, chain: Sequence[Effect], gain_db: float = 0.0) -> None:
        """Use these effects with these parameters, from one frame to the next."""

    def set_facts(self, name: str, speaking: bool, hand_raised: bool) -> None:
        """What filters may know of the participant."""

    def set_bitrate(self, bps: int) -> None:
        """How much what comes out may take."""

    async def close(self) -> None:
        """End it, within two seconds."""
