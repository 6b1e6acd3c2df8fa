"""Hostile feedback from somebody who is in the room and is sent to."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator

import pytest

from bench.process import usage
from tests.support.media_flood import paced
from tests.support.media_packets import (
    BYE,
    FIR,
    PSFB,
    RR,
    Rtcp,
    bandwidth,
    nack,
    picture_loss,
    receiver_report,
)
from tests.support.media_room import Attendee, Call
from tests.support.media_streams import Flow
from tests.support.media_subscription import Subscription
from tests.support.server import ServerProcess
from tests.support.waiting import passed, until

MIB = 2**20
CLOSE_WITHIN_S = 5.0
REPEATED = 290
STORM = 600
MOST_OF_WHAT_IS_SENT = 0.5
"""What may be sent again: half of it, far above what a lossy line needs."""
FLOOR_BYTES = 60_000
"""And what a line that carries little may get again all the same, in these two seconds."""
KEYFRAME_EVERY_S = 0.5


class Tally:
    """Counts RTP packets of one SSRC before SRTP throws away those that came before."""

    def __init__(self, ssrcs: list[int]) -> None:
        self._ssrcs = ssrcs
        self.packets = 0
        self.octets = 0
        self.seqs: set[tuple[int, int]] = set()

    def __call__(self, datagram: bytes) -> bool:
        seq, ssrc = struct.unpack_from("!H4xL", datagram, 2)
        if ssrc in self._ssrcs:
            self.packets += 1
            self.octets += len(datagram)
            self.seqs.add((ssrc, seq))
        return False


@pytest.fixture(params=[False, True], ids=["plain", "rtx"])
async def eve(
    server: ServerProcess, call: Call, request: pytest.FixtureRequest
) -> AsyncIterator[Attendee]:
    """Sees Ana and sends nothing herself; her own client asks for nothing on its own."""
    async with await Attendee.enter(server.url, call.room.id, "Eve", sources=()) as it:
        subscription = await it.subscribe(Subscription(rtx=request.param))
        await it.sees(call.ana)
        subscription.nacks = False
        yield it


def of(eve: Attendee) -> Subscription:
    assert eve.subscription is not None
    return eve.subscription


def seen(eve: Attendee, call: Call) -> Flow:
    flow = eve.flow(call.ana.id)
    assert flow is not None
    return flow


async def settled(eve: Attendee, for_s: float = 0.5) -> None:
    """Let come what was asked for."""
    await passed(eve.signalling.ended, for_s)


def sent_again(eve: Attendee, flow: Flow) -> Tally:
    """Counts what comes a second time, under the same numbers or as a retransmission stream."""
    subscription = of(eve)
    (ssrcs,) = (ssrcs for ssrcs in subscription.mids.values() if ssrcs[0] == flow.ssrc)
    tally = Tally(ssrcs if not subscription.rtx else ssrcs[1:])
    subscription.wire.drop = tally
    return tally


def repeats(eve: Attendee, tally: Tally) -> int:
    return tally.packets if of(eve).rtx else tally.packets - len(tally.seqs)


async def test_one_nack_that_repeats_a_packet_brings_it_once(call: Call, eve: Attendee) -> None:
    flow, subscription = seen(eve, call), of(eve)
    async with call.undisturbed():
        tally = sent_again(eve, flow)
        packets = flow.packets
        await until(lambda: flow.packets > packets)  # so that it is counted from its first time on
        wanted = flow.recent[-1].seq
        subscription.send(nack(subscription.ssrc, flow.ssrc, [(wanted, 0)] * REPEATED))
        await settled(eve)
        assert repeats(eve, tally) == 1


async def test_a_storm_of_nacks_stays_within_a_budget(call: Call, eve: Attendee) -> None:
    """All that was ever sent is asked for, again and again."""
    flow, subscription = seen(eve, call), of(eve)
    async with call.undisturbed(for_s=2.0):
        tally, octets = sent_again(eve, flow), flow.octets
        async for _ in paced(range(STORM), at_once=1):
            entries = [(packet.seq, 0xFFFF) for packet in list(flow.recent)[-REPEATED:]]
            subscription.send(nack(subscription.ssrc, flow.ssrc, entries))
        await settled(eve, 1.5)
        again = tally.octets - (0 if subscription.rtx else flow.octets - octets)
        assert 0 < again < MOST_OF_WHAT_IS_SENT * (flow.octets - octets) + FLOOR_BYTES


async def test_a_storm_of_keyframe_requests_reaches_the_publisher_slowly(
    call: Call, eve: Attendee
) -> None:
    flow, subscription = seen(eve, call), of(eve)
    assert call.ana.publication is not None
    asked: list[int] = []
    call.ana.publication.on_rtcp = lambda packet: asked.extend(
        [packet.count] if packet.kind == PSFB and packet.count in (1, FIR) else []
    )
    for_s = 2.0
    full_intra = struct.pack("!LLLL", subscription.ssrc, 0, flow.ssrc, 1 << 24)
    async with call.undisturbed(for_s=for_s):
        async for _ in paced(range(2000)):
            subscription.send(picture_loss(subscription.ssrc, flow.ssrc))
            subscription.send(Rtcp(FIR, PSFB, full_intra))
        await settled(eve, 0.2)
    assert len(asked) <= for_s / KEYFRAME_EVERY_S + 2


async def test_reports_about_everything_and_nothing(
    server: ServerProcess, call: Call, eve: Attendee
) -> None:
    """Thousands of blocks, bandwidths of 0 and without end, byes for others, lies about loss."""
    subscription = of(eve)
    ssrcs = [flow.ssrc for flow in subscription.flows.values()]
    before = usage(server.pid).rss_bytes
    hostile = [
        receiver_report(subscription.ssrc, [(ssrc, 1.0, 0) for ssrc in range(31)]),
        bandwidth(subscription.ssrc, 0, ssrcs),
        bandwidth(subscription.ssrc, 2**60, ssrcs),
        Rtcp(1, BYE, struct.pack("!L", ssrcs[0])),
        Rtcp(31, RR, b""),
        Rtcp(15, PSFB, os.urandom(40)),
    ]
    async with call.undisturbed(for_s=2.0):
        async for n in paced(range(3000)):
            subscription.send(hostile[n % len(hostile)])
        compound = b"".join(bytes(hostile[0]) for _ in range(1))
        subscription.wire.send_rtcp(compound)
    assert usage(server.pid).rss_bytes - before < 10 * MIB


async def test_media_on_the_way_that_carries_none(call: Call, eve: Attendee) -> None:
    """A subscriber that sends RTP is not heard by anybody."""
    flow, subscription = seen(eve, call), of(eve)
    ssrcs = {ssrc for it in (call.ana, call.bo) for ssrc in of(it).flows}
    async with call.undisturbed():
        async for _ in paced(range(500)):
            subscription.wire.send_rtp(bytes(flow.recent[-1]))
    assert {ssrc for it in (call.ana, call.bo) for ssrc in of(it).flows} == ssrcs


async def test_a_subscriber_on_a_bad_line_costs_the_others_nothing(
    call: Call, eve: Attendee
) -> None:
    """Everything is lost on the way, says she, and her line carries nothing."""
    subscription = of(eve)
    subscription.loss, subscription.remb_bps = 1.0, 10_000
    async with call.undisturbed(for_s=4.0):
        pass


async def test_an_unsubscribed_connection_is_closed_at_once(call: Call, eve: Attendee) -> None:
    async with asyncio.timeout(CLOSE_WITHIN_S), call.undisturbed():
        await eve.signalling.request("unsubscribe", {"session": of(eve).session})
