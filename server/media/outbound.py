"""All that one subscriber is sent, and what it says about that."""

from __future__ import annotations

import secrets
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from rooms.participant import Kind
from server.media.egress import Egress
from server.media.nack import Allowance
from server.media.rtcp import (
    Bandwidth,
    Block,
    FullIntra,
    Nack,
    PictureLoss,
    ReceiverReport,
    Rtcp,
    SenderInfo,
)
from server.media.rtcp_intake import MAX_PACKETS, RtcpIntake, is_rtcp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.media.counters import Counters
    from server.media.link import Link
    from server.media.sdp import Section
    from server.media.seam import CData

MAX_ASKED = 400
ASKED_WITHIN_S = 0.05
"""In this time a subscriber may ask for so many packets again."""
REPORTS_KEPT_S = 2.0
MIN_EXPECTED = 10
"""Packets that a report must be about: one of two lost is no half of a line's packets."""
MAX_REPORTS = 256
MAX_WAIT_S = 0.5
"""The longest time for which a packet that was sent again is taken to be on its way."""


class Outbound:
    """The egresses of one link, and the reports of its peer.

    Attributes:
        remb_bps: what the subscriber estimates that its line carries; None before it said.
        loss: share of its video packets that were lost, 0..1, of the last seconds.
        rtt_s: seconds to it and back; None before the first report.
        sent_bps: in the last second, retransmissions included.
    """

    def __init__(self, link: Link, counters: Counters) -> None:
        self.remb_bps: int | None = None
        self.loss = 0.0
        self.rtt_s: float | None = None
        self.sent_bps = 0
        self._link = link
        self._counters = counters
        self._allowance = Allowance()
        self._egresses: dict[str, Egress] = {}
        self._by_ssrc: dict[int, Egress] = {}
        self._name = secrets.token_urlsafe(9)
        self._rtcp = RtcpIntake(link, counters)
        self._asked, self._asked_since = 0, float("-inf")
        self._sent_again = 0
        self._counted = 0, 0
        self._highest: dict[int, int] = {}
        self._losses: deque[tuple[float, float]] = deque(maxlen=MAX_REPORTS)
        self._counted_at: float | None = None
        link.receive = self._receive
        link.on_moved = self._moved

    def add(self, section: Section) -> Egress:
        """The egress of an m-line. The first sound and the first picture have one clock, and so on.

        The same m-line once more is the same egress.
        """
        known = self._egresses.get(section.mid)
        if known is not None:
            return known
        of_this_kind = sum(1 for egress in self._egresses.values() if egress.kind is section.kind)
        cname = f"{self._name}-{of_this_kind}"
        egress = Egress(self._link, section, cname, self._allowance, self._counters)
        self._egresses[section.mid] = egress
        self._by_ssrc[section.ssrc] = self._by_ssrc[section.rtx_ssrc] = egress
        return egress

    def update(self, sections: Iterable[Section]) -> None:
        """Take over what was negotiated anew; m-lines without an egress are passed over."""
        for section in sections:
            egress = self._egresses.get(section.mid)
            if egress is not None:
                egress.update(section)

    def tick(self, now: float, count: int) -> None:
        """To be called every half second with a number that grows by one each time."""
        self._smooth_loss(now)
        if count % 2 == 0:
            self._measure(now)
            for egress in self._egresses.values():
                egress.forget(now)

    def close(self) -> None:
        """Send nothing more, and listen to nothing."""
        self._link.receive = self._link.on_moved = None
        for egress in self._egresses.values():
            egress.on_switched = None
            egress.detach()
        self._by_ssrc.clear()

    def _moved(self) -> None:
        for egress in self._egresses.values():
            egress.moved()

    def _smooth_loss(self, now: float) -> None:
        while self._losses and now - self._losses[0][0] > REPORTS_KEPT_S:
            self._losses.popleft()
        worst = max((loss for _, loss in self._losses), default=0.0)
        self.loss += (worst - self.loss) / 2
        if self.loss < 0.001:
            self.loss = 0.0

    def _measure(self, now: float) -> None:
        sent, again = sum(e.sent[1] for e in self._egresses.values()), self._sent_again
        if self._counted_at is not None and now > self._counted_at:
            per_s = 8 / (now - self._counted_at)
            media_bps = self._allowance.sent_bps = int(per_s * (sent - self._counted[0]))
            self.sent_bps = media_bps + int(per_s * (again - self._counted[1]))
        self._counted, self._counted_at = (sent, again), now

    # What the subscriber says

    def _receive(
        self, buffer: bytearray, pointer: CData, length: int, now: float, send_time: int
    ) -> bool:
        if not is_rtcp(buffer):
            self._counters.refused += 1  # media: a subscriber has none to send
            return False
        packets = self._rtcp.read(buffer, pointer, length, now)
        for packet in packets or ():
            self._take(packet, now, send_time)
        return packets is not None

    def _take(self, packet: Rtcp, now: float, send_time: int) -> None:
        match packet:
            case Nack():
                self._resend(packet, now, send_time)
            case PictureLoss(media=ssrc):
                self._request_keyframe(ssrc)
            case FullIntra(requests=requests):
                for ssrc, _ in requests[:MAX_PACKETS]:
                    self._request_keyframe(ssrc)
            case Bandwidth(bps=bps):
                self.remb_bps = bps
            case ReceiverReport(blocks=blocks) | SenderInfo(blocks=blocks):
                for block in blocks:
                    self._take_report(block, now)
            case _:
                pass

    def _resend(self, nack: Nack, now: float, send_time: int) -> None:
        egress = self._by_ssrc.get(nack.media)
        if egress is None or egress.section.ssrc != nack.media:
            return
        if now - self._asked_since >= ASKED_WITHIN_S:
            self._asked, self._asked_since = 0, now
        for seq in islice(nack.seqs, MAX_ASKED - self._asked):
            self._asked += 1
            self._counters.nacks_in += 1
            self._sent_again += egress.resend(
                seq, now, min(self.rtt_s or 0.0, MAX_WAIT_S), send_time
            )

    def _request_keyframe(self, ssrc: int) -> None:
        egress = self._by_ssrc.get(ssrc)
        if egress is not None:
            self._counters.plis_in += 1
            egress.request_keyframe()

    def _take_report(self, block: Block, now: float) -> None:
        egress = self._by_ssrc.get(block.ssrc)
        if egress is None:
            return
        took = egress.round_trip(block, now)
        if took is not None:
            before = took if self.rtt_s is None else self.rtt_s
            self.rtt_s = before + (took - before) / 4
        if egress.kind is not Kind.VIDEO or egress.section.ssrc != block.ssrc:
            return
        expected = block.highest - self._highest.setdefault(block.ssrc, block.highest)
        if expected < 0 or expected >= MIN_EXPECTED:
            self._highest[block.ssrc] = block.highest
        if expected >= MIN_EXPECTED:
            self._losses.append((now, block.fraction_lost / 256))
