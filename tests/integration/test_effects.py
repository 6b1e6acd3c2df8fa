"""Effects in a call: the real server, its real workers, and clients who look at what arrives."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.support.effects import effect, use
from tests.support.media_pictures import (
    Eye,
    TestCard,
    Tone,
    brightness,
    colour,
    loudness_db,
)
from tests.support.media_publication import CAMERA, MICROPHONE, Publication
from tests.support.media_received import assert_continues
from tests.support.media_room import Attendee, calling
from tests.support.media_streams import Flow
from tests.support.room import make_room
from tests.support.server import RunningServer, running_server
from tests.support.waiting import passed, until

GRAY, EDGES = effect(1, "grayscale"), effect(2, "edges")
COLOURFUL, GREY = 20.0, 3.0
DARK = 60.0
WITHIN_S = 10.0
AGAIN_WITHIN_S = 2.0
FIRST_FRAME_WITHIN_S = 0.3
SLIDER_WITHIN_S = 0.2
KEYFRAME_EVERY_S = 0.6
"""A little more than what lies between two requests for one: each joiner needs its own."""


@dataclass
class Show:
    """Ana, who publishes real pictures and sound, and those who watch."""

    server: RunningServer
    room: str
    ana: Attendee
    watching: list[Attendee]
    eyes: list[Eye]

    def flows(self, source: str = CAMERA) -> list[Flow]:
        flows = [attendee.flow(self.ana.id, source) for attendee in self.watching]
        return [flow for flow in flows if flow is not None]

    async def looks(self, least: float, most: float, *, within_s: float = WITHIN_S) -> None:
        """Wait until the newest picture of everybody is so colourful."""
        await until(lambda: all(least <= colour(eye.look()) <= most for eye in self.eyes), within_s)

    def metric(self, name: str) -> float:
        return metric(self.server, name)


def metric(server: RunningServer, name: str) -> float:
    lines = server.metrics.render().decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(name))


async def watch(server: RunningServer, room: str, ana: Attendee, stack: AsyncExitStack) -> Attendee:
    attendee = await Attendee.enter(server.url, room, "Watcher", sources=())
    await stack.enter_async_context(attendee)
    await attendee.subscribe()
    await attendee.sees(ana)
    return attendee


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server(
        effects=True, media_address=("127.0.0.1",), messages_per_s=1000, direct_after_s=0
    ) as it:
        yield it


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as it:
        yield it


@pytest.fixture
async def show(server: RunningServer, stack: AsyncExitStack) -> Show:
    room = await make_room(server.url)
    ana = await Attendee.enter(server.url, room.id, "Ana", host_key=room.host_key)
    await stack.enter_async_context(ana)
    await ana.signalling.request("update-room", {"media": "forwarded"})
    await ana.publish(Publication(encode={CAMERA: TestCard(), MICROPHONE: Tone()}))
    watching = [await watch(server, room.id, ana, stack) for _ in range(3)]
    eyes = [Eye(await attendee.sees(ana)) for attendee in watching]
    it = Show(server, room.id, ana, watching, eyes)
    await it.looks(COLOURFUL, 128)
    return it


def descendants(pid: int) -> list[int]:
    """Processes that a process has started, and those that these have, by their parents."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found = [child for child, parent in parents.items() if parent == pid]
    return [*found, *(below for child in found for below in descendants(child))]


async def test_three_listeners_get_what_one_encoder_has_made(show: Show) -> None:
    await use(show.ana.signalling, GRAY)
    await show.looks(0, GREY)
    assert show.metric('greenroom_effect_streams{kind="video"}') == 1
    assert show.metric("greenroom_effect_workers_started_total") == 1
    frames = [flow.frames for flow in show.flows()]
    await passed(show.ana.signalling.ended, 1.0)
    for flow, before in zip(show.flows(), frames, strict=True):
        assert flow.frames > before
        assert not flow.missing
    await use(show.ana.signalling)
    await show.looks(COLOURFUL, 128)
    await until(lambda: show.metric('greenroom_effect_streams{kind="video"}') == 0)
    for flow in show.flows():
        assert_continues(flow)


async def test_a_slider_moves_the_pixels_of_all(show: Show) -> None:
    def dark() -> bool:
        return all(brightness(eye.look()) < DARK for eye in show.eyes)

    def bright() -> bool:
        return all(brightness(eye.look()) > DARK for eye in show.eyes)

    await use(show.ana.signalling, effect(1, "colours", brightness=0))
    await until(lambda: show.metric('greenroom_effect_frames_total{outcome="out"}') > 5, WITHIN_S)
    took = []
    for value, moved in ((-100, dark), (0, bright)) * 2:
        began = time.perf_counter()
        await use(show.ana.signalling, effect(1, "colours", brightness=value))
        await until(moved, WITHIN_S)
        took.append(time.perf_counter() - began)
    assert min(took) < SLIDER_WITHIN_S
    assert show.metric("greenroom_effect_workers_started_total") == 1


async def test_two_effects_are_one_decoding_and_one_encoding(show: Show) -> None:
    await use(show.ana.signalling, GRAY, effect(3, "colours", brightness=-100))
    await show.looks(0, GREY)
    await until(lambda: all(brightness(eye.look()) < DARK for eye in show.eyes), WITHIN_S)
    assert show.metric("greenroom_effect_workers_started_total") == 1
    cost = await show.ana.signalling.fact(
        "effect-cost", lambda data: set(data["video"]["filters"]) == {"e1", "e3"}
    )
    assert cost["video"]["ms"] >= sum(cost["video"]["filters"].values()) > 0
    assert cost["video"]["width"] * 9 == cost["video"]["height"] * 16


async def test_two_people_have_effects_at_once(show: Show) -> None:
    await use(show.ana.signalling, GRAY)
    bo, cy = show.watching[:2]
    await bo.publish(Publication(sources=(CAMERA,), encode={CAMERA: TestCard()}))
    await use(bo.signalling, EDGES)
    eye = Eye(await cy.sees(bo))
    await until(lambda: colour(eye.look()) < GREY and brightness(eye.look()) > 0, WITHIN_S)
    await show.looks(0, GREY)
    assert show.metric('greenroom_effect_streams{kind="video"}') == 2


async def test_a_killed_worker_costs_its_stream_a_moment_and_others_nothing(
    server: RunningServer, show: Show
) -> None:
    nobody = set(descendants(os.getpid()))
    await use(show.ana.signalling, GRAY)
    await show.looks(0, GREY)
    (worker,) = set(descendants(os.getpid())) - nobody
    async with calling(server.url) as call, call.undisturbed(for_s=3.0):
        began = time.perf_counter()
        frames = [flow.frames for flow in show.flows()]
        os.kill(worker, signal.SIGKILL)
        await until(
            lambda: all(
                flow.frames > before + 10 for flow, before in zip(show.flows(), frames, strict=True)
            ),
            AGAIN_WITHIN_S + 1,
        )
        assert time.perf_counter() - began < AGAIN_WITHIN_S
        await show.looks(0, GREY)
    assert show.metric("greenroom_effect_workers_started_total") == 2
    for flow in show.flows():
        assert_continues(flow, pause_s=AGAIN_WITHIN_S)


async def test_who_comes_late_sees_the_effect_soon(show: Show, stack: AsyncExitStack) -> None:
    await use(show.ana.signalling, GRAY)
    await show.looks(0, GREY)
    took = []
    for _ in range(3):
        await passed(show.ana.signalling.ended, KEYFRAME_EVERY_S)
        late = await Attendee.enter(show.server.url, show.room, "Late", sources=())
        await stack.enter_async_context(late)
        subscription = await late.subscribe()
        flow = await late.sees(show.ana)
        took.append(flow.first_keyframe_at - subscription.connected_at)
        eye = Eye(flow)
        await until(partial(lambda by: colour(by.look()) < GREY < brightness(by.look()), eye))
    assert min(took) < FIRST_FRAME_WITHIN_S


async def test_a_gain_is_heard_by_all(show: Show) -> None:
    heard = show.flows(MICROPHONE)
    await until(lambda: all(flow.packets > 60 for flow in heard))
    before = [loudness_db(flow) for flow in heard]
    await show.ana.signalling.request("set-gain", {"participant_id": show.ana.id, "gain_db": 6})
    await until(
        lambda: all(
            loudness_db(flow) - quiet == pytest.approx(6, abs=0.5)
            for flow, quiet in zip(heard, before, strict=True)
        ),
        WITHIN_S,
    )
    assert show.metric('greenroom_effect_streams{kind="audio"}') == 1
    for flow in heard:
        assert (flow.missing, flow.duplicates) == (set(), 0)


async def test_nothing_is_left_when_all_have_gone(show: Show) -> None:
    before: Sequence[int] = descendants(os.getpid())
    await use(show.ana.signalling, GRAY, audio=[effect(5, "echo")])
    await until(lambda: len(descendants(os.getpid())) == len(before) + 2)
    await show.ana.signalling.request("leave")
    await until(lambda: sorted(descendants(os.getpid())) == sorted(before), 5.0)
    await until(lambda: not any(t.get_name().startswith("effect") for t in asyncio.all_tasks()))
