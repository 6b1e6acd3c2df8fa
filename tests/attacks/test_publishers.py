"""Hostile RTP from somebody who is in the room and whose keys are right."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pylibsrtp
import pytest

from bench.process import usage
from tests.support.media_flood import paced
from tests.support.media_packets import NACK, RTPFB, Rtcp, nacked, vp8_frame
from tests.support.media_publication import Publication
from tests.support.media_room import Attendee, Call
from tests.support.media_sdp import MID
from tests.support.media_streams import Stream
from tests.support.server import ServerProcess
from tests.support.waiting import until

MIB = 2**20
CLOSE_WITHIN_S = 5.0
SSRCS = 3000
JUMPS = 1000
JUMP = 20_000
CPU_PER_JUMP_S = 0.001
CALL_CPU_S = 0.5
"""What the call itself may take of a slow core meanwhile."""
RECORDS = 3000
FORGED = b"\x90\x80\x80\x01forged" + bytes(60)


@pytest.fixture
async def eve(server: ServerProcess, call: Call) -> AsyncIterator[Attendee]:
    """Publishes, is received by Ana, and then does what she likes."""
    async with await Attendee.enter(server.url, call.room.id, "Eve") as it:
        await it.publish()
        await call.ana.sees(it)
        yield it


def publication_of(attendee: Attendee) -> Publication:
    assert attendee.publication is not None
    return attendee.publication


async def leaves_in_time(eve: Attendee) -> None:
    """Her connection is closed at once, whatever came over it."""
    async with asyncio.timeout(CLOSE_WITHIN_S):
        session = publication_of(eve).session
        await eve.signalling.request("unpublish", {"session": session})


def forged(stream: Stream, ssrc: int) -> bytes:
    """A packet of the stream under another SSRC, which its mid would let in."""
    return bytes(replace(stream.packet(bytes(60)), ssrc=ssrc))


@pytest.mark.parametrize("named", [True, False], ids=["with its mid", "without"])
async def test_a_new_ssrc_in_every_packet(
    server: ServerProcess, call: Call, eve: Attendee, named: bool
) -> None:
    publication = publication_of(eve)
    await publication.stop()
    stream = publication.camera
    if not named:
        stream.extensions.pop(MID)
    before = usage(server.pid).rss_bytes
    async with call.undisturbed(for_s=2.0):
        async for n in paced(range(SSRCS)):
            publication.wire.send_rtp(forged(stream, 0x1000 + n))
    assert usage(server.pid).rss_bytes - before < 10 * MIB
    await leaves_in_time(eve)


async def test_sequence_numbers_that_jump(server: ServerProcess, call: Call, eve: Attendee) -> None:
    """A jump begins the stream anew: nothing between is asked for, and it costs next to nothing."""
    publication = publication_of(eve)
    await publication.stop()
    asked: list[int] = []

    def count(packet: Rtcp) -> None:
        if (packet.kind, packet.count) == (RTPFB, NACK):
            asked.extend(nacked(packet))

    publication.on_rtcp = count
    stream = publication.camera
    before = usage(server.pid).cpu_s
    async with call.undisturbed(for_s=2.0):
        async for _ in paced(range(JUMPS)):
            publication.wire.send_rtp(bytes(stream.packet(bytes(22))))
            stream.seq = (stream.seq + JUMP) & 0xFFFF
    assert usage(server.pid).cpu_s - before < CALL_CPU_S + JUMPS * CPU_PER_JUMP_S
    assert len(asked) < 100
    await leaves_in_time(eve)


async def test_a_keyframe_of_16000_by_16000_reaches_nobody(
    server: ServerProcess, call: Call, eve: Attendee
) -> None:
    """Browsers would allocate a gigabyte for it. The next sane keyframe is forwarded again."""
    publication = publication_of(eve)
    await publication.stop()
    stream, flow = publication.camera, await call.ana.sees(eve)
    before = usage(server.pid).rss_bytes
    keyframes, packets = flow.keyframes, flow.packets
    async with call.undisturbed():
        async for _ in paced(range(30), at_once=1):
            stream.size, stream.keyframe_wanted = (16_000, 16_000), True
            stream.picture(30.0)
    assert flow.keyframes == keyframes
    assert flow.packets - packets <= 2  # of a frame that was on its way
    assert usage(server.pid).rss_bytes - before < 10 * MIB
    stream.size, stream.keyframe_wanted = (640, 360), True
    stream.picture(30.0)
    await until(lambda: flow.keyframes > keyframes)


def mutations(stream: Stream) -> list[bytes]:
    """RTP headers that promise more than there is, VP8 that ends early, and noise."""
    whole = bytes(stream.packet(vp8_frame(1, keyframe=True)[0]))
    cut = [whole[:length] for length in range(12, 60)]
    first = [bytes([byte]) + whole[1:] for byte in (0x8F, 0x9F, 0xA0, 0xB0, 0xBF)]
    words = [whole[:14] + bytes([n, 255 - n]) + whole[16:] for n in range(0, 256, 16)]
    padding = [bytes([whole[0] | 0x20]) + whole[1:-1] + bytes([n]) for n in (0, 1, 255)]
    noise = [whole[:12] + os.urandom(random.randrange(1, 1000)) for _ in range(300)]
    return cut + first + words + padding + noise


async def test_rtp_that_is_not_what_it_says(
    server: ServerProcess, call: Call, eve: Attendee
) -> None:
    publication = publication_of(eve)
    await publication.stop()
    async with call.undisturbed(for_s=2.0):
        async for packet in paced(mutations(publication.camera)):
            with contextlib.suppress(pylibsrtp.Error):  # our own SRTP would not make such packets
                publication.wire.send_rtp(packet)
    await leaves_in_time(eve)


async def test_rtcp_that_is_not_what_it_says(
    server: ServerProcess, call: Call, eve: Attendee
) -> None:
    publication = publication_of(eve)
    await publication.stop()
    async with call.undisturbed(for_s=2.0):
        async for _ in paced(range(1000)):
            kind = random.choice((200, 201, 202, 203, 204, 205, 206, 207))
            head = bytes([0x80 | random.getrandbits(5), kind, random.getrandbits(8) & 1])
            body = os.urandom(random.randrange(8, 400))
            publication.wire.send_rtcp(head + body)
    await leaves_in_time(eve)


@pytest.mark.parametrize("mid", ["1", "9", ""], ids=["her own", "nobody's", "none"])
async def test_the_ssrc_of_somebody_else(call: Call, eve: Attendee, mid: str) -> None:
    """SSRCs are those of a connection: whoever sends under Ana's is not shown in her place."""
    publication, flow = publication_of(eve), await call.bo.sees(call.ana)
    await publication.stop()
    theirs = publication_of(call.ana).camera
    stream = replace(publication.camera, ssrc=theirs.ssrc, seq=theirs.seq, mid=mid)
    async with call.undisturbed():
        async for _ in paced(range(200)):
            publication.wire.send_rtp(bytes(stream.packet(FORGED)))
    assert not any(packet.payload.startswith(FORGED[:8]) for packet in flow.recent)


async def test_dtls_records_without_end(server: ServerProcess, call: Call, eve: Attendee) -> None:
    """There is no data channel: what comes for one goes nowhere."""
    publication = publication_of(eve)
    before = usage(server.pid).rss_bytes
    async with call.undisturbed(for_s=2.0):
        async for _ in paced(range(RECORDS)):
            with contextlib.suppress(ConnectionError):
                await publication.wire.send_data(os.urandom(1000))
    assert usage(server.pid).rss_bytes - before < 10 * MIB
    await leaves_in_time(eve)
