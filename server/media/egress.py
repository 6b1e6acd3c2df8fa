"""One outgoing stream to one subscriber, whatever source it comes from."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from server.media.fanout import FLAGS, Row, renumbered, send_one
from server.media.payloads import FORMATS
from server.media.rtcp import Block, Description, SenderInfo
from server.media.sdp import AUDIO_LEVEL, SEND_TIME
from server.media.source import Packet
from server.media.timeline import NTP_PER_S, End, captured, timestamp_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.media.counters import Counters
    from server.media.link import Link
    from server.media.nack import Allowance
    from server.media.sdp import Codec, Section
    from server.media.source import Source

MAX_EPOCHS = 8
LONG = 1 << 14
"""Packets after which numbers, which wrap at 2^16, are no longer compared with the first one."""
MAX_REPORTS = 8
"""Sender reports that a receiver may still refer to."""
REPEAT_S = 0.02
"""The least time between two retransmissions of one packet."""
MAX_REPEATS_KEPT = 1024


class _Epoch(NamedTuple):
    """A time during which packets came from one source and were numbered in one way.

    Attributes:
        first: the outgoing sequence number it begins with.
        since: the sequence number of the source that this is.
        long: it lasts, or lasted, so long that comparing with its beginning says nothing any more.
    """

    first: int
    since: int
    source: Source
    codec: Codec
    row: Row
    long: bool = False


class Egress:
    """One outgoing SSRC.

    Sequence numbers, timestamps and picture numbers go on over a switch of the source as if it had
    been one stream.

    Attributes:
        kind: of the media.
        source: what it sends now.
        target: what it will send from the next keyframe (audio: packet) on.
        on_switched: called when `target` has become `source`.
    """

    def __init__(
        self,
        link: Link,
        section: Section,
        cname: str,
        allowance: Allowance,
        counters: Counters,
    ) -> None:
        self.kind = section.kind
        self.source: Source | None = None
        self.target: Source | None = None
        self.on_switched: Callable[[Egress], None] | None = None
        self.section = section
        self._link = link
        self._cname = cname
        self._allowance = allowance
        self._counters = counters
        self._epochs: list[_Epoch] = []
        self._end: End | None = None
        self._picture_id: int | None = None
        self._tl0: int | None = None
        self._first_seq = random.randrange(1, 0x8000)  # below 2^15, for the sake of SRTP's counter
        self._rtx_seq = random.randrange(1, 0x8000)
        self._packets = self._octets = 0
        self._packets_before = self._octets_before = 0
        self._repeats: dict[int, float] = {}
        self._reports: dict[int, float] = {}

    # Which source

    def attach(self, source: Source) -> bool:
        """Send this source from its next keyframe on (audio: its next packet).

        The present one goes on until then. False, and nothing changes, when the subscriber has not
        negotiated the source's codec.
        """
        if self._codec(source) is None:
            return False
        if source is self.target:
            return True
        if self.target is not None:
            self.target.leave(self)
            self.target = None
        if source is not self.source:
            self.target = source
            source.wait(self)
        return True

    def detach(self) -> None:
        """Send nothing."""
        if self.target is not None:
            self.target.leave(self)
            self.target = None
        if self.source is not None:
            self._settle()
            self.source.leave(self)
            self.source = None

    def switch(self, source: Source, packet: Packet) -> None:
        """Begin with `packet`, which the source is about to send on. For sources to call."""
        codec = self._codec(source)
        if codec is None:
            return
        if self.source is not None:
            self._settle()
            if self.source is not source:
                self.source.leave(self)
        self.source = source
        if self.target is source:
            self.target = None
        row = self._row(source, codec, packet)
        first = packet.seq + row.seq_by & 0xFFFF
        self._epochs.append(_Epoch(first, packet.seq, source, codec, row))
        del self._epochs[:-MAX_EPOCHS]
        self._packets_before, self._octets_before = source.progress[1:]
        if len(self._epochs) > 1:
            self._counters.switches += 1
        self.report(packet.at)
        if self.on_switched is not None:
            self.on_switched(self)

    def update(self, section: Section) -> None:
        """Take over what was negotiated anew."""
        before, self.section = self.section, section
        if (before.codecs, before.extensions) != (section.codecs, section.extensions):
            self.detach()
            # Sent again, packets would differ under one number, which SRTP does not forgive.
            self._epochs.clear()

    def request_keyframe(self) -> None:
        """The subscriber cannot decode without one."""
        source = self.target or self.source
        if source is not None:
            source.request_keyframe()

    # What is sent

    @property
    def row(self) -> Row:
        """How packets of the present source are sent to this subscriber."""
        return self._here(self._epochs[-1].row)

    @property
    def sent(self) -> tuple[int, int]:
        """Packets and octets of payload so far, without retransmissions."""
        if self.source is None:
            return self._packets, self._octets
        _, packets, octets = self.source.progress
        return (
            self._packets + packets - self._packets_before,
            self._octets + octets - self._octets_before,
        )

    def send_late(self, packet: Packet) -> None:
        """Send a packet that comes out of order, unless it is from before the switch."""
        epoch = self._present()
        if packet.seq - epoch.since & 0x8000 and not epoch.long:
            return
        self._packets += 1
        self._octets += len(packet.payload)
        self._send(epoch, packet)

    def moved(self) -> None:
        """The subscriber has another address."""
        if self.source is not None:
            self.source.rebuild()

    def report(self, now: float) -> None:
        """Send a sender report: the clock of the source on the time line of this stream."""
        if self.source is None or self.source.sender_report is None:
            return
        told = self.source.sender_report
        passed = max(0.0, now - told.at)
        ntp = told.ntp + int(passed * NTP_PER_S) & 0xFFFFFFFFFFFFFFFF
        rtp = told.rtp + self._epochs[-1].row.time_by + round(passed * self.source.clock_rate)
        packets, octets = self.sent
        self._reports[ntp >> 16 & 0xFFFFFFFF] = now
        if len(self._reports) > MAX_REPORTS:
            del self._reports[next(iter(self._reports))]
        info = SenderInfo(
            self.section.ssrc,
            ntp,
            rtp & 0xFFFFFFFF,
            packets & 0xFFFFFFFF,
            octets & 0xFFFFFFFF,
        )
        self._link.send_rtcp(bytes(info) + bytes(Description(self.section.ssrc, self._cname)))

    def round_trip(self, block: Block, now: float) -> float | None:
        """Seconds that a sender report and the answer to it took; None when it names none."""
        reported_at = self._reports.get(block.last_sr)
        if reported_at is None:
            return None
        return max(0.0, now - reported_at - block.delay / 65536)

    def resend(self, seq: int, now: float, round_trip_s: float, send_time: int) -> int:
        """Send a packet once more that the subscriber misses.

        Args:
            seq: as it was sent.
            now: monotonic seconds.
            round_trip_s: to the subscriber; what was sent again less than that ago is on its way.
            send_time: now, as abs-send-time counts it.

        Returns:
            the bytes sent; 0 when there is no such packet any more, or it may not be sent now.
        """
        if now - self._repeats.get(seq, float("-inf")) < max(REPEAT_S, round_trip_s):
            return 0
        epoch = self._epoch_of(seq)
        if epoch is None:
            return 0
        packet = epoch.source.packet(seq - epoch.row.seq_by & 0xFFFF)
        if packet is None or not self._allowance.take(len(packet.payload), now):
            return 0
        self._repeats[seq] = now
        if epoch.codec.rtx_payload_type is None:
            self._send(epoch, packet)
        else:
            self._send_rtx(epoch, packet, epoch.codec.rtx_payload_type, send_time)
        self._counters.retransmitted += 1
        return len(packet.payload)

    def forget(self, now: float) -> None:
        """Let go of what is no longer of use; to be called now and then."""
        if len(self._repeats) > MAX_REPEATS_KEPT:
            self._repeats = {seq: at for seq, at in self._repeats.items() if now - at < 1}

    # Inside

    def _codec(self, source: Source) -> Codec | None:
        return next((c for c in self.section.codecs if c.name == source.codec), None)

    def _present(self) -> _Epoch:
        """The newest epoch."""
        epoch = self._epochs[-1]
        if not epoch.long and self.source is not None:
            _, packets, _ = self.source.progress
            if packets - self._packets_before > LONG:
                epoch = self._epochs[-1] = epoch._replace(long=True)
        return epoch

    def _epoch_of(self, seq: int) -> _Epoch | None:
        """When an outgoing sequence number was sent; None when that is too long ago to know."""
        if self._epochs:
            self._present()
        return next(
            (e for e in reversed(self._epochs) if e.long or not seq - e.first & 0x8000), None
        )

    def _here(self, row: Row) -> Row:
        return row._replace(ring=self._link.ring, name=self._link.name)

    def _row(self, source: Source, codec: Codec, packet: Packet) -> Row:
        """Move the numbers of the source on to where those before have ended."""
        end = self._end
        seq = self._first_seq if end is None else end.seq + 1
        timestamp = packet.timestamp if end is None else timestamp_after(end, source, packet)
        picture_by = tl0_by = 0
        find = FORMATS[source.codec].numbers
        if find is not None:
            numbers = find(packet.payload)
            picture_id, tl0 = numbers.picture_id(packet.payload), numbers.tl0(packet.payload)
            if picture_id is not None and self._picture_id is not None:
                picture_by = self._picture_id + 1 - picture_id & 0x7FFF
            if tl0 is not None and self._tl0 is not None:
                tl0_by = self._tl0 + 1 - tl0 & 0xFF
        extensions = self.section.extensions
        send_time, level = extensions.get(SEND_TIME, 0), extensions.get(AUDIO_LEVEL, 0)
        return Row(
            ring=self._link.ring,
            size=self._link.size,
            name=self._link.name,
            session=self._link.tx,
            first=FLAGS | codec.payload_type,
            seq_by=seq - packet.seq & 0xFFFF,
            time_by=timestamp - packet.timestamp & 0xFFFFFFFF,
            ssrc=self.section.ssrc,
            time_element=(send_time << 4 | 2) << 24 if send_time else 0,
            level_element=level << 28,
            picture_by=picture_by,
            tl0_by=tl0_by,
        )

    def _settle(self) -> None:
        """Remember where the present source has brought this stream to."""
        source, row = self.source, self._present().row
        assert source is not None
        self._packets, self._octets = self.sent
        latest, self._packets_before, self._octets_before = source.progress
        if latest is None:
            return
        self._end = End(
            latest.seq + row.seq_by & 0xFFFF,
            latest.timestamp + row.time_by & 0xFFFFFFFF,
            latest.at,
            captured(source, latest),
        )
        find = FORMATS[source.codec].numbers
        if find is None:
            return
        numbers = find(latest.payload)
        picture_id, tl0 = numbers.picture_id(latest.payload), numbers.tl0(latest.payload)
        if picture_id is not None:
            self._picture_id = picture_id + row.picture_by & 0x7FFF
        if tl0 is not None:
            self._tl0 = tl0 + row.tl0_by & 0xFF

    def _send(self, epoch: _Epoch, packet: Packet) -> None:
        """Send a packet aside from the others, as it was or would have been sent with them."""
        row, form = self._here(epoch.row), FORMATS[epoch.source.codec]
        payload = renumbered(packet.payload, form, row.picture_by, row.tl0_by)
        self._send_one(row, packet._replace(payload=payload))

    def _send_rtx(self, epoch: _Epoch, packet: Packet, payload_type: int, send_time: int) -> None:
        """Send it as a packet of the retransmission stream (RFC 4588)."""
        row, form = epoch.row, FORMATS[epoch.source.codec]
        self._rtx_seq = self._rtx_seq + 1 & 0xFFFF
        original = (packet.seq + row.seq_by & 0xFFFF).to_bytes(2, "big")
        payload = original + renumbered(packet.payload, form, row.picture_by, row.tl0_by)
        timestamp, marker = packet.timestamp, packet.marker
        again = Packet(
            self._rtx_seq, timestamp, marker, payload, packet.at, send_time, packet.level
        )
        row = row._replace(
            ring=self._link.ring,
            name=self._link.name,
            first=FLAGS | payload_type,
            seq_by=0,
            ssrc=self.section.rtx_ssrc,
        )
        self._send_one(row, again)

    def _send_one(self, row: Row, packet: Packet) -> None:
        send_one(self.kind, row, packet, self._counters)
        self._counters.packets_out += 1
        self._counters.bytes_out += len(packet.payload)
