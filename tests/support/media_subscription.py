"""The peer connection that a client is sent to over, in Python, for tests and benchmarks."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

from tests.support.media_packets import (
    Rtcp,
    Rtp,
    bandwidth,
    nack,
    picture_loss,
    read_rtcp,
    read_rtp,
    receiver_report,
)
from tests.support.media_sdp import Codec, Media, description, read
from tests.support.media_streams import Flow
from tests.support.media_wire import Endpoint, Wire, end

REPORT_EVERY_S = 1.0
ASK_EVERY_S = 0.1
"""How often missing packets are asked for."""
ASK_FOR = 100
"""How far back."""
KEYFRAME_EVERY_S = 0.3
"""How often a keyframe is asked for while there is none."""


class Subscription:
    """Receives what the server offers, as `subscribe` has it, and reports what came.

    Attributes:
        flows: by SSRC.
        mids: the SSRCs that each m-line was announced with, media first.
        on_rtcp: what to do with each RTCP packet.
        nacks: whether missing packets are asked for.
        remb_bps: the bandwidth that is reported.
        rtx: whether retransmissions are to come as a stream of their own (RFC 4588).
        loss: the share of packets that is reported as lost.
        connected_at: `time.perf_counter()`; 0 before.
    """

    def __init__(
        self, *, codecs: Sequence[str] = ("VP8",), rtx: bool = False, wire: Wire | None = None
    ) -> None:
        self.session = f"s{random.getrandbits(40):x}"
        self.wire = wire or Wire()
        self.codecs = codecs
        self.rtx = rtx
        self.ssrc = random.getrandbits(31) | 1
        self.flows: dict[int, Flow] = {}
        self.mids: dict[str, list[int]] = {}
        self.nacks = True
        self.remb_bps: int | None = None
        self.loss = 0.0
        self.connected_at = 0.0
        self.on_rtcp: Callable[[Rtcp], None] = lambda packet: None
        self.wire.on_rtp = self._take_rtp
        self.wire.on_rtcp = self._take_rtcp
        self._connecting: asyncio.Task[None] | None = None
        self._reporter: asyncio.Task[None] | None = None
        self._video: dict[int, bool] = {}
        self._repairs: dict[int, int] = {}
        self._asked: dict[int, float] = {}

    async def answer(self, offer: str) -> str:
        """The answer to an offer of the session; the first one makes the connection."""
        endpoint, offered = read(offer)
        if self._connecting is None:
            self._endpoint = replace(await self.wire.open(), setup="active")
            self._connecting = asyncio.create_task(self._connect(endpoint))
        self.mids = {media.mid: media.ssrcs for media in offered}
        self._repairs = {m.ssrcs[1]: m.ssrcs[0] for m in offered if len(m.ssrcs) > 1}
        answered = [self._answered(media) for media in offered]
        for media in answered:
            self._video |= dict.fromkeys(media.codecs, media.kind == "video")
        return description(self._endpoint, answered)

    def _answered(self, media: Media) -> Media:
        names = {"opus"} if media.kind == "audio" else {*self.codecs}
        codecs: dict[int, Codec] = {pt: c for pt, c in media.codecs.items() if c.name in names}
        if self.rtx:
            codecs |= {pt: c for pt, c in media.codecs.items() if c.apt in codecs}
        direction = "recvonly" if media.direction == "sendonly" else "inactive"
        return replace(media, codecs=codecs, ssrcs=[], rids=[], direction=direction)

    async def _connect(self, endpoint: Endpoint) -> None:
        await self.wire.connect(endpoint, controlling=False)
        self.connected_at = time.perf_counter()
        self._reporter = asyncio.create_task(self._report())

    async def connected(self) -> None:
        """Wait until it is.

        Raises:
            NotConnected: it did not work.
        """
        assert self._connecting is not None
        await self._connecting

    def flow(self, mid: str) -> Flow | None:
        """What arrived for an m-line so far."""
        return next((self.flows[s] for s in self.mids.get(mid, []) if s in self.flows), None)

    def _take_rtp(self, data: bytes) -> None:
        packet = read_rtp(data)
        video = self._video.get(packet.payload_type)
        if video is None:
            return
        if packet.ssrc in self._repairs:
            packet = _repaired(packet, self._repairs[packet.ssrc])
        flow = self.flows.get(packet.ssrc)
        if flow is None:
            flow = self.flows[packet.ssrc] = Flow(packet.ssrc, "video" if video else "audio")
        if flow.take(packet):
            self._ask_for(flow)
        if video and not flow.keyframes:
            self._ask_for_keyframe(flow)

    def _ask_for(self, flow: Flow) -> None:
        """Ask for what is missing of the newest packets, as often as it takes."""
        missing = sorted(seq for seq in flow.missing if flow.highest - seq < ASK_FOR)
        if missing and self.nacks:
            entries = [(seq & 0xFFFF, 0) for seq in missing]
            self.wire.send_rtcp(bytes(nack(self.ssrc, flow.ssrc, entries)))

    def _take_rtcp(self, compound: bytes) -> None:
        for packet in read_rtcp(compound):
            self.on_rtcp(packet)

    def _ask_for_keyframe(self, flow: Flow) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._asked.get(flow.ssrc, -1.0) > KEYFRAME_EVERY_S:
            self._asked[flow.ssrc] = now
            self.send(picture_loss(self.ssrc, flow.ssrc))

    def send(self, *packets: Rtcp) -> None:
        """Send feedback, with a receiver report before it, as a compound has to begin."""
        report = receiver_report(self.ssrc, [])
        self.wire.send_rtcp(b"".join(map(bytes, (report, *packets))))

    async def _report(self) -> None:
        """Reports each second, and what is missing ten times as often."""
        for n in count():
            await asyncio.sleep(ASK_EVERY_S)
            for flow in self.flows.values():
                self._ask_for(flow)
            if n % round(REPORT_EVERY_S / ASK_EVERY_S) == 0:
                self._send_report()

    def _send_report(self) -> None:
        flows = list(self.flows.values())[:31]
        blocks = [(flow.ssrc, self.loss, flow.highest) for flow in flows]
        parts = [receiver_report(self.ssrc, blocks)]
        if self.remb_bps is not None:
            video = [flow.ssrc for flow in flows if flow.kind == "video"]
            parts.append(bandwidth(self.ssrc, self.remb_bps, video))
        self.wire.send_rtcp(b"".join(map(bytes, parts)))

    async def close(self) -> None:
        await end(self._connecting)
        await end(self._reporter)
        await self.wire.close()

    async def vanish(self) -> None:
        await end(self._connecting)
        await end(self._reporter)
        await self.wire.vanish()


def _repaired(packet: Rtp, ssrc: int) -> Rtp:
    """What a retransmission is of; its payload type does not matter here."""
    return replace(
        packet, ssrc=ssrc, seq=int.from_bytes(packet.payload[:2]), payload=packet.payload[2:]
    )
