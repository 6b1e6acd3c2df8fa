"""The peer connection that a client publishes with, in Python, for tests and benchmarks."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from tests.support.media_packets import FIR, NACK, PLI, PSFB, RTPFB, Rtcp, nacked, read_rtcp
from tests.support.media_sdp import (
    OPUS,
    VP8,
    Media,
    description,
    extensions_of,
    payload_type_of,
    read,
)
from tests.support.media_streams import Numbers, Stream
from tests.support.media_wire import Wire, end

MICROPHONE, CAMERA = "microphone", "camera"
KIND = {MICROPHONE: "audio", CAMERA: "video"}
LAYERS = {"q": (320, 180), "h": (640, 360), "f": (1280, 720)}
"""Simulcast layers, low to high, and their sizes."""
REPORT_EVERY_S = 1.0
SOUND_EVERY_S = 0.02


class Publication:
    """Sends a microphone and a camera, as `publish` has it: the client offers.

    Args:
        sources: what is sent; the m-lines are in this order, with mids counted from 0.
        layers: rids of the camera's simulcast layers; none for a single stream.
        frames_per_s: of the camera.
        frame_bytes: of each picture.
        encode: by source, what makes real pictures or sound; see `Stream`.
    """

    def __init__(
        self,
        *,
        sources: Sequence[str] = (MICROPHONE, CAMERA),
        layers: Sequence[str] = (),
        frames_per_s: float = 30.0,
        frame_bytes: int = 2000,
        encode: Mapping[str, Callable[[bool], bytes]] | None = None,
        wire: Wire | None = None,
    ) -> None:
        self.session = f"p{random.getrandbits(40):x}"
        self.wire = wire or Wire()
        self.frames_per_s = frames_per_s
        self.frame_bytes = frame_bytes
        self.encode = {KIND[source]: make for source, make in (encode or {}).items()}
        self.media = [
            Media(
                kind=KIND[source],
                mid=str(n),
                direction="sendonly",
                codecs=dict(OPUS if KIND[source] == "audio" else VP8),
                extensions=extensions_of(KIND[source], layers=bool(layers) and source == CAMERA),
                ssrcs=[] if layers and source == CAMERA else [random.getrandbits(31) | 1],
                rids=list(layers) if source == CAMERA else [],
            )
            for n, source in enumerate(sources)
        ]
        self.tracks = [{"mid": str(n), "source": source} for n, source in enumerate(sources)]
        self.streams: list[Stream] = []
        self.on_rtcp: Callable[[Rtcp], None] = lambda packet: None
        self._numbers = Numbers()
        self._player: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        return description(await self.wire.open(), self.media)

    async def accept(self, answer: str) -> None:
        """Connect as the answer says, and begin to send."""
        endpoint, answered = read(answer)
        await self.wire.connect(endpoint, controlling=True)
        self.streams = [
            stream
            for ours, theirs in zip(self.media, answered, strict=True)
            for stream in self._streams(ours, theirs)
        ]
        self.wire.on_rtcp = self._take_rtcp
        self._player = asyncio.create_task(self._play())

    def _streams(self, ours: Media, theirs: Media) -> Iterable[Stream]:
        codec = next(iter(ours.codecs.values()))
        for rid in ours.rids or [""]:
            stream = Stream(
                kind=ours.kind,
                mid=ours.mid,
                payload_type=payload_type_of(theirs.codecs, codec.name),
                clock_rate=codec.clock_rate,
                extensions=theirs.extensions,
                numbers=self._numbers,
                send=self.wire.send_rtp,
                rid=rid,
                size=LAYERS.get(rid, (640, 360)),
                frame_bytes=self.frame_bytes,
                encode=self.encode.get(ours.kind),
            )
            yield replace(stream, ssrc=ours.ssrcs[0]) if ours.ssrcs else stream

    def stream(self, kind: str, rid: str = "") -> Stream:
        return next(s for s in self.streams if (s.kind, s.rid) == (kind, rid))

    @property
    def camera(self) -> Stream:
        """The camera's only layer, or its lowest."""
        return next(stream for stream in self.streams if stream.kind == "video")

    async def _play(self) -> None:
        """Sound and pictures at their rates, and a sender report each second."""
        loop = asyncio.get_running_loop()
        every = {"audio": SOUND_EVERY_S, "video": 1 / self.frames_per_s, "report": REPORT_EVERY_S}
        due = dict.fromkeys(every, loop.time())
        due["report"] += 0.1
        while True:
            now = loop.time()
            for what in every:
                while due[what] <= now:
                    due[what] += every[what]
                    self._send(what)
            await asyncio.sleep(min(due.values()) - now)

    def _send(self, what: str) -> None:
        for stream in self.streams:
            if what == "report":
                if stream.packets:
                    self.wire.send_rtcp(stream.report())
            elif what == stream.kind == "audio":
                stream.sound()
            elif what == stream.kind:
                stream.picture(self.frames_per_s)

    def _take_rtcp(self, compound: bytes) -> None:
        for packet in read_rtcp(compound):
            self.on_rtcp(packet)
            if packet.kind == PSFB and packet.count in (PLI, FIR):
                at = 8 if packet.count == FIR else 4
                ssrc = int.from_bytes(packet.body[at : at + 4], "big")
                for stream in self.streams:
                    stream.keyframe_wanted |= stream.ssrc == ssrc
            elif packet.kind == RTPFB and packet.count == NACK:
                for stream in self.streams:
                    if stream.ssrc == packet.media_ssrc:
                        stream.again(nacked(packet))

    async def stop(self) -> None:
        """Send nothing any more; the connection stays."""
        await end(self._player)
        self._player = None

    async def close(self) -> None:
        await self.stop()
        await self.wire.close()

    async def vanish(self) -> None:
        await self.stop()
        await self.wire.vanish()
