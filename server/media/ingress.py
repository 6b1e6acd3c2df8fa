"""One received stream: what a publisher sends under one SSRC, and what it is asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rooms.participant import Kind
from server.media.feed import Fed, Feed
from server.media.nack import Missing
from server.media.numbering import Numbering
from server.media.payloads import FORMATS
from server.media.reception import Reception
from server.media.rtcp import Block, Nack, PictureLoss, SenderInfo, nack_items
from server.media.rtp import SILENCE
from server.media.source import Packet, SenderReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.media.counters import Counters
    from server.media.sdp import Codec

MAX_JUMP = 1000
"""A sequence number further away than this is of a stream that began anew."""
JUMPS_EVERY_S = 0.5
KEYFRAMES_EVERY_S = 0.5
REPORTS_EVERY_S = 0.2
ACTIVE_S = 1.0
SILENCE_DBOV = -float(SILENCE)


def _nowhere(_: bytes) -> None:
    """The publisher is not there any more."""


class Ingress(Fed):
    """A source: one SSRC of a publisher and one codec.

    Attributes:
        codec: its name in SDP.
        size: width and height of its pictures, from the last keyframe.
        bitrate_bps: of the last second, payloads only.
        level_dbov: mean loudness of the last tenth of a second, -127 (silence) to 0.
        numbers: its sequence numbers.
        reception: what came, as RTCP counts it.
        feed: where its packets go.
        odd: whether packets need a second look before they are sent on.
        level_sum: of the audio levels since they were last looked at; so `level_count`.
    """

    __slots__ = (
        "_answers_as",
        "_asked_at",
        "_counted_lost",
        "_counted_octets",
        "_counted_packets",
        "_counters",
        "_jumped_at",
        "_keyframe_of",
        "_limits",
        "_measured_at",
        "_measured_octets",
        "_refusing",
        "_reported_at",
        "_restarting",
        "_resumes_at",
        "_send_rtcp",
        "_wants_keyframe",
        "bitrate_bps",
        "clock_rate",
        "codec",
        "feed",
        "form",
        "kind",
        "level_count",
        "level_dbov",
        "level_sum",
        "missing",
        "numbers",
        "odd",
        "payload_type",
        "reception",
        "sender_report",
        "size",
        "ssrc",
    )

    def __init__(
        self,
        kind: Kind,
        codec: Codec,
        ssrc: int,
        first: int,
        answers_as: int,
        limits: tuple[int, int],
        counters: Counters,
        send_rtcp: Callable[[bytes], None],
    ) -> None:
        """Make a source of what is to come.

        Args:
            kind: of the media.
            codec: as negotiated.
            ssrc: of the publisher.
            first: sequence number of the packet that is there.
            answers_as: our SSRC in RTCP.
            limits: the longer and the shorter side of the largest picture allowed.
            counters: of the media plane.
            send_rtcp: sends a compound to the publisher.
        """
        self.kind = kind
        self.codec = codec.name
        self.clock_rate = codec.clock_rate
        self.payload_type = codec.payload_type
        self.ssrc = ssrc
        self.form = FORMATS[codec.name]
        self.sender_report: SenderReport | None = None
        self.size: tuple[int, int] | None = None
        self.bitrate_bps = 0
        self.level_dbov = SILENCE_DBOV
        self.level_sum = self.level_count = 0
        self.numbers = Numbering(first - 1)
        self.reception = Reception(first)
        self.missing = Missing()
        self.feed = Feed(self, kind, self.form, counters)
        self.odd = False
        self._answers_as = answers_as
        self._limits = limits
        self._counters = counters
        self._send_rtcp = send_rtcp
        self._refusing = self._restarting = self._wants_keyframe = False
        self._keyframe_of = self._resumes_at = -1
        self._asked_at = self._jumped_at = self._reported_at = float("-inf")
        self._measured_at = float("-inf")
        self._measured_octets = self._counted_packets = self._counted_octets = 0
        self._counted_lost = 0

    # As a source

    @property
    def active(self) -> bool:
        return time.monotonic() - self.reception.heard_at < ACTIVE_S

    def request_keyframe(self) -> None:
        if self.kind is Kind.VIDEO:
            self._wants_keyframe = True
            self._ask_for_keyframe(time.monotonic())

    # What came

    def leap(self, step: int, seq: int, now: float) -> bool:
        """Take in a packet that is `step` ahead; whether to go on with it as the newest."""
        numbers = self.numbers
        if step <= MAX_JUMP:
            first = numbers.newest + 1
            numbers.newest += step - 1
            if not self.missing.add(first, first + step - 1, now):
                self.request_keyframe()
            else:
                self._ask_for_missing(now)
            return True
        # One packet far away may be a stray or an attack; two that follow one another are a stream.
        if seq != self._resumes_at or now - self._jumped_at < JUMPS_EVERY_S:
            self._resumes_at = seq + 1 & 0xFFFF
            self._counters.refused += 1
            return False
        self._jumped_at = now
        self.missing.give_up()
        numbers.restart(numbers.newest + step - 1)
        self.reception.begin(numbers.newest + 1, already=1)
        self._restarting = self.odd = True
        if self.feed.used:
            self.request_keyframe()
        return True

    def admit(self, packet: Packet) -> bool:
        """Take a second look at a packet before it is sent on; whether it is.

        Keyframes may begin with it, or somebody waits for it, or the stream is odd.
        """
        is_audio = self.kind is Kind.AUDIO
        begins = is_audio or self._begins_keyframe(packet)
        if self._refusing:
            self._counters.refused += 1
            return False
        if self._restarting:
            self._restarting = self.odd = False
            self.feed.restart(packet)
        if begins and self.feed.waiting:
            self.feed.start(packet)
        return True

    def take_late(self, behind: int, packet: Packet, *, again: bool = False) -> None:
        """Take in a packet that is `behind` the newest one; its `seq` is not looked at.

        Args:
            behind: 0 for the newest one itself, once more.
            packet: as it came; with an empty payload for one of padding.
            again: it was sent again. Bandwidth probes are too, though nobody has missed them.
        """
        number = self.numbers.newest - behind
        seq = self.numbers.compact(number)
        was_missing = self.missing.came(number, packet.at)
        if seq is None or self.feed.packet(seq) is not None:
            return
        if was_missing and again:
            self._counters.recovered += 1
        packet = packet._replace(seq=seq)
        begins = bool(packet.payload) and self._begins_keyframe(packet)
        if self._refusing:
            self._counters.refused += 1
            return
        self.feed.push_late(packet)
        if begins and self.feed.waiting:
            self.feed.start_late(packet)

    def take_report(self, info: SenderInfo, now: float) -> None:
        """Hand the publisher's clock on to its subscribers."""
        self.sender_report = SenderReport(info.ntp, info.rtp, now)
        if now - self._reported_at >= REPORTS_EVERY_S:
            self._reported_at = now
            for egress in self.feed.attached:
                egress.report(now)

    # From time to time

    def tick(self, now: float) -> None:
        """Ask again for what did not come."""
        if self.missing:
            self._ask_for_missing(now)
        if self._wants_keyframe:
            self._ask_for_keyframe(now)

    def listen(self) -> None:
        """Find out how loud it was since the last time."""
        count, self.level_count = self.level_count, 0
        loud, self.level_sum = self.level_sum, 0
        self.level_dbov = -loud / count if count else SILENCE_DBOV

    def measure(self, now: float) -> None:
        """Bring rate and counters up to date, about once a second."""
        octets, elapsed = self.feed.octets, now - self._measured_at
        if elapsed > 0:
            self.bitrate_bps = int(8 * (octets - self._measured_octets) / elapsed)
            self._measured_at, self._measured_octets = now, octets
        reception, counters = self.reception, self._counters
        counters.packets_in += reception.received - self._counted_packets
        counters.bytes_in += reception.octets - self._counted_octets
        counters.lost += self.missing.lost - self._counted_lost
        self._counted_packets, self._counted_octets = reception.received, reception.octets
        self._counted_lost = self.missing.lost
        self.feed.count()

    def report(self, now: float) -> Block | None:
        """A block for a receiver report; None when nothing came since the last one."""
        return self.reception.report(self.ssrc, self.numbers.newest, self.sender_report, now)

    def close(self) -> None:
        """Ask the publisher for nothing more; what came can still be sent again."""
        self._send_rtcp = _nowhere
        self.measure(time.monotonic())
        self.reception.heard_at = float("-inf")

    # Inside

    def _begins_keyframe(self, packet: Packet) -> bool:
        """Whether this is the beginning of a keyframe that may be forwarded."""
        may_begin = self.form.may_begin[packet.payload[0]]
        found = self.form.keyframe(packet.payload) if may_begin else None
        if found is None or (self._refusing and not found.width):
            return False
        self._refusing = max(found) > self._limits[0] or min(found) > self._limits[1]
        self.odd = self._refusing or self._restarting
        if self._refusing:
            # An effect's viewers miss nothing that they could ask for: the publisher hears it here.
            if self.feed.used:
                self.request_keyframe()
            return False
        if found.width:
            self.size = found.width, found.height
        if packet.timestamp == self._keyframe_of:
            return False  # its parameter sets came before it
        self._keyframe_of = packet.timestamp
        self._wants_keyframe = False
        return True

    def _ask_for_missing(self, now: float) -> None:
        due = self.missing.due(now)
        if due and self.kind is Kind.VIDEO:
            self._counters.nacks_out += len(due)
            items = nack_items(number & 0xFFFF for number in due)
            self._send_rtcp(bytes(Nack(self._answers_as, self.ssrc, items)))

    def _ask_for_keyframe(self, now: float) -> None:
        """Unless nobody waits for one, or it rests: then nothing could come of it."""
        if not self.feed.used:
            self._wants_keyframe = False
        elif now - self._asked_at >= KEYFRAMES_EVERY_S and now - self.reception.heard_at < ACTIVE_S:
            self._asked_at = now
            self._counters.plis_out += 1
            self._send_rtcp(bytes(PictureLoss(self._answers_as, self.ssrc)))
