"""What forwarding costs, and how long it takes."""

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from bench.places import Greenroom, Place, greenroom, objects
from bench.process import usage
from tests.support.media_publication import LAYERS, Publication
from tests.support.media_room import Attendee
from tests.support.media_streams import Flow
from tests.support.media_subscription import Subscription
from tests.support.waiting import until

SUBSCRIBERS = 20
REPEAT = 3
WARM_UP_S = 2.0
MEASURE_S = 6.0
IDLE_S = 5.0
LISTENERS = 2
SWITCHES = 10
MEDIA_WITHIN_S = 20.0
FRAME_BYTES = 6000
"""Of 30 a second: 1.4 Mb/s, as of a 720p camera."""
BURST_BYTES = 24_000
"""A frame of twenty packets: what a layer change or a shared screen brings."""
SMALL, LARGE = (320, 180), (1280, 720)

Figure = dict[str, Any]
Open = Callable[[], AbstractAsyncContextManager[Place]]


async def forward() -> list[Figure]:
    return [
        await _packets(FRAME_BYTES),
        await _packets(BURST_BYTES),
        await _latency(),
        await _idle_and_joining(),
        await _switching(),
    ]


async def _packets(frame_bytes: int) -> Figure:
    """Outgoing packets per CPU-second with 20 subscribers, and of aiortc's objects beside it."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(REPEAT):
        ours.append(await _packets_per_cpu_s(greenroom, frame_bytes))
        theirs.append(await _packets_per_cpu_s(objects, frame_bytes))
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "bench": "forward",
        "figure": "packets",
        "subscribers": SUBSCRIBERS,
        "frame_bytes": frame_bytes,
        "packets_per_cpu_s": [round(run) for run in ours],
        "aiortc_objects_packets_per_cpu_s": [round(run) for run in theirs],
        "ratio": round(statistics.median(ratios), 2),
    }


async def _packets_per_cpu_s(open_place: Open, frame_bytes: int) -> float:
    async with open_place() as place:
        await place.publish(Publication(frame_bytes=frame_bytes))
        subscriptions = [await place.subscribe() for _ in range(SUBSCRIBERS)]
        await until(lambda: all(_has_begun(it) for it in subscriptions), MEDIA_WITHIN_S)
        await asyncio.sleep(WARM_UP_S)
        before, packets = usage(place.pid), _received(subscriptions)
        await asyncio.sleep(MEASURE_S)
        spent = usage(place.pid).cpu_s - before.cpu_s
        return (_received(subscriptions) - packets) / spent


async def _latency() -> Figure:
    """From one client to another with two subscribers; what the clients take is in it."""
    async with greenroom() as place:
        await place.publish(Publication())
        subscriptions = [await place.subscribe() for _ in range(LISTENERS)]
        await until(lambda: all(_has_begun(it) for it in subscriptions), MEDIA_WITHIN_S)
        await asyncio.sleep(WARM_UP_S)
        flows = [flow for it in subscriptions for flow in it.flows.values()]
        for flow in flows:
            flow.latencies.clear()
        await asyncio.sleep(MEASURE_S)
        took = [1000 * latency for flow in flows for latency in flow.latencies]
    parts = statistics.quantiles(took, n=100, method="inclusive")
    return {
        "bench": "forward",
        "figure": "latency",
        "subscribers": LISTENERS,
        "packets": len(took),
        **{f"p{percent}_ms": round(parts[percent - 1], 2) for percent in (50, 95, 99)},
    }


async def _idle_and_joining() -> Figure:
    """How soon each of 20 subscribers gets a packet, what one weighs, and what idle ones cost."""
    async with greenroom() as place:
        publication = Publication()
        await place.publish(publication)
        before = usage(place.pid)
        joins = [await _join_to_first_packet(place) for _ in range(SUBSCRIBERS)]
        joined = usage(place.pid)
        await publication.stop()
        await asyncio.sleep(WARM_UP_S)
        idle = usage(place.pid)
        await asyncio.sleep(IDLE_S)
        spent = usage(place.pid).cpu_s - idle.cpu_s
    return {
        "bench": "forward",
        "figure": "subscribers",
        "subscribers": SUBSCRIBERS,
        "join_to_first_packet_median_ms": round(1000 * statistics.median(joins), 1),
        "join_to_first_packet_max_ms": round(1000 * max(joins), 1),
        "kib_per_subscriber": round((joined.rss_bytes - before.rss_bytes) / SUBSCRIBERS / 1024, 1),
        "idle_cores": round(spent / IDLE_S, 4),
    }


async def _join_to_first_packet(place: Greenroom) -> float:
    """Seconds from the request to subscribe to the first video packet."""
    attendee = await place.enter()
    began = time.perf_counter()
    subscription = await attendee.subscribe()
    await until(lambda: _has_begun(subscription), MEDIA_WITHIN_S)
    return min(flow.first_at for flow in subscription.flows.values()) - began


async def _switching() -> Figure:
    """From asking for another simulcast layer until its first packet, a keyframe, is there."""
    async with greenroom() as place:
        publication = Publication(layers=tuple(LAYERS))
        await place.publish(publication)
        attendee = await place.enter()
        subscription = await attendee.subscribe()
        await until(lambda: _has_begun(subscription), MEDIA_WITHIN_S)
        flow = await attendee.sees(place.host)
        took = []
        for n in range(SWITCHES):
            took.append(await _switch(attendee, place.host.id, flow, (SMALL, LARGE)[n % 2]))
    return {
        "bench": "forward",
        "figure": "switch",
        "switches": SWITCHES,
        "median_ms": round(1000 * statistics.median(took), 1),
        "max_ms": round(1000 * max(took), 1),
    }


async def _switch(attendee: Attendee, of: str, flow: Flow, size: tuple[int, int]) -> float:
    began = time.perf_counter()
    tile = {"participant_id": of, "width": size[0], "height": size[1]}
    await attendee.signalling.request("set-view", {"tiles": [tile]})
    await until(lambda: flow.size == size, MEDIA_WITHIN_S)
    return flow.last_keyframe_at - began


def _has_begun(subscription: Subscription) -> bool:
    return any(flow.kind == "video" for flow in subscription.flows.values())


def _received(subscriptions: list[Subscription]) -> int:
    return sum(flow.packets for it in subscriptions for flow in it.flows.values())
