"""What subscribers get of what publishers send, through the real server and over real sockets."""

import random
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from tests.support.media_packets import SR, Rtcp, read_sender_report
from tests.support.media_publication import LAYERS, MICROPHONE, Publication
from tests.support.media_received import assert_continues
from tests.support.media_room import Attendee, Call, calling, forwarded_room
from tests.support.media_streams import Flow
from tests.support.media_subscription import Subscription
from tests.support.media_wire import Wire
from tests.support.server import RunningServer, running_server
from tests.support.waiting import passed, until

FIRST_FRAME_WITHIN_S = 0.3
KEYFRAME_EVERY_S = 0.6
"""A little more than what lies between two requests for one: each joiner needs its own."""
LOSS_FOR_S = 4.0
SWITCHES = 10
SYNC_WITHIN_S = 0.02
SMALL, LARGE = (320, 180), (1280, 720)


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server(
        media_port=0, media_address=("127.0.0.1",), messages_per_s=1000, direct_after_s=0
    ) as it:
        yield it


@pytest.fixture
async def call(server: RunningServer) -> AsyncIterator[Call]:
    async with calling(server.url) as it:
        yield it


async def settle(call: Call, for_s: float) -> None:
    """Let the call go on for a while."""
    await passed(call.bo.signalling.ended, for_s)


def publication_of(attendee: Attendee) -> Publication:
    assert attendee.publication is not None
    return attendee.publication


def subscription_of(attendee: Attendee) -> Subscription:
    assert attendee.subscription is not None
    return attendee.subscription


def shows(flow: Flow, size: tuple[int, int]) -> Callable[[], bool]:
    return lambda: flow.size == size


async def test_two_people_get_every_packet_as_it_was_sent(call: Call) -> None:
    await settle(call, 2.0)
    for sender, receiver in ((call.ana, call.bo), (call.bo, call.ana)):
        for source in ("camera", MICROPHONE):
            flow = receiver.flow(sender.id, source)
            assert flow is not None
            assert (flow.missing, flow.duplicates, flow.malformed) == (set(), 0, 0)
        picture = receiver.flow(sender.id)
        assert picture is not None
        assert_continues(picture)
        assert picture.size == (640, 360)


async def test_a_late_joiner_sees_soon_after_it_is_connected(
    server: RunningServer, call: Call
) -> None:
    took = []
    for _ in range(3):
        await settle(call, KEYFRAME_EVERY_S)
        async with await Attendee.enter(server.url, call.room.id, "Late", sources=()) as late:
            subscription = await late.subscribe()
            flow = await late.sees(call.ana)
            took.append(flow.first_keyframe_at - subscription.connected_at)
    assert statistics.median(took) < FIRST_FRAME_WITHIN_S


async def test_a_newcomer_costs_the_others_nothing(server: RunningServer, call: Call) -> None:
    async with call.undisturbed(), AsyncExitStack() as stack:
        for n in range(4):
            newcomer = await Attendee.enter(server.url, call.room.id, f"Newcomer {n}")
            await stack.enter_async_context(newcomer)
            await newcomer.publish()
            await newcomer.subscribe()
            for one in (call.ana, call.bo):
                await newcomer.sees(one)
                await one.sees(newcomer)
    for receiver, sender in ((call.ana, call.bo), (call.bo, call.ana)):
        flow = receiver.flow(sender.id)
        assert flow is not None
        assert not flow.missing


class Loss:
    """Loses a share of packets, each time they pass: what is sent again may be lost again."""

    def __init__(self, share: float, seed: int = 1) -> None:
        self._random, self._share = random.Random(seed), share
        self.lost = 0

    def __call__(self, packet: bytes) -> bool:
        lost = self._random.random() < self._share
        self.lost += lost
        return lost


async def test_five_percent_loss_to_a_subscriber_is_repaired(call: Call) -> None:
    wire = subscription_of(call.bo).wire
    wire.drop = loss = Loss(0.05)
    async with call.undisturbed(for_s=LOSS_FOR_S):
        pass
    wire.drop = None
    flow = await call.bo.sees(call.ana)
    await until(lambda: not flow.missing)
    assert loss.lost > 10
    assert_continues(flow)


async def test_five_percent_loss_from_a_publisher_is_repaired(call: Call) -> None:
    publication = publication_of(call.ana)
    send = publication.wire.send_rtp
    loss = Loss(0.05)

    def lose(packet: bytes) -> None:
        if not loss(packet):
            send(packet)

    for stream in publication.streams:
        stream.send = lose
    async with call.undisturbed(for_s=LOSS_FOR_S):
        pass
    for stream in publication.streams:
        stream.send = send
    flow = await call.bo.sees(call.ana)
    await until(lambda: not flow.missing)
    assert publication.camera.retransmitted > 0
    assert_continues(flow)


async def test_twenty_percent_loss_leaves_ten_frames_a_second(call: Call) -> None:
    subscription_of(call.bo).wire.drop = Loss(0.2)
    flow = await call.bo.sees(call.ana)
    before = flow.frames
    await settle(call, LOSS_FOR_S)
    assert subscription_of(call.bo).wire.connected
    assert flow.frames - before >= 10 * LOSS_FOR_S


@pytest.fixture
async def watched(server: RunningServer) -> AsyncIterator[Call]:
    """Ana sends three layers, and Bo only looks."""
    async with AsyncExitStack() as stack:
        room, ana = await forwarded_room(server.url, name="Ana")
        await stack.enter_async_context(ana)
        await ana.publish(Publication(layers=tuple(LAYERS), frame_bytes=1000))
        bo = await Attendee.enter(server.url, room.id, "Bo", sources=())
        await stack.enter_async_context(bo)
        await bo.subscribe()
        await bo.sees(ana)
        yield Call(room, ana, bo)


async def look(call: Call, size: tuple[int, int] | None) -> None:
    """Bo's page shows Ana in that size, or not at all."""
    tiles = []
    if size is not None:
        tiles = [{"participant_id": call.ana.id, "width": size[0], "height": size[1]}]
    await call.bo.signalling.request("set-view", {"tiles": tiles})


async def test_a_tile_gets_the_layer_of_its_size_without_a_seam(watched: Call) -> None:
    flow = await watched.bo.sees(watched.ana)
    for n in range(SWITCHES):
        size = (SMALL, LARGE)[n % 2]
        await look(watched, size)
        await until(shows(flow, size))
        await settle(watched, 0.2)
        assert_continues(flow)
    assert not flow.missing


async def test_switching_on_a_lossy_line_is_repaired_from_the_right_layer(watched: Call) -> None:
    wire = subscription_of(watched.bo).wire
    flow = await watched.bo.sees(watched.ana)
    wire.drop = Loss(0.05)
    for n in range(SWITCHES):
        size = (SMALL, LARGE)[n % 2]
        await look(watched, size)
        await until(shows(flow, size))
    wire.drop = None
    await until(lambda: not flow.missing)
    assert_continues(flow)


async def test_a_hidden_tile_gets_no_pictures_and_goes_on_where_it_was(watched: Call) -> None:
    flow, sound = await watched.bo.sees(watched.ana), await watched.bo.hears(watched.ana)
    await look(watched, None)
    await settle(watched, 0.3)
    pictures, sounds = flow.packets, sound.packets
    await settle(watched, 1.0)
    assert flow.packets == pictures
    assert sound.packets > sounds + 25
    await look(watched, LARGE)
    keyframes = flow.keyframes
    await until(lambda: flow.keyframes > keyframes)
    assert not flow.missing


async def test_layers_that_nobody_wants_are_switched_off(watched: Call) -> None:
    """All but the lowest: it is what a tile begins with that is shown again."""
    await look(watched, SMALL)
    ana = watched.ana.signalling
    await ana.fact("layers-wanted", lambda data: data["rids"] == ["q"])
    await look(watched, LARGE)
    await until(lambda: "f" in ana.named("layers-wanted")[-1]["rids"])


async def test_a_bad_line_gets_a_lower_layer_and_nobody_else_does(
    server: RunningServer, watched: Call
) -> None:
    await look(watched, LARGE)
    flow = await watched.bo.sees(watched.ana)
    await until(lambda: flow.size == LARGE)
    async with await Attendee.enter(server.url, watched.room.id, "Cy", sources=()) as cy:
        subscription = await cy.subscribe()
        await cy.sees(watched.ana)
        tile = {"participant_id": watched.ana.id, "width": LARGE[0], "height": LARGE[1]}
        await cy.signalling.request("set-view", {"tiles": [tile]})
        theirs = await cy.sees(watched.ana)
        await until(lambda: theirs.size == LARGE)
        subscription.loss = 0.5
        await until(lambda: theirs.size != LARGE, 10)
    assert flow.size == LARGE


async def test_the_one_who_speaks_is_told_to_all(call: Call) -> None:
    ana, bo = (publication_of(one).stream("audio") for one in (call.ana, call.bo))
    for loud, silent, who in ((ana, bo, call.ana), (bo, ana, call.bo)):
        loud.level, silent.level = 20, 127
        for one in (call.ana, call.bo):
            await until(heard_last(one, who))


def heard_last(one: Attendee, who: Attendee) -> Callable[[], bool]:
    told = one.signalling
    return lambda: told.named("speaker-changed")[-1:] == [{"participant_id": who.id}]


async def test_sound_and_picture_stay_together(call: Call) -> None:
    """Both clocks of a publisher come out at the same time, whatever offset each was given."""
    reports: dict[int, tuple[float, int]] = {}

    def take(packet: Rtcp) -> None:
        if packet.kind == SR:
            ssrc, at, timestamp = read_sender_report(packet)
            reports[ssrc] = (at, timestamp)

    subscription_of(call.bo).on_rtcp = take
    picture, sound = await call.bo.sees(call.ana), await call.bo.hears(call.ana)
    await until(lambda: {picture.ssrc, sound.ssrc} <= reports.keys())

    def said_at(flow: Flow, clock_rate: int) -> float:
        """When the newest packet was made, by the publisher's clock."""
        at, timestamp = reports[flow.ssrc]
        ahead = (flow.recent[-1].timestamp - timestamp + 2**31 & 0xFFFFFFFF) - 2**31
        return at + ahead / clock_rate

    frame_s = 1 / publication_of(call.ana).frames_per_s
    apart = said_at(picture, 90_000) - said_at(sound, 48_000)
    assert abs(apart) < frame_s + SYNC_WITHIN_S


async def test_whoever_stops_sending_is_gone_from_what_others_get(call: Call) -> None:
    await call.ana.signalling.request("unpublish", {"session": publication_of(call.ana).session})
    await until(lambda: call.bo.flow(call.ana.id) is None)


async def test_a_new_session_goes_on_where_the_older_one_was(call: Call) -> None:
    """A page that changes its network makes a new connection; nobody's picture begins anew."""
    flow, older = await call.bo.sees(call.ana), publication_of(call.ana)
    frames = flow.frames
    await call.ana.publish()
    await until(lambda: call.bo.flow(call.ana.id) is flow and flow.keyframes > 1)
    await until(lambda: flow.frames > frames + 10)
    assert not flow.missing
    assert_continues(flow)
    await older.close()


async def test_a_path_that_was_taken_directly_carries_nothing(call: Call) -> None:
    await call.ana.signalling.request("update-room", {"media": "mesh"})
    taken = {"participant_id": call.ana.id, "route": "direct"}
    await call.bo.signalling.request("path-taken", taken)
    await until(lambda: call.bo.flow(call.ana.id) is None)
    picture = await call.ana.sees(call.bo)
    frames = picture.frames
    await until(lambda: picture.frames > frames)  # the other way is still watched by the server


async def test_media_goes_over_ipv6_too() -> None:
    async with running_server(media_port=0, media_address=("::1",)) as server:
        room, ana = await forwarded_room(server.url)
        bo = await Attendee.enter(server.url, room.id, "Bo", sources=())
        async with ana, bo:
            await ana.publish(Publication(wire=Wire("::1")))
            await bo.subscribe(Subscription(wire=Wire("::1")))
            await bo.sees(ana)
