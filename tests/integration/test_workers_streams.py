"""Pictures and sound through effects: what comes out, when, and what it tells."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import numpy as np
import pytest
import pytest_asyncio

from rooms.effects import Effect
from rooms.emitted import INTERVAL_S
from rooms.errors import InvalidEffect, TooManyEffects
from rooms.participant import Kind
from server.workers.streams import MAX_IN_FLIGHT, MAX_PAYLOAD, StreamSpec, StreamState
from server.workers.workers import Workers
from tests.support.waiting import passed, until
from tests.support.worker_streams import (
    TICKS,
    Camera,
    Listener,
    Publisher,
    Speaker,
    Viewer,
    effect,
    running_workers,
    source_file,
    tone,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOW = """
@video_filter("Slow", format="gray")
def slow(image, ms: int = Param(60, 0, 1000)):
    time.sleep(ms / 1000 * (image.shape[0] / 360) ** 2)
    return image

@video_filter("Stubborn", format="gray", policy="all")
def stubborn(image):
    time.sleep(0.05)
    return image

@video_filter("Nosy", format="gray")
def nosy(image, context):
    context.emit("caption", {"text": f"{context.name} {context.speaking} {context.hand_raised}"})
    return image

@video_filter("Black", format="gray", private=True)
def black(image):
    return image * 0

@video_filter("Remembers", format="gray")
class Remembers:
    first = None
    def __call__(self, image):
        if self.first is None:
            self.first = image.copy()
        return self.first
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    file = source_file(tmp_path_factory.mktemp("filters"), "mine.py", SLOW)
    async with running_workers(filters=(file,), max_effect_streams=4) as it:
        yield it


@asynccontextmanager
async def publishing(
    workers: Workers, *chain: Effect, camera: Camera | None = None
) -> AsyncIterator[Publisher]:
    publisher = Publisher(workers, chain, camera)
    try:
        yield publisher
    finally:
        await publisher.close()


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264"])
async def test_the_filter_is_seen_whatever_codec_comes_in(workers: Workers, codec: str) -> None:
    camera = Camera(codec=codec)
    async with publishing(workers, effect(workers, "grayscale"), camera=camera) as one:
        frames = await one.seen(10)

    viewer = Viewer()
    pictures = [viewer.see(frame).astype(int) for frame in frames]
    assert frames[0].keyframe
    assert (frames[0].width, frames[0].height) == (640, 360)
    assert np.ptp(pictures[-1], axis=-1).max() <= 8
    assert pictures[-1].std() > 20


async def test_original_timestamps_and_equal_payloads_come_out(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "edges")) as one:
        frames = await one.seen(20)

    stamps = [frame.timestamp for frame in frames]
    assert all((b - a) % TICKS == 0 and b > a for a, b in pairwise(stamps))
    for frame in frames:
        sizes = [len(payload) for payload in frame.payloads]
        assert max(sizes) <= MAX_PAYLOAD
        assert max(sizes[:-1], default=sizes[0]) - min(sizes[:-1], default=sizes[0]) == 0
        assert frame.payloads[0][0] == 0x90
        assert all(payload[0] == 0x80 for payload in frame.payloads[1:])
    numbers = [int.from_bytes(frame.payloads[0][2:4], "big") & 0x7FFF for frame in frames]
    assert all((b - a) & 0x7FFF == 1 for a, b in pairwise(numbers))


async def test_parameters_change_from_one_frame_to_the_next(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "mirror")) as one:
        await one.seen(3)
        began = time.monotonic()
        one.stream.configure([effect(workers, "mirror"), effect(workers, "invert", "two")])
        await one.seen(3)
        took = time.monotonic() - began
        cost = one.heard.costs
        await until(lambda: any(set(each.filters) == {"one", "two"} for each in cost))

    assert took < 0.5
    assert one.heard.states == [StreamState.RUNNING]


@pytest.mark.parametrize("before", [["remembers"], ["remembers", "black"]])
async def test_what_hides_hides_also_what_a_filter_behind_it_has_seen_before(
    workers: Workers, before: list[str]
) -> None:
    used = {name: effect(workers, f"mine.{name}", name) for name in ("remembers", "black")}
    async with publishing(workers, *(used[name] for name in before)) as one:
        await one.seen(3)
        one.stream.configure([used["black"], used["remembers"]])
        frames = await one.seen(5)
    viewer = Viewer()
    assert frames[0].keyframe
    assert all(float(viewer.see(frame).mean()) < 5 for frame in frames)


async def test_a_keyframe_comes_when_it_is_asked_for(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "sepia")) as one:
        await one.seen(5)
        before = len(one.heard.frames)
        one.stream.request_keyframe()
        await until(lambda: any(frame.keyframe for frame in one.heard.frames[before:]))

    assert sum(frame.keyframe for frame in one.heard.frames[before:]) == 1


async def test_a_lower_bitrate_is_kept_to(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "mirror")) as one:
        await one.seen(35)
        one.stream.set_bitrate(150_000)
        await until(lambda: any(frame.keyframe for frame in one.heard.frames[10:]))
        frames = (await one.seen(40))[10:]

    size = sum(len(payload) for frame in frames for payload in frame.payloads)
    assert size * 8 / len(frames) * 30 < 250_000


async def test_the_input_is_asked_for_a_keyframe_until_it_comes(workers: Workers) -> None:
    heard, camera = Listener(), Camera()
    camera.frame()
    spec = StreamSpec(Kind.VIDEO, "VP8", "test")
    stream = workers.open(spec, [effect(workers, "sepia")], heard)
    try:
        for number in range(1, 60):
            assert stream.send([camera.frame()], number * TICKS, time.monotonic())
            if heard.keyframes_needed >= 3:
                break
            await passed(asyncio.Event(), 0.03)
        assert heard.frames == []
        stream.send([camera.frame(keyframe=True)], 61 * TICKS, time.monotonic())
        await until(lambda: len(heard.frames) == 1)
    finally:
        await stream.close()
    assert heard.keyframes_needed >= 3


async def test_a_picture_of_absurd_size_is_not_decoded(workers: Workers) -> None:
    bomb = bytes.fromhex("50010f9d012a001ee010") + bytes(55_000)
    async with publishing(workers, effect(workers, "sepia")) as one:
        await one.seen(3)
        began, needed = len(one.heard.frames), one.heard.keyframes_needed
        assert one.stream.send([bomb], 1, time.monotonic())
        await until(lambda: one.heard.keyframes_needed > needed)
        await until(lambda: len(one.heard.frames) > began + MAX_IN_FLIGHT)

    assert one.heard.troubles == []
    assert workers.counters.deaths == {}


async def test_no_more_than_eight_frames_are_on_their_way(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "mine.slow", ms=300)) as one:
        await one.seen(1)
        await one.pause()
        counted = workers.counters
        await until(
            lambda: counted.frames_in == counted.frames_out + sum(counted.without.values()), 10
        )
        taken = [one.send() for _ in range(30)]

    assert taken == [True] * MAX_IN_FLIGHT + [False] * (30 - MAX_IN_FLIGHT)


async def test_who_is_too_slow_drops_pictures_and_stays_fresh(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "mine.slow", ms=50)) as one:
        await until(lambda: len(one.heard.costs) >= 2)
        await one.seen(10)
        ages = [at - frame.at for at, frame in zip(one.heard.times, one.heard.frames, strict=True)]
        cost = one.heard.costs[-1]

    assert cost.dropped > 0
    assert cost.degraded is not None
    assert cost.filters["one"] >= 12
    assert sorted(ages[3:])[len(ages) // 2] < 0.2
    assert one.heard.troubles == []


async def test_a_long_burden_halves_the_picture(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "mine.slow", ms=90)) as one:
        await until(lambda: any(cost.degraded == "resolution" for cost in one.heard.costs), 10)
        await until(lambda: one.heard.frames[-1].width == 320)
        assert one.heard.frames[-1].height == 180


async def test_who_wants_all_pictures_gets_them(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "mine.stubborn")) as one:
        await one.seen(1)
        await one.pause()
        begin = len(one.heard.frames)
        taken = sum(one.send() for _ in range(MAX_IN_FLIGHT - 1))
        await until(lambda: len(one.heard.frames) >= begin + taken)


async def test_filters_see_facts_and_tell_what_they_find(workers: Workers) -> None:
    async with publishing(workers, effect(workers, "mine.nosy")) as one:
        one.stream.set_facts("Ana", True, False)
        await until(lambda: bool(one.heard.emitted))
        found = one.heard.emitted[-1]
        one.stream.set_facts("Ana", True, True)
        await until(lambda: one.heard.emitted[-1][3] == {"text": "Ana True True"})

    assert found == ("one", "mine.nosy", "caption", {"text": "Ana True False"})


async def test_many_effects_tell_no_more_than_one_and_take_turns(workers: Workers) -> None:
    ids = {f"effect{n}" for n in range(8)}
    async with publishing(workers, *(effect(workers, "mine.nosy", id_) for id_ in ids)) as one:
        await until(lambda: bool(one.heard.emitted))
        began, count = time.monotonic(), len(one.heard.emitted)
        await until(lambda: len(one.heard.emitted) >= 10)
        took = time.monotonic() - began
    assert took >= (10 - count - 0.5) * INTERVAL_S
    assert {id_ for id_, *_ in one.heard.emitted[:10]} == ids


async def test_there_are_no_more_streams_than_the_operator_allows(workers: Workers) -> None:
    chain = [effect(workers, "sepia")]
    spec = StreamSpec(Kind.VIDEO, "VP8", "test")
    streams = [workers.open(spec, chain, Listener()) for _ in range(4)]
    try:
        with pytest.raises(TooManyEffects):
            workers.open(spec, chain, Listener())
    finally:
        await asyncio.gather(*(stream.close() for stream in streams))
    with pytest.raises(InvalidEffect):
        workers.open(spec, chain * 2, Listener())
    await workers.open(spec, chain, Listener()).close()


@pytest.mark.parametrize("channels", [1, 2])
async def test_gain_makes_sound_louder(workers: Workers, channels: int) -> None:
    async with speaking(workers, (), 6.0, channels) as one:
        await one.heard_packets(30)
        loud = [packet.level for packet in one.heard.frames[10:]]
        one.stream.configure([], -6.0)
        await one.heard_packets(30)
        quiet = [packet.level for packet in one.heard.frames[-10:]]

    assert abs(np.mean(quiet) - np.mean(loud) - 12) < 1
    assert {len(packet.payloads) for packet in one.heard.frames} == {1}
    stamps = [packet.timestamp for packet in one.heard.frames]
    assert all((b - a) % 960 == 0 and b > a for a, b in pairwise(stamps))


async def test_sound_without_effects_and_gain_is_bypassed(workers: Workers) -> None:
    async with speaking(workers, (), 0.0) as one:
        await until(lambda: one.heard.states == [StreamState.BYPASSED])
        one.stream.configure([effect(workers, "echo")])
        await one.heard_packets(5)
        await until(lambda: bool(one.heard.costs))

    assert one.heard.states[-1] is StreamState.RUNNING
    peak = one.heard.costs[-1].peak_dbfs
    assert peak is not None
    assert -30 < peak < 0


async def test_what_is_heard_is_what_was_said(workers: Workers) -> None:
    async with speaking(workers, (), -3.0) as one:
        await one.heard_packets(40)
        samples = one.listen()[0, 9600:].astype(float)

    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    loudest = np.argmax(spectrum) * 48_000 / samples.size
    assert abs(loudest - 440) < 5
    rms = 20 * np.log10(np.sqrt(np.mean(samples**2)) / np.sqrt(np.mean(tone(0).astype(float) ** 2)))
    assert abs(rms + 3) < 0.5


async def test_a_damaged_packet_of_sound_costs_that_packet(workers: Workers) -> None:
    async with speaking(workers, (), 3.0) as one:
        await one.heard_packets(5)
        assert one.stream.send([b"\xff" * 40], 1, time.monotonic())
        assert one.stream.send([b""], 2, time.monotonic())
        await one.heard_packets(5)

    assert one.heard.troubles == []


@asynccontextmanager
async def speaking(
    workers: Workers, chain: Sequence[Effect], gain_db: float, channels: int = 1
) -> AsyncIterator[Speaker]:
    speaker = Speaker(workers, chain, gain_db, channels)
    try:
        yield speaker
    finally:
        await speaker.close()
