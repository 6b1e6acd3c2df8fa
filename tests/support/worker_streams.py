"""Effect streams as the media plane uses them: a camera, a microphone, and what comes back."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from rooms.effects import Effect
from rooms.participant import Kind
from server.config import Config
from server.workers.streams import (
    Cost,
    EffectStream,
    Encoded,
    StreamSpec,
    StreamState,
    Trouble,
)
from server.workers.workers import Workers
from tests.support.waiting import until

FPS = 30
TICKS = 90_000 // FPS
Image = npt.NDArray[np.uint8]
HEAD = "import os, time\nimport numpy as np\nfrom rooms.filters import Param, video_filter\n"
DESCRIPTOR = 6
"""Bytes before the VP8 data in each payload that a worker makes."""


@asynccontextmanager
async def running_workers(**settings: Any) -> AsyncIterator[Workers]:
    workers = Workers(Config(**{"store": "memory", **settings}))
    await workers.start()
    try:
        async with asyncio.timeout(20):  # the start itself does not wait for slow ones
            await workers.library.settled()
        yield workers
    finally:
        await workers.close()


def effect(workers: Workers, name: str, id_: str = "one", **params: Any) -> Effect:
    """An effect as the room has it."""
    info = workers.library.find(name)
    return Effect(id_, name, info.title, info.checked(params), info.private)


def scene(number: int, width: int = 640, height: int = 360) -> Image:
    """A picture with colours, edges and movement, as BGR."""
    x = np.arange(width, dtype=np.float32) + 4 * number
    y = np.arange(height, dtype=np.float32)[:, None]
    blue = 128 + 90 * np.sin(x / 40) * np.cos(y / 30)
    green = np.broadcast_to(60 + 120 * y / height, blue.shape)
    red = 128 + 90 * np.cos((x + y) / 50)
    picture = np.stack([blue, green, red], -1).astype(np.uint8)
    centre = (width // 2 + int(60 * np.sin(number / 10)), height // 2)
    return np.asarray(cv2.circle(picture, centre, height // 4, (40, 200, 240), -1), np.uint8)


class Camera:
    """Encodes `scene`s as a browser does."""

    def __init__(self, width: int = 640, height: int = 360, codec: str = "VP8") -> None:
        self.size = width, height
        self._number = 0
        self.codec = codec
        self._context = self._new()

    def _new(self) -> av.VideoCodecContext:
        names = {"VP8": "libvpx", "VP9": "libvpx-vp9", "H264": "libx264"}
        context = av.CodecContext.create(names[self.codec], "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height = self.size
        context.pix_fmt, context.bit_rate = "yuv420p", 1_500_000
        context.time_base, context.framerate = Fraction(1, 90_000), Fraction(FPS)
        context.gop_size, context.thread_count = 3000, 1
        fast = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        h264 = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
        context.options = h264 if self.codec == "H264" else fast
        return context

    def frame(self, *, keyframe: bool = False) -> bytes:
        """The next one."""
        if keyframe:
            self._context = self._new()
        picture = cv2.cvtColor(scene(self._number, *self.size), cv2.COLOR_BGR2YUV_I420)
        frame = av.VideoFrame.from_ndarray(np.asarray(picture, np.uint8), format="yuv420p")
        frame.pts, frame.time_base = self._number * TICKS, Fraction(1, 90_000)
        self._number += 1
        return b"".join(bytes(packet) for packet in self._context.encode(frame))


class Viewer:
    """Decodes what comes out, as a browser does."""

    def __init__(self) -> None:
        self._context = av.CodecContext.create("vp8", "r")

    def see(self, frame: Encoded) -> Image:
        """BGR. Raises av.FFmpegError: it cannot be decoded."""
        data = b"".join(payload[DESCRIPTOR:] for payload in frame.payloads)
        assert isinstance(self._context, av.VideoCodecContext)
        return np.asarray(self._context.decode(av.Packet(data))[0].to_ndarray(format="bgr24"))


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.frames: list[Encoded] = []
        self.times: list[float] = []
        self.states: list[StreamState] = []
        self.troubles: list[Trouble] = []
        self.mended: list[str] = []
        self.costs: list[Cost] = []
        self.emitted: list[tuple[str, str, str, dict[str, Any]]] = []
        self.keyframes_needed = 0

    def on_frame(self, frame: Encoded) -> None:
        self.frames.append(frame)
        self.times.append(time.monotonic())

    def on_keyframe_needed(self) -> None:
        self.keyframes_needed += 1

    def on_state(self, state: StreamState) -> None:
        self.states.append(state)

    def on_trouble(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)

    def on_mended(self, effect_id: str) -> None:
        self.mended.append(effect_id)

    def on_cost(self, cost: Cost) -> None:
        self.costs.append(cost)

    def on_emitted(self, effect_id: str, name: str, kind: str, data: dict[str, Any]) -> None:
        self.emitted.append((effect_id, name, kind, data))


class Publisher:
    """Sends a camera's pictures at their pace, with a keyframe whenever one is needed."""

    def __init__(
        self, workers: Workers, chain: Sequence[Effect], camera: Camera | None = None
    ) -> None:
        self.heard = Listener()
        self.camera = camera or Camera()
        spec = StreamSpec(Kind.VIDEO, self.camera.codec, "test")
        self.stream: EffectStream = workers.open(spec, chain, self.heard)
        self.refused = 0
        self.times: list[float] = []
        self._keyframes_given = 0
        self._timestamp = 0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        began = time.monotonic()
        while True:
            self.send()
            passed = time.monotonic() - began
            await asyncio.sleep(1 / FPS - passed % (1 / FPS))

    def send(self) -> bool:
        wanted = self.heard.keyframes_needed + self.refused
        keyframe, self._keyframes_given = wanted > self._keyframes_given, wanted
        self._timestamp += TICKS
        self.times.append(time.monotonic())
        data = self.camera.frame(keyframe=keyframe)
        taken = self.stream.send([data], self._timestamp, time.monotonic())
        self.refused += not taken
        return taken

    async def pause(self) -> None:
        """Send nothing more by itself."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def seen(self, frames: int, within_s: float = 5.0) -> list[Encoded]:
        """The next frames that come out."""
        begin = len(self.heard.frames)
        await until(lambda: len(self.heard.frames) >= begin + frames, within_s)
        return self.heard.frames[begin : begin + frames]

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self.stream.close()


def source_file(directory: Path, name: str, body: str) -> Path:
    """A file with filters, as an author saves it."""
    path = directory / name
    path.write_text(HEAD + body, encoding="utf-8")
    return path


def tone(number: int, channels: int = 1) -> npt.NDArray[np.int16]:
    """20 ms of 440 Hz at a quarter of full scale, (channels, 960)."""
    at = (np.arange(960) + 960 * number) / 48_000
    wave = (8192 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
    return np.repeat(wave[None], channels, axis=0)


class Speaker:
    """Sends a tone, packet by packet, at the pace of speech."""

    def __init__(
        self, workers: Workers, chain: Sequence[Effect], gain_db: float, channels: int
    ) -> None:
        self.heard = Listener()
        self._channels = channels
        self._layout = "mono" if channels == 1 else "stereo"
        encoder = av.CodecContext.create("libopus", "w")
        assert isinstance(encoder, av.AudioCodecContext)
        encoder.sample_rate, encoder.layout, encoder.format = 48_000, self._layout, "s16"
        encoder.open()
        self._encoder = encoder
        spec = StreamSpec(Kind.AUDIO, "opus", "test")
        self.stream = workers.open(spec, chain, self.heard, gain_db)
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        began = time.monotonic()
        number = 0
        while True:
            samples = np.ascontiguousarray(tone(number, self._channels).T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=self._layout)
            frame.sample_rate, frame.pts = 48_000, number * 960
            for packet in self._encoder.encode(frame):
                self.stream.send([bytes(packet)], number * 960, time.monotonic())
            number += 1
            await asyncio.sleep(max(0.0, began + number / 50 - time.monotonic()))

    async def heard_packets(self, count: int) -> None:
        begin = len(self.heard.frames)
        await until(lambda: len(self.heard.frames) >= begin + count)

    def listen(self) -> npt.NDArray[np.int16]:
        """All that came out, (channels, n)."""
        decoder = av.CodecContext.create("libopus", "r")
        assert isinstance(decoder, av.AudioCodecContext)
        decoder.sample_rate, decoder.layout = 48_000, self._layout
        packets = [av.Packet(packet.payloads[0]) for packet in self.heard.frames]
        frames = [frame for packet in packets for frame in decoder.decode(packet)]
        packed = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
        return np.asarray(packed.reshape(-1, self._channels).T, np.int16)

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self.stream.close()
