"""The forwarder as participants meet it: real sockets, a client that it did not write."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest

from server.app import Server
from tests.support.client import Refused
from tests.support.media_publication import LAYERS, Publication
from tests.support.media_room import Attendee, Call, calling, forwarded_room
from tests.support.media_subscription import Subscription
from tests.support.room import make_room
from tests.support.server import running_server
from tests.support.waiting import until


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def call(server: Server) -> AsyncIterator[Call]:
    async with calling(server.url) as call:
        yield call


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What happens inside is refused with this code."""
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code


def facts(who: Attendee, name: str) -> list[dict[str, Any]]:
    return [data for event, data in who.signalling.facts if event == name]


async def shows(who: Attendee, other: Attendee, layer: str, within_s: float = 10.0) -> None:
    """Wait until the picture that arrives is of this layer."""

    def is_shown() -> bool:
        flow = who.flow(other.id)
        return flow is not None and flow.size == LAYERS[layer]

    await until(is_shown, within_s)


async def test_everybody_sees_and_hears_everybody(server: Server, stack: AsyncExitStack) -> None:
    room, ana = await forwarded_room(server.url, name="Ana")
    people = [ana]
    for name in ("Bo", "Cem", "Dua"):
        people.append(await Attendee.enter(server.url, room.id, name))
    for one in people:
        await stack.enter_async_context(one)
        await one.publish()
        await one.subscribe()
    for one in people:
        for other in people:
            if one is not other:
                await one.sees(other)
                await one.hears(other)


async def test_packets_are_neither_lost_nor_doubled_nor_changed(call: Call) -> None:
    async with call.undisturbed(for_s=2.0):
        pass
    flow = await call.bo.sees(call.ana)
    assert (flow.missing, flow.duplicates, flow.malformed) == (set(), 0, 0)
    heard = await call.bo.hears(call.ana)
    assert (heard.missing, heard.duplicates) == (set(), 0)


async def test_a_newcomer_gets_a_picture_at_once(call: Call, server: Server) -> None:
    async with await Attendee.enter(server.url, call.room.id, "Late", sources=()) as late:
        subscription = await late.subscribe()
        for other in (call.ana, call.bo):
            flow = await late.sees(other)
            assert flow.first_keyframe_at - subscription.connected_at < 1.0


async def test_who_leaves_is_sent_no_more_and_the_others_go_on(call: Call, server: Server) -> None:
    late = await Attendee.enter(server.url, call.room.id, "Late")
    await late.publish()
    await call.ana.sees(late)
    async with call.undisturbed(for_s=1.0):
        await late.close()
        await until(lambda: call.ana.flow(late.id) is None)
    forwarder = server.forwarder
    assert forwarder is not None
    await until(lambda: forwarder.connections == 4)


async def test_a_new_session_takes_over_without_a_gap(call: Call) -> None:
    flow = await call.bo.sees(call.ana)
    before, old = flow.keyframes, call.ana.publication
    assert old is not None
    await call.ana.publish()
    await until(lambda: flow.keyframes > before)
    frames = flow.frames
    await until(lambda: flow.frames > frames + 10)
    assert call.bo.flow(call.ana.id) is flow, "the same m-line goes on"
    assert flow.missing == set()
    await old.close()


class TestLayers:
    async def test_each_tile_gets_the_layer_that_suits_it(
        self, server: Server, stack: AsyncExitStack
    ) -> None:
        room, ana = await forwarded_room(server.url, name="Ana")
        viewers = [await Attendee.enter(server.url, room.id, n, sources=()) for n in ("Bo", "Cem")]
        for one in (ana, *viewers):
            await stack.enter_async_context(one)
        await ana.publish(Publication(layers=list(LAYERS)))
        for one in viewers:
            await one.subscribe()
            await one.sees(ana)
        for one, width, height in ((viewers[0], 300, 170), (viewers[1], 1280, 720)):
            tile = {"participant_id": ana.id, "width": width, "height": height}
            await one.signalling.request("set-view", {"tiles": [tile]})
        await shows(viewers[0], ana, "q")
        await shows(viewers[1], ana, "f")
        large = viewers[1].flow(ana.id)
        assert large is not None
        assert large.missing == set(), "sequence numbers go on over the switch"

    async def test_a_hidden_tile_gets_sound_only(self, call: Call) -> None:
        flow, heard = await call.bo.sees(call.ana), await call.bo.hears(call.ana)
        await call.bo.signalling.request("set-view", {"tiles": []})
        frames = flow.frames
        packets = heard.packets
        await until(lambda: heard.packets > packets + 50)
        assert flow.frames <= frames + 3
        tile = {"participant_id": call.ana.id, "width": 640, "height": 360}
        await call.bo.signalling.request("set-view", {"tiles": [tile]})
        await until(lambda: flow.frames > frames + 10)

    async def test_layers_that_nobody_wants_are_switched_off(
        self, server: Server, stack: AsyncExitStack
    ) -> None:
        room, ana = await forwarded_room(server.url, name="Ana")
        bo = await Attendee.enter(server.url, room.id, "Bo", sources=())
        for one in (ana, bo):
            await stack.enter_async_context(one)
        publication = await ana.publish(Publication(layers=list(LAYERS)))
        await bo.subscribe()
        await bo.sees(ana)
        tile = {"participant_id": ana.id, "width": 300, "height": 170}
        await bo.signalling.request("set-view", {"tiles": [tile]})
        wanted = await ana.signalling.fact("layers-wanted", lambda fact: fact["rids"] == ["q"])
        assert wanted["session"] == publication.session
        await bo.signalling.request("set-view", {"tiles": [{**tile, "width": 1280, "height": 720}]})
        await ana.signalling.fact("layers-wanted", lambda fact: "f" in fact["rids"])

    async def test_a_bad_line_lowers_nobody_else(
        self, server: Server, stack: AsyncExitStack
    ) -> None:
        room, ana = await forwarded_room(server.url, name="Ana")
        viewers = [await Attendee.enter(server.url, room.id, n, sources=()) for n in ("Bo", "Cem")]
        for one in (ana, *viewers):
            await stack.enter_async_context(one)
        await ana.publish(Publication(layers=list(LAYERS)))
        tile = {"participant_id": ana.id, "width": 1280, "height": 720}
        for one in viewers:
            await one.subscribe()
            await one.signalling.request("set-view", {"tiles": [tile]})
            await shows(one, ana, "f")
        bad = viewers[0].subscription
        assert bad is not None
        bad.loss = 0.5
        await shows(viewers[0], ana, "q", within_s=15)
        flow = viewers[1].flow(ana.id)
        assert flow is not None
        assert flow.size == LAYERS["f"]


class TestRoutes:
    async def test_a_direct_participant_is_not_forwarded(
        self, server: Server, stack: AsyncExitStack
    ) -> None:
        room = await make_room(server.url)
        ana, bo = [await Attendee.enter(server.url, room.id, name) for name in ("Ana", "Bo")]
        for one in (ana, bo):
            await stack.enter_async_context(one)
            await one.publish()
            await one.subscribe()
        assert server.forwarder is not None
        counters = server.forwarder.counters
        packets = counters.packets_in
        await until(lambda: counters.packets_in > packets + 50)
        assert facts(bo, "subscription-offered") == []

    async def test_who_has_taken_the_direct_path_is_sent_no_more(self) -> None:
        async with running_server(direct_after_s=0) as server, calling(server.url) as call:
            flow = await call.bo.sees(call.ana)
            await call.ana.signalling.request("update-room", {"media": "mesh"})
            await call.bo.signalling.fact(
                "route-changed",
                lambda f: f["participant_id"] == call.ana.id and f["route"] == "direct",
            )
            frames = flow.frames
            await until(lambda: flow.frames > frames + 10)  # the new path is not there yet
            taken = {"participant_id": call.ana.id, "route": "direct"}
            await call.bo.signalling.request("path-taken", taken)
            told = await call.ana.signalling.fact("path-taken")
            assert told == {"participant_id": call.bo.id, "route": "direct"}
            await until(lambda: call.bo.flow(call.ana.id) is None)

    async def test_a_subscription_that_carries_nothing_is_let_go_of(self, call: Call) -> None:
        assert call.ana.publication is not None
        session = call.ana.publication.session
        await call.ana.signalling.request("unpublish", {"session": session})
        lost = await call.bo.signalling.fact("subscription-lost")
        assert call.bo.subscription is not None
        assert lost == {"session": call.bo.subscription.session}


class TestCodecs:
    async def test_a_room_settles_on_what_all_decode(self, stack: AsyncExitStack) -> None:
        server = await stack.enter_async_context(running_server(video_codecs=("H264", "VP8")))
        room, ana = await forwarded_room(server.url, name="Ana")
        bo = await Attendee.enter(server.url, room.id, "Bo", sources=())
        for one in (ana, bo):
            await stack.enter_async_context(one)
        await ana.subscribe(Subscription(codecs=("VP8", "H264")))
        publication = await ana.publish()
        await bo.subscribe(Subscription(codecs=("VP8",)))
        again = await ana.signalling.fact("publish-again")
        assert again == {"session": publication.session}


class TestLimits:
    @pytest.mark.parametrize("limit", ["max_room_publishers", "max_media_peers"])
    async def test_one_more_than_there_may_be_is_refused(
        self, stack: AsyncExitStack, limit: str
    ) -> None:
        server = await stack.enter_async_context(running_server(**{limit: 1}))
        room, ana = await forwarded_room(server.url, name="Ana")
        bo = await Attendee.enter(server.url, room.id, "Bo")
        for one in (ana, bo):
            await stack.enter_async_context(one)
        await ana.publish()
        with refused("too-many-streams"):
            await bo.publish()

    async def test_a_description_that_is_no_description_is_refused(self, call: Call) -> None:
        for sdp in ("hello", "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"):
            with refused("invalid-sdp"):
                await call.bo.signalling.request(
                    "publish", {"session": "other", "sdp": sdp, "tracks": []}
                )

    async def test_an_answer_to_another_session_is_refused(self, call: Call) -> None:
        with refused("no-such-session"):
            await call.bo.signalling.request(
                "answer-subscription", {"session": "other", "number": 1, "sdp": "v=0"}
            )


async def test_the_speaker_is_known_without_decoding(call: Call) -> None:
    assert call.ana.publication is not None
    call.ana.publication.stream("audio").level = 20
    told = await call.bo.signalling.fact(
        "speaker-changed", lambda fact: fact["participant_id"] == call.ana.id
    )
    assert told["participant_id"] == call.ana.id


async def test_metrics_tell_what_passes_the_server(call: Call, server: Server) -> None:
    def series() -> dict[str, float]:
        lines = server.metrics.render().decode().splitlines()
        found = (line.rsplit(" ", 1) for line in lines if line[0] != "#")
        return {name: float(value) for name, value in found}

    await until(lambda: series()["greenroom_media_packets_in_total"] > 0)
    await until(lambda: series()["greenroom_media_packets_out_total"] > 0)
    assert series()["greenroom_media_connections"] == 4
    assert series()['greenroom_media_participants{route="forwarded"}'] == 2
