"""Frames as a decoder wants them, out of the packets that carry them, in order.

VP8: RFC 7741. VP9: RFC 9628. H.264: RFC 6184, packetization mode 1. Nothing here raises, whatever
the packets hold: a frame that cannot be read is left out, and the next one is a keyframe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from server.media.payloads import FORMATS, FU_A, STAP_A, vp8_descriptor, vp9_frame_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.media.source import Packet

GAP_S: Final = 0.2
"""How long a missing packet is waited for: it is asked for again meanwhile."""
MAX_PENDING: Final = 512
"""Packets that wait for one before them, or for the beginning of a keyframe."""
MAX_FRAME_BYTES: Final = 1 << 20
MAX_FRAME_PACKETS: Final = 1024
START_CODE: Final = b"\0\0\0\1"
"""Before each NAL unit (ITU-T H.264, annex B)."""


class AccessUnit(NamedTuple):
    """One frame, whole.

    Attributes:
        parts: its bytes; no need to join them before they are written.
        timestamp: RTP.
        at: monotonic seconds when the last packet of it had come.
        keyframe: whether it can be decoded without others.
    """

    parts: list[bytes]
    timestamp: int
    at: float
    keyframe: bool


def vp8_parts(payloads: Sequence[bytes]) -> list[bytes] | None:
    """What is behind the descriptors of one frame; None when it cannot be read."""
    if payloads[0][0] & 0x17 != 0x10:
        return None  # not the beginning of its first partition
    parts = []
    for payload in payloads:
        _, at = vp8_descriptor(payload)
        if at >= len(payload):
            return None
        parts.append(payload[at:])
    return parts


def vp9_parts(payloads: Sequence[bytes]) -> list[bytes] | None:
    """The same for VP9. Spatial layers of one picture follow one another, as decoders take them."""
    if not payloads[0][0] & 8:
        return None
    parts = []
    for payload in payloads:
        at = vp9_frame_at(payload)
        if at >= len(payload):
            return None
        parts.append(payload[at:])
    return parts


def h264_parts(payloads: Sequence[bytes]) -> list[bytes] | None:
    """The NAL units of one frame in Annex B form."""
    parts: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if 0 < kind < STAP_A:
            parts += START_CODE, payload
        elif kind == STAP_A:
            units = _aggregated(payload)
            if units is None:
                return None
            parts += units
        elif kind == FU_A and len(payload) > 2:
            if payload[1] & 0x80:
                parts.append(START_CODE + bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
            elif not parts:
                return None
            parts.append(payload[2:])
        else:
            return None
    return parts


def _aggregated(payload: bytes) -> list[bytes] | None:
    parts: list[bytes] = []
    at = 1
    while at < len(payload):
        begin = at + 2
        at = begin + int.from_bytes(payload[at:begin], "big")
        if at > len(payload) or at == begin:
            return None
        parts += START_CODE, payload[begin:at]
    return parts


STRIP: Final = {"VP8": vp8_parts, "VP9": vp9_parts, "H264": h264_parts}
"""By the name of the codec as SDP has it."""


class Assembler:
    """The frames of one stream, from a keyframe on, each as soon as its last packet is there.

    Packets may come in any order, and more than once; what is missing is waited for. When it does
    not come, or more waits than may, frames are left out until the next keyframe.

    Attributes:
        waiting: for a keyframe: somebody should ask for one.
    """

    def __init__(self, codec: str) -> None:
        self.waiting = True
        self._form = FORMATS[codec]
        self._strip = STRIP[codec]
        self._next = 0
        self._gap_since: float | None = None
        self._pending: dict[int, Packet] = {}
        self._frame: list[bytes] = []
        self._size = 0
        self._timestamp = 0
        self._at = 0.0

    def take(self, packet: Packet) -> list[AccessUnit]:
        """Take in a packet; the frames that it completes, in order."""
        if self.waiting:
            if not self._begins(packet.payload):
                self._keep(packet)
                return []
            self._start(packet.seq)
        behind = self._next - packet.seq & 0xFFFF
        if 0 < behind < 0x8000:
            return []  # it is in already, or too late
        if behind == 0 and not self._pending:
            return self._append(packet)
        self._keep(packet)
        return [] if self.waiting else self._drain(packet.at)

    def look(self, now: float) -> list[AccessUnit]:
        """Give up what has not come for too long; to be called now and then."""
        if self._gap_since is None or now - self._gap_since < GAP_S:
            return []
        seq = self._later_keyframe()
        if seq is None:
            self.restart()
            return []
        self._start(seq)
        return self._drain(now)

    def restart(self) -> None:
        """Leave out everything until the next keyframe."""
        self.waiting = True
        self._clear_frame()
        self._pending.clear()
        self._gap_since = None

    def _begins(self, payload: bytes) -> bool:
        """Whether a keyframe begins here.

        One of H.264 does with its parameter sets, which browsers send with every keyframe: what
        comes behind them may have overtaken them.
        """
        if not payload or not self._form.may_begin[payload[0]]:
            return False
        found = self._form.keyframe(payload)
        return found is not None and found.width > 0

    def _keep(self, packet: Packet) -> None:
        """Hold a packet back. Of those before any keyframe the newest are kept."""
        if len(self._pending) >= MAX_PENDING:
            if not self.waiting:
                self.restart()
                return
            del self._pending[next(iter(self._pending))]
        self._pending[packet.seq] = packet

    def _start(self, seq: int) -> None:
        self.waiting = False
        self._next = seq
        self._gap_since = None
        self._clear_frame()
        for other in [s for s in self._pending if s - seq & 0x8000]:
            del self._pending[other]

    def _later_keyframe(self) -> int | None:
        """Where the next keyframe begins of what waits for a packet before it."""
        ahead = sorted(self._pending, key=lambda seq: seq - self._next & 0xFFFF)
        return next((seq for seq in ahead if self._begins(self._pending[seq].payload)), None)

    def _drain(self, now: float) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        before = self._next
        while not self.waiting and self._next in self._pending:
            units += self._append(self._pending.pop(self._next))
        if not self._pending:
            self._gap_since = None
        elif self._gap_since is None or self._next != before:
            self._gap_since = now
        return units + self.look(now)

    def _append(self, packet: Packet) -> list[AccessUnit]:
        """Take in the packet that is next."""
        self._next = packet.seq + 1 & 0xFFFF
        if not packet.payload:
            return []
        units = []
        if self._frame and packet.timestamp != self._timestamp:
            units = self._emit()  # nothing is missing of it, only its end was not marked
            if self.waiting:
                return units
        self._frame.append(packet.payload)
        self._size += len(packet.payload)
        self._timestamp, self._at = packet.timestamp, packet.at
        if self._size > MAX_FRAME_BYTES or len(self._frame) > MAX_FRAME_PACKETS:
            self.restart()
        elif packet.marker:
            units += self._emit()
        return units

    def _emit(self) -> list[AccessUnit]:
        payloads, timestamp, at = self._frame, self._timestamp, self._at
        self._clear_frame()
        parts = self._strip(payloads)
        if parts is None:
            self.restart()
            return []
        return [AccessUnit(parts, timestamp, at, self._begins(payloads[0]))]

    def _clear_frame(self) -> None:
        self._frame = []
        self._size = 0
