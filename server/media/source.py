"""What can be forwarded: a raw stream, one simulcast layer, the output of an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from rooms.participant import Kind
    from server.media.egress import Egress


class SenderReport(NamedTuple):
    """The newest sender report of a source (RFC 3550, section 6.4.1): two clocks at one instant."""

    ntp: int
    rtp: int
    at: float


class Packet(NamedTuple):
    """One RTP packet of a source, decrypted, as its history keeps it.

    Attributes:
        seq: the source's own sequence number, compacted: padding leaves no gap in it.
        marker: 0 or 0x80, as in the second octet of the RTP header.
        at: monotonic seconds when it came.
        send_time: 24 bits of the same time, as abs-send-time counts it, that it was sent on with.
        level: its audio level as in RFC 6464; 127 is silence.
    """

    seq: int
    timestamp: int
    marker: int
    payload: bytes
    at: float = 0.0
    send_time: int = 0
    level: int = 0x7F


class Progress(NamedTuple):
    """How far a source has come: its newest packet, and the sums of those in order so far."""

    latest: Packet | None
    packets: int
    octets: int


class Source(Protocol):
    """Something that egresses attach to."""

    kind: Kind
    codec: str
    clock_rate: int

    @property
    def sender_report(self) -> SenderReport | None:
        """The newest of its sender; None before the first."""

    @property
    def bitrate_bps(self) -> int:
        """Of the last second, payloads only."""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels from the last keyframe; None when unknown or audio."""

    @property
    def active(self) -> bool:
        """Whether packets came within the last second."""

    def request_keyframe(self) -> None:
        """Ask for a keyframe: at most one request per 500 ms leaves, retried until one comes."""

    @property
    def progress(self) -> Progress: ...

    def packet(self, seq: int) -> Packet | None:
        """A packet of the last 1,024, by its compacted sequence number."""

    def wait(self, egress: Egress) -> None:
        """Call `egress.switch(self, packet)` at the next packet it can start with."""

    def leave(self, egress: Egress) -> None:
        """Forget the egress, waiting or attached."""

    def rebuild(self) -> None:
        """Its egresses changed: make the table that the per-packet loop reads anew."""

    on_tap: Callable[[Packet], None] | None
