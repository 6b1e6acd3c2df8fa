"""What a test's media client sends and counts: synthetic streams, and flows that arrive."""

import random
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.support.media_packets import Rtp, read_vp8, sender_report, vp8_frame, vp8_payloads
from tests.support.media_sdp import AUDIO_LEVEL, MID, RID, SEND_TIME, TRANSPORT_CC

KEPT = 600
"""Packets that a stream can send again, and that a flow remembers."""
STAMP = struct.Struct("!Q")
"""The end of every payload: when it left, in nanoseconds of the monotonic clock."""


@dataclass(slots=True)
class Numbers:
    """The transport-wide sequence number, shared by the streams of one transport."""

    next: int = 0

    def take(self) -> int:
        self.next = (self.next + 1) & 0xFFFF
        return self.next


@dataclass(slots=True)
class Stream:
    """One SSRC that is sent: sound in packets of 20 ms, or pictures that look like VP8.

    Attributes:
        send: encrypts and sends one packet.
        extensions: URI to id, as negotiated.
        level: of a microphone, in -dBov (RFC 6464): 0 is loud, 127 is silence.
        encode: makes the next picture, or 20 ms of sound; without it they only look like it. Of a
            picture it is told whether it has to be a keyframe.
        keyframe_wanted: the next picture is a keyframe.
        frames: pictures sent.
    """

    kind: str
    mid: str
    payload_type: int
    clock_rate: int
    extensions: dict[str, int]
    numbers: Numbers
    send: Callable[[bytes], None]
    rid: str = ""
    size: tuple[int, int] = (640, 360)
    frame_bytes: int = 2000
    level: int = 30
    encode: Callable[[bool], bytes] | None = None
    ssrc: int = field(default_factory=lambda: random.getrandbits(31) | 1)
    seq: int = field(default_factory=lambda: random.getrandbits(15))
    timestamp: int = field(default_factory=lambda: random.getrandbits(31))
    keyframe_wanted: bool = True
    active: bool = True
    frames: int = 0
    packets: int = 0
    octets: int = 0
    asked: int = 0
    retransmitted: int = 0
    _kept: dict[int, bytes] = field(default_factory=dict)

    def packet(self, payload: bytes, *, marker: bool = False) -> Rtp:
        """The next packet, not yet sent."""
        if self.encode is None:
            payload = payload[: -STAMP.size] + STAMP.pack(time.monotonic_ns())
        values = {MID: self.mid.encode(), RID: self.rid.encode()}
        values[SEND_TIME] = int(time.time() * 2**18).to_bytes(8, "big")[-3:]
        values[TRANSPORT_CC] = self.numbers.take().to_bytes(2, "big")
        values[AUDIO_LEVEL] = bytes([0x80 | self.level])
        extensions = {
            self.extensions[uri]: value for uri, value in values.items() if self._has(uri, value)
        }
        packet = Rtp(
            self.payload_type, marker, self.seq, self.timestamp, self.ssrc, payload, extensions
        )
        self.seq = (self.seq + 1) & 0xFFFF
        return packet

    def _has(self, uri: str, value: bytes) -> bool:
        return bool(value) and uri in self.extensions

    def sound(self) -> None:
        """Send 20 ms of it."""
        self._send([self.packet(self.encode(True) if self.encode else bytes(80))])
        self.timestamp = (self.timestamp + 960) & 0xFFFFFFFF

    def picture(self, frames_per_s: float) -> None:
        """Send one frame, a keyframe if somebody asked for one."""
        if self.active:
            keyframe, self.keyframe_wanted = self.keyframe_wanted, False
            if self.encode is None:
                payloads = vp8_frame(
                    self.frames, keyframe=keyframe, size=self.size, length=self.frame_bytes
                )
            else:
                payloads = vp8_payloads(self.frames, self.encode(keyframe))
            last = len(payloads) - 1
            self._send(self.packet(p, marker=n == last) for n, p in enumerate(payloads))
            self.frames += 1
        self.timestamp = (self.timestamp + int(self.clock_rate / frames_per_s)) & 0xFFFFFFFF

    def _send(self, packets: Iterable[Rtp]) -> None:
        for packet in packets:
            data = bytes(packet)
            self._kept[packet.seq] = data
            self._kept.pop((packet.seq - KEPT) & 0xFFFF, None)
            self.packets += 1
            self.octets += len(packet.payload)
            self.send(data)

    def again(self, seqs: Iterable[int]) -> None:
        """Send packets again that were lost."""
        for seq in seqs:
            self.asked += 1
            if seq in self._kept:
                self.retransmitted += 1
                self.send(self._kept[seq])

    def report(self) -> bytes:
        return bytes(
            sender_report(self.ssrc, time.time(), self.timestamp, self.packets, self.octets)
        )


@dataclass(slots=True)
class Flow:
    """One SSRC that arrives.

    Attributes:
        frames: pictures, counted by their last packets.
        first_at, first_keyframe_at, last_keyframe_at: `time.perf_counter()`.
        size: width and height in pixels, from the last keyframe.
        latencies: seconds since the packet left its stream.
        recent: the newest packets.
        missing: sequence numbers that are skipped and have not come since.
        malformed: payloads that are not VP8.
    """

    ssrc: int
    kind: str
    packets: int = 0
    octets: int = 0
    frames: int = 0
    keyframes: int = 0
    duplicates: int = 0
    malformed: int = 0
    first_at: float = 0.0
    first_keyframe_at: float = 0.0
    last_keyframe_at: float = 0.0
    size: tuple[int, int] | None = None
    highest: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=100_000))
    recent: deque[Rtp] = field(default_factory=lambda: deque(maxlen=KEPT))
    missing: set[int] = field(default_factory=set)
    _begun: int = 0

    def take(self, packet: Rtp) -> list[int]:
        """Count it; answers with the sequence numbers that it shows to be missing."""
        gap: list[int] = []
        if not self.packets:
            self.first_at = time.perf_counter()
            self.highest = self._begun = packet.seq + 0x10000
        else:
            gap = self._follow(packet.seq)
        self.packets += 1
        self.octets += len(packet.payload)
        self.recent.append(packet)
        if len(packet.payload) > STAMP.size:
            left = STAMP.unpack(packet.payload[-STAMP.size :])[0]
            self.latencies.append((time.monotonic_ns() - left) / 1e9)
        if self.kind == "video":
            self._look(packet)
        return gap

    def _follow(self, seq: int) -> list[int]:
        step = (seq - self.highest + 0x8000 & 0xFFFF) - 0x8000
        if step > 0:
            gap = list(range(self.highest + 1, self.highest + step))
            self.missing.update(gap)
            self.highest += step
            return [number & 0xFFFF for number in gap]
        number = self.highest + step
        if number in self.missing:
            self.missing.discard(number)
        elif number >= self._begun:
            self.duplicates += 1
        return []

    def _look(self, packet: Rtp) -> None:
        self.frames += packet.marker
        try:
            picture = read_vp8(packet.payload)
        except (IndexError, struct.error):
            self.malformed += 1
            return
        if picture.keyframe:
            self.keyframes += 1
            self.last_keyframe_at = time.perf_counter()
            self.first_keyframe_at = self.first_keyframe_at or self.last_keyframe_at
            self.size = picture.size
