"""Who gets what of somebody with effects: real connections, and workers of the test's own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from rooms.participant import Kind
from server.config import Config
from server.media.forwarder import Forwarder
from server.workers.streams import Cost, StreamState, Trouble, TroubleKind
from tests.support.catalogue import MadeUpCatalogue
from tests.support.effect_streams import MADE, SIZE, HandEngine, HandStream
from tests.support.effects import chain, effect, use
from tests.support.media_packets import Rtp
from tests.support.media_publication import CAMERA, LAYERS, MICROPHONE, Publication
from tests.support.media_received import assert_continues
from tests.support.media_room import Attendee
from tests.support.media_streams import Flow
from tests.support.plane import running_signalling
from tests.support.room import make_room
from tests.support.waiting import passed, until

EDGES, BLUR = effect(1, "edges"), effect(2, "background-blur")
ECHO = effect(3, "echo")
FULL = (640, 360)
MOMENT_S = 0.4
"""Longer than a frame takes from its camera to whoever watches."""


@dataclass
class Rehearsal:
    """Ana, who is the host and publishes, and Bo, who watches, in a room that is forwarded."""

    url: str
    room: str
    engine: HandEngine
    forwarder: Forwarder
    ana: Attendee
    bo: Attendee
    stack: AsyncExitStack

    async def newcomer(self, name: str = "Cy") -> Attendee:
        """Somebody who only watches."""
        attendee = await Attendee.enter(self.url, self.room, name, sources=())
        await self.stack.enter_async_context(attendee)
        await attendee.subscribe()
        return attendee

    @property
    def picture(self) -> HandStream:
        (stream,) = self.engine.of(Kind.VIDEO)
        return stream

    async def opened(self, kind: Kind = Kind.VIDEO) -> HandStream:
        await until(lambda: bool(self.engine.of(kind)))
        return self.engine.of(kind)[-1]

    async def moment(self) -> None:
        """Let frames pass that are on their way."""
        await passed(self.bo.signalling.ended, MOMENT_S)


@pytest.fixture
async def rehearsal() -> AsyncIterator[Rehearsal]:
    settings: dict[str, Any] = {"media_port": 0, "media_address": ("127.0.0.1",)}
    engine = HandEngine()
    forwarder = Forwarder(
        Config(**settings, overload_cpu=1.0, overload_lag_ms=10_000), effects=engine
    )
    await forwarder.start()
    try:
        async with (
            running_signalling(forwarder, MadeUpCatalogue(), direct_after_s=0, **settings) as url,
            AsyncExitStack() as stack,
        ):
            room = await make_room(url)
            ana = await Attendee.enter(url, room.id, "Ana", host_key=room.host_key)
            await stack.enter_async_context(ana)
            await ana.signalling.request("update-room", {"media": "forwarded"})
            bo = await Attendee.enter(url, room.id, "Bo", sources=())
            await stack.enter_async_context(bo)
            yield Rehearsal(url, room.id, engine, forwarder, ana, bo, stack)
    finally:
        await forwarder.close()
    assert all(stream.closed for stream in engine.streams)


@pytest.fixture
async def seen(rehearsal: Rehearsal) -> Flow:
    """Ana's camera as Bo gets it, bare at first."""
    await rehearsal.ana.publish()
    await rehearsal.bo.subscribe()
    flow = await rehearsal.bo.sees(rehearsal.ana)
    assert flow.size == FULL
    return flow


def is_made(packet: Rtp) -> bool:
    """Whether it came out of a worker."""
    return packet.payload.endswith(MADE) or MADE in packet.payload


def newest(flow: Flow) -> Rtp:
    return flow.recent[-1]


async def comes(flow: Flow, *, made: bool, within_s: float = 5.0) -> None:
    """Wait for a packet that a worker has made, or for a bare one."""
    await until(lambda: is_made(newest(flow)) is made, within_s)


def streams_of(attendee: Attendee, other: Attendee) -> set[str]:
    """What the server says that it sends of somebody."""
    carried: list[list[dict[str, str]]] = [
        data["streams"]
        for name, data in attendee.signalling.facts
        if name in ("subscription-offered", "streams-changed")
    ]
    return {s["source"] for s in (carried or [[]])[-1] if s["participant_id"] == other.id}


async def test_what_is_shown_replaces_the_camera_for_all_and_off_restores_it(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    engine, ana = rehearsal.engine, rehearsal.ana
    cy = await rehearsal.newcomer()
    other = await cy.sees(ana)
    engine.automatic = True
    await use(ana.signalling, EDGES)
    for flow in (seen, other):
        await comes(flow, made=True)
        await until(lambda flow=flow: flow.size == SIZE)  # type: ignore[misc]
    assert len(engine.streams) == 1
    frames = seen.frames
    await rehearsal.moment()
    assert seen.frames - frames >= 0.7 * 30 * MOMENT_S
    await use(ana.signalling)
    for flow in (seen, other):
        await comes(flow, made=False)
        assert_continues(flow)
    await until(lambda: engine.stream.closed)


async def test_until_the_worker_has_something_the_bare_camera_goes_on(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    await use(rehearsal.ana.signalling, EDGES)
    stream = await rehearsal.opened()
    frames = seen.frames
    await rehearsal.moment()
    assert seen.frames > frames
    assert not is_made(newest(seen))
    stream.run(automatic=True)
    await comes(seen, made=True)
    stream.state(StreamState.BYPASSED)
    await comes(seen, made=False)
    stream.run(automatic=True)
    await comes(seen, made=True)
    assert_continues(seen)


async def test_a_preview_is_for_its_owner_alone(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await ana.subscribe()
    await use(ana.signalling, EDGES, shown=False)
    own = await ana.sees(ana)
    await comes(own, made=True)
    assert streams_of(ana, ana) == {CAMERA}
    assert ana.flow(ana.id, MICROPHONE) is None
    await rehearsal.moment()
    assert not any(is_made(packet) for packet in seen.recent)
    await use(ana.signalling, EDGES, shown=True)
    await comes(seen, made=True)
    await use(ana.signalling, EDGES, shown=False)
    await comes(seen, made=False)
    assert len(engine.streams) == 1
    await use(ana.signalling)
    await until(lambda: streams_of(ana, ana) == set())
    await until(lambda: engine.stream.closed)


async def test_a_preview_needs_no_way_by_the_server(rehearsal: Rehearsal) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await ana.signalling.request("update-room", {"media": "mesh"})
    await use(ana.signalling, EDGES, shown=False)
    await ana.publish()
    await ana.subscribe()
    await bo.subscribe()
    await comes(await ana.sees(ana), made=True)
    assert streams_of(bo, ana) == set()


async def test_what_shall_be_hidden_is_never_seen_bare(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    await use(ana.signalling, BLUR)
    stream = await rehearsal.opened()
    await passed(bo.signalling.ended, 0.05)  # what the server had sent before may still arrive
    bare = seen.packets
    cy = await rehearsal.newcomer()
    await cy.hears(ana)
    await rehearsal.moment()
    assert seen.packets == bare
    assert cy.flow(ana.id) is None
    stream.run(automatic=True)
    for flow in (seen, await cy.sees(ana)):
        await comes(flow, made=True)
    for state in (StreamState.HELD, StreamState.BYPASSED, StreamState.STARTING):
        stream.state(state)
        await passed(bo.signalling.ended, 0.1)
        before = seen.packets
        di = await rehearsal.newcomer("Di")
        await di.hears(ana)
        await rehearsal.moment()
        assert seen.packets == before
        assert di.flow(ana.id) is None
        stream.run(automatic=True)
        await until(lambda before=before: seen.packets > before)  # type: ignore[misc]
    assert all(is_made(packet) for packet in list(seen.recent)[-(seen.packets - bare) :])
    assert_continues(seen, pause_s=10.0)


async def test_hiding_more_holds_what_was_made_without_it(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(seen, made=True)
    stream = rehearsal.picture
    stream.automatic = False
    await until(lambda: len(stream.sent) > stream.made + 2)
    await use(ana.signalling, EDGES, BLUR)
    await until(lambda: len(stream.chain) == 2)
    waiting = len(stream.sent)
    await passed(bo.signalling.ended, 0.1)
    before = seen.packets
    stream.give(keyframe=True, frame=waiting - 2)
    await passed(bo.signalling.ended, 0.1)
    assert seen.packets == before
    await until(lambda: len(stream.sent) > waiting + 1)
    stream.give(keyframe=True)
    await until(lambda: seen.packets > before)


async def test_a_new_connection_of_the_page_shows_nothing_bare_either(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana = rehearsal.ana
    rehearsal.engine.automatic = True
    await use(ana.signalling, BLUR)
    await comes(seen, made=True)
    since = seen.packets
    replaced = ana.publication
    assert replaced is not None
    rehearsal.stack.push_async_callback(replaced.close)
    await ana.publish(Publication(frame_bytes=900))
    await replaced.stop()
    before = len(rehearsal.picture.sent)
    await until(lambda: len(rehearsal.picture.sent) > before + 5)
    frames = seen.frames
    await until(lambda: seen.frames > frames + 5)
    assert all(is_made(packet) for packet in list(seen.recent)[-(seen.packets - since) :])
    assert len(rehearsal.engine.streams) == 1
    assert_continues(seen)


async def test_a_gain_alone_changes_the_sound_alone(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo, engine = rehearsal.ana, rehearsal.bo, rehearsal.engine
    engine.automatic = True
    heard = await bo.hears(ana)
    assert not is_made(newest(heard))
    await ana.signalling.request("set-gain", {"participant_id": ana.id, "gain_db": 6})
    await comes(heard, made=True)
    (stream,) = engine.streams
    assert (stream.spec.kind, stream.chain, stream.gain_db) == (Kind.AUDIO, (), 6.0)
    assert not is_made(newest(seen))
    await ana.signalling.request("set-gain", {"participant_id": ana.id, "gain_db": 0})
    await comes(heard, made=False)
    assert (heard.missing, heard.duplicates) == (set(), 0)
    await until(lambda: stream.closed)


async def test_sound_is_made_when_it_is_shown(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo, engine = rehearsal.ana, rehearsal.bo, rehearsal.engine
    engine.automatic = True
    heard = await bo.hears(ana)
    await use(ana.signalling, EDGES, audio=[ECHO], shown=False)
    await rehearsal.opened()
    await rehearsal.moment()
    assert engine.of(Kind.AUDIO) == []
    await use(ana.signalling, EDGES, audio=[ECHO], shown=True)
    await comes(heard, made=True)
    assert [e.filter for e in engine.of(Kind.AUDIO)[0].chain] == ["echo"]


async def test_moving_a_slider_changes_the_chain_and_nothing_else(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(seen, made=True)
    keyframes = seen.keyframes
    for low in range(0, 1000, 200):
        await use(ana.signalling, effect(1, "edges", low=low))
        await until(lambda low=low: ("low", low) in engine.stream.chain[0].params)  # type: ignore[misc]
    assert (len(engine.streams), seen.keyframes) == (1, keyframes)


async def test_an_effect_ends_with_its_publisher(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await use(ana.signalling, EDGES, audio=[ECHO])
    await comes(seen, made=True)
    await until(lambda: len(engine.streams) == 2)
    publication = ana.publication
    assert publication is not None
    rehearsal.stack.push_async_callback(publication.close)
    await ana.signalling.request("unpublish", {"session": publication.session})
    await until(lambda: all(stream.closed for stream in engine.streams))
    await ana.publish()
    await until(lambda: len(engine.streams) == 4)
    await ana.signalling.request("leave")
    await until(lambda: all(stream.closed for stream in engine.streams))


async def test_troubles_are_the_owners_and_the_third_takes_the_effect_off(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES, effect(4, "halftone.dots"))
    await comes(seen, made=True)
    stream = rehearsal.picture
    trouble = Trouble(
        "e4", "halftone.dots", "Dots", TroubleKind.ERROR, "no such dot", "halftone.py", 3
    )
    stream.listener.on_trouble(trouble)
    told = await ana.signalling.fact("effect-trouble")
    assert (told["id"], told["file"], told["line"], told["off"]) == ("e4", "halftone.py", 3, False)
    stream.listener.on_mended("e4")
    assert await ana.signalling.fact("effect-mended") == {"id": "e4"}
    off = Trouble("e4", "halftone.dots", "Dots", TroubleKind.CRASH, "it died", off=True)
    stream.listener.on_trouble(off)
    told = await ana.signalling.fact("effects-set")
    assert [one["id"] for one in told["effects"]["video"]] == ["e1"]
    await until(lambda: [one.id for one in stream.chain] == ["e1"])
    assert bo.signalling.named("effect-trouble") == []
    assert is_made(newest(seen))


async def test_costs_are_told_once_a_second_to_the_owner(rehearsal: Rehearsal, seen: Flow) -> None:
    rehearsal.engine.automatic = True
    await use(rehearsal.ana.signalling, EDGES)
    await comes(seen, made=True)
    cost = Cost(1.5, {"e1": 0.5}, 2, 6.0, 30.0, 640, 360)
    rehearsal.picture.listener.on_cost(cost)
    told = await rehearsal.ana.signalling.fact("effect-cost")
    assert told["audio"] is None
    assert (told["video"]["ms"], told["video"]["filters"]) == (1.5, {"e1": 0.5})
    assert rehearsal.bo.signalling.named("effect-cost") == []


async def test_what_filters_find_is_for_those_who_see_it(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES, shown=False)
    stream = await rehearsal.opened()
    stream.listener.on_emitted("e1", "edges", "caption", {"text": "one"})
    expected = {"participant_id": ana.id, "filter": "edges", "kind": "caption"}
    assert await ana.signalling.fact("filter-emitted") == {**expected, "data": {"text": "one"}}
    await use(ana.signalling, EDGES)
    stream.listener.on_emitted("e1", "edges", "caption", {"text": "two"})
    assert await bo.signalling.fact("filter-emitted") == {**expected, "data": {"text": "two"}}


async def test_when_there_is_no_worker_to_be_had(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.full = True
    await use(ana.signalling, EDGES)
    told = await ana.signalling.fact("effect-trouble")
    assert (told["id"], told["kind"], told["off"]) == ("e1", "slow", False)
    assert not is_made(newest(seen))
    engine.automatic, engine.full = True, False
    await comes(seen, made=True)
    assert await ana.signalling.fact("effect-mended") == {"id": "e1"}


async def test_without_a_worker_nothing_is_shown_of_what_shall_be_hidden(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    rehearsal.engine.full = True
    await use(rehearsal.ana.signalling, BLUR)
    await rehearsal.ana.signalling.fact("effect-trouble")
    await passed(rehearsal.bo.signalling.ended, 0.05)
    before = seen.packets
    await rehearsal.moment()
    assert seen.packets == before


async def test_filters_know_who_speaks_and_whose_hand_is_raised(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana = rehearsal.ana
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES)
    stream = await rehearsal.opened()
    await until(lambda: stream.facts == ("Ana", True, False))
    assert ana.publication is not None
    ana.publication.stream("audio").level = 127
    await ana.signalling.request("raise-hand", {"raised": True})
    await until(lambda: stream.facts == ("Ana", False, True))


async def test_an_effect_is_made_of_the_best_layer_whoever_watches(rehearsal: Rehearsal) -> None:
    ana, bo, engine = rehearsal.ana, rehearsal.bo, rehearsal.engine
    publication = await ana.publish(Publication(layers=tuple(LAYERS)))
    await bo.subscribe()
    flow = await bo.sees(ana)
    tile = {"participant_id": ana.id, "width": 160, "height": 90}
    await bo.signalling.request("set-view", {"tiles": [tile]})
    wanted = await ana.signalling.fact("layers-wanted", lambda data: data["rids"] == ["q"])
    for rid in ("h", "f"):
        publication.stream("video", rid).active = False
    engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(flow, made=True)
    wanted = await ana.signalling.fact("layers-wanted", lambda data: "f" in data["rids"])
    assert wanted["rids"] == ["q", "f"]
    top = publication.stream("video", "f")
    top.frame_bytes, top.active = 3100, True
    await until(lambda: len(engine.stream.sent[-1][0]) == 3100)
    top.active = False
    await until(lambda: len(engine.stream.sent[-1][0]) == 2000)
    assert_continues(flow, pause_s=3.0)  # a layer that has stopped is given up after a second
    assert len(engine.streams) == 1


async def test_a_narrow_line_narrows_the_encoder_but_not_below_what_others_need(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    rehearsal.engine.automatic = True
    await use(rehearsal.ana.signalling, EDGES)
    await comes(seen, made=True)
    stream = rehearsal.picture
    stream.size = FULL
    stream.request_keyframe()
    await until(lambda: stream.bitrate_bps > 200_000)
    suits = stream.bitrate_bps
    assert rehearsal.bo.subscription is not None
    rehearsal.bo.subscription.loss = 0.9
    await until(lambda: stream.bitrate_bps < 0.35 * suits, 15.0)
    assert stream.bitrate_bps >= 0.3 * suits - 1


async def test_effects_of_a_publisher_whose_room_is_private_end(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(seen, made=True)
    await ana.signalling.request("update-room", {"media": "private"})
    await until(lambda: engine.stream.closed)
    refused = chain(EDGES)
    with pytest.raises(Exception, match="private"):
        await ana.signalling.request("set-effects", refused)
