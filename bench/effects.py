"""What an effect costs, how much it delays, and what the same costs with aiortc alone."""

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from fractions import Fraction
from typing import Any

import av
import cv2
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from bench.places import FILTER, Place, filtering, media_relay
from bench.process import tree_usage
from bench.scene import Scene, SceneCamera
from rooms.filters import Context
from rooms.filters.chain import Chain, Step
from rooms.filters.loading import load_builtins
from server.workers.decode import PictureDecoder
from server.workers.vp8 import Vp8Encoder
from tests.support.media_pictures import Vp8
from tests.support.media_publication import CAMERA, Publication
from tests.support.media_subscription import Subscription
from tests.support.waiting import until

SIZES = {"360p": (640, 360, 700_000), "720p": (1280, 720, 1_700_000)}
"""Width, height and bits per second."""
FRAMES = 150
WARM_UP_FRAMES = 20
ROUNDS = 5
SUBSCRIBERS = (1, 3, 5)
REPEAT = 3
FPS = 30
REMB_BPS = 1_800_000
WARM_UP_S = 3.0
MEASURE_S = 6.0
DELAYS = 5
MEDIA_WITHIN_S = 20.0

Figure = dict[str, Any]
Open = Callable[[], AbstractAsyncContextManager[Place]]


async def effects() -> list[Figure]:
    return [
        *[await asyncio.to_thread(_cost, name) for name in SIZES],
        *[await _delay(name) for name in SIZES],
        *await _beside_a_relay(),
    ]


def _cost(name: str) -> Figure:
    """CPU of decoding, drawing edges and encoding, over that of decoding and encoding alone."""
    width, height, bps = SIZES[name]
    cv2.setNumThreads(1)
    scene, codec = Scene(width, height), Vp8(width, height, bps)
    frames = [codec.encode(scene.frame(n), keyframe=not n) for n in range(FRAMES)]
    bare, filtered = [], []
    for _ in range(ROUNDS):
        bare.append(_bare_ms(frames, bps))
        filtered.append(_filtered_ms(frames, bps))
    ratios = [a / b for a, b in zip(filtered, bare, strict=True)]
    return {
        "bench": "effects",
        "figure": "cost",
        "size": name,
        "filter": FILTER,
        "bare_ms": round(statistics.median(bare), 2),
        "effect_ms": round(statistics.median(filtered), 2),
        "ratio": round(statistics.median(ratios), 2),
    }


def _bare_ms(frames: list[bytes], bps: int) -> float:
    """CPU of one frame: the decoder's picture goes into the encoder as it is."""
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    encoder = Vp8Encoder(bps)
    began = 0.0
    for n, data in enumerate(frames):
        if n == WARM_UP_FRAMES:
            began = time.thread_time()
        (frame,) = decoder.decode(av.Packet(data))
        frame.pts, frame.time_base = 3000 * n, Fraction(1, 90_000)
        frame.pict_type = PictureType.NONE
        encoder._context_for(frame.width, frame.height).encode(frame)  # the same, less a copy
    return 1000 * (time.thread_time() - began) / (FRAMES - WARM_UP_FRAMES)


def _filtered_ms(frames: list[bytes], bps: int) -> float:
    """The same as a worker does it."""
    chosen = next(one for one in load_builtins() if one.info.name == FILTER)
    chain = Chain([Step("effect", chosen)])
    decoder, encoder = PictureDecoder("VP8", 1920, 1080), Vp8Encoder(bps)
    began = 0.0
    for n, data in enumerate(frames):
        if n == WARM_UP_FRAMES:
            began = time.thread_time()
        frame = decoder.decode(data)
        assert frame is not None
        picture = chain.apply_video(frame, Context(time=n / FPS))
        encoder.encode(picture, n * 3000, keyframe=False)
    chain.stop()
    return 1000 * (time.thread_time() - began) / (FRAMES - WARM_UP_FRAMES)


async def _delay(name: str) -> Figure:
    """How much later a frame leaves than it would bare: from its last packet to its first one."""
    async with filtering() as place:
        await place.publish(_publication(name))
        await place.subscribe()
        costs = await place.costs(DELAYS + 2)
    delays = [cost["delay_ms"] for cost in costs[2:]]
    return {
        "bench": "effects",
        "figure": "delay",
        "size": name,
        "filter": FILTER,
        "p50_ms": round(statistics.median(delays), 1),
        "dropped": sum(cost["dropped"] for cost in costs[2:]),
    }


async def _beside_a_relay() -> list[Figure]:
    """CPU of a second of one subscriber's picture, ours and theirs by turns."""
    figures = []
    for count in SUBSCRIBERS:
        ours, theirs = [], []
        for _ in range(REPEAT):
            ours.append(await _cpu_ms_per_media_s(filtering, count))
            theirs.append(await _cpu_ms_per_media_s(media_relay, count))
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        figures.append(
            {
                "bench": "effects",
                "figure": "relay",
                "subscribers": count,
                "size": "720p",
                "filter": FILTER,
                "cpu_ms_per_media_s": [round(run, 1) for run in ours],
                "aiortc_relay_cpu_ms_per_media_s": [round(run, 1) for run in theirs],
                "ratio": round(statistics.median(ratios), 2),
                "streams_per_core": round(1000 / (count * statistics.median(ours)), 1),
            }
        )
    return figures


async def _cpu_ms_per_media_s(open_place: Open, subscribers: int) -> float:
    async with open_place() as place:
        await place.publish(_publication("720p"))
        subscriptions = [await place.subscribe() for _ in range(subscribers)]
        for subscription in subscriptions:
            subscription.remb_bps = REMB_BPS
        await until(lambda: all(_frames(it) for it in subscriptions), MEDIA_WITHIN_S)
        await asyncio.sleep(WARM_UP_S)
        before, frames = tree_usage(place.pid), sum(map(_frames, subscriptions))
        await asyncio.sleep(MEASURE_S)
        spent = tree_usage(place.pid).cpu_s - before.cpu_s
        return 1000 * spent / ((sum(map(_frames, subscriptions)) - frames) / FPS)


def _publication(name: str) -> Publication:
    return Publication(sources=(CAMERA,), encode={CAMERA: SceneCamera(*SIZES[name])})


def _frames(subscription: Subscription) -> int:
    return sum(flow.frames for flow in subscription.flows.values() if flow.kind == "video")
