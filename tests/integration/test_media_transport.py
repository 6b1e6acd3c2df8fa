"""The server's peer connections against stock aiortc, over real sockets."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
from aiortc import AudioStreamTrack, VideoStreamTrack, rtcdtlstransport
from structlog.testing import capture_logs

from rooms.errors import InvalidSdp
from server.media.loop import MediaEventLoop, new_event_loop
from server.media.udp import MediaSockets
from tests.support.media_packets import read_rtp
from tests.support.media_publication import MICROPHONE, Publication
from tests.support.media_subscription import Subscription
from tests.support.media_transport import (
    CODECS,
    HERE,
    LINK_WITHIN_S,
    Client,
    ServerEnd,
    has_ipv6,
    heard,
    media_sockets,
    publish,
    sound,
    subscribe,
)
from tests.support.waiting import until

CHEAPEST = "SRTP_AEAD_AES_128_GCM"
OLDEST = "SRTP_AES128_CM_SHA1_80"
ADDRESSES = [
    HERE,
    pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")),
]
CONNECTIONS = 100
AT_ONCE = 10
CLOSE_WITHIN_S = 5.0


def numbers(end: ServerEnd, payload_type: int) -> list[int]:
    """Sequence numbers of what was received, in the order in which it was."""
    packets = map(read_rtp, end.rtp)
    return [packet.seq for packet in packets if packet.payload_type == payload_type]


def without_gaps(seqs: list[int]) -> bool:
    return all(b - a & 0xFFFF == 1 for a, b in pairwise(seqs))


async def both_directions(sockets: MediaSockets, address: str) -> None:
    """Publish a microphone and a camera; subscribe to silence; everything arrives."""
    async with ServerEnd(sockets) as end, Client(address) as client:
        client.send(AudioStreamTrack())
        client.send(VideoStreamTrack())
        audio, video = await publish(end, client)
        await end.linked()
        assert client.srtp_profile == CHEAPEST
        await until(lambda: len(numbers(end, audio.codecs[0].payload_type)) > 10, LINK_WITHIN_S)
        await until(lambda: len(numbers(end, video.codecs[0].payload_type)) > 10, LINK_WITHIN_S)
        await until(lambda: len(end.rtcp) > 0, LINK_WITHIN_S)
        assert without_gaps(numbers(end, audio.codecs[0].payload_type))
    async with ServerEnd(sockets) as end, Client(address) as client:
        audio, _ = await subscribe(end, client)
        await end.linked()
        assert client.srtp_profile == CHEAPEST
        task = asyncio.create_task(sound(end, audio.ssrc))
        async with asyncio.timeout(LINK_WITHIN_S):
            await heard(client).recv()
        task.cancel()
    await until(lambda: all(sock.known == 0 for sock in sockets.sockets))
    assert sockets.peers == {}
    assert sockets.counters.malformed == sockets.counters.unauthentic == 0


Loop = Callable[[], asyncio.AbstractEventLoop]


@pytest.mark.parametrize("batched", [True, False], ids=["batched", "singly"])
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("loop", [new_event_loop, asyncio.SelectorEventLoop])
def test_media_flows_both_ways_on_every_kind_of_loop(
    loop: Loop, address: str, *, batched: bool
) -> None:
    async def main() -> None:
        async with media_sockets(address, batched=batched) as sockets:
            await both_directions(sockets, address)

    with asyncio.Runner(loop_factory=loop) as runner:
        assert isinstance(runner.get_loop(), MediaEventLoop) == (loop is new_event_loop)
        runner.run(main())


@pytest.fixture
async def sockets() -> AsyncIterator[MediaSockets]:
    async with media_sockets() as it:
        yield it


async def test_a_client_without_the_cheapest_cipher_gets_one_that_it_has(
    sockets: MediaSockets,
) -> None:
    async with ServerEnd(sockets) as end, Client() as client:
        client.send(AudioStreamTrack())
        answer, _ = await end.connection.answer(await client.offer(), CODECS)
        client.dtls._srtp_profiles = [
            profile
            for profile in rtcdtlstransport.SRTP_PROFILES
            if profile.openssl_profile == OLDEST.encode()
        ]
        await client.accept(answer)
        await end.linked()
        assert client.srtp_profile == OLDEST
        await until(lambda: len(end.rtp) > 3)


# Negotiating again


async def test_what_is_published_grows_without_a_gap(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end, Client() as client:
        client.send(AudioStreamTrack())
        (audio,) = await publish(end, client)
        link = await end.linked()
        client.send(VideoStreamTrack())
        sections = await publish(end, client)
        assert sections[0] == audio
        await until(lambda: len(numbers(end, sections[1].codecs[0].payload_type)) > 3, 10)
        assert end.link is link
        assert without_gaps(numbers(end, audio.codecs[0].payload_type))


async def test_what_is_offered_grows_without_a_gap(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end, Client() as client:
        first = await subscribe(end, client)
        link = await end.linked()
        task = asyncio.create_task(sound(end, first[0].ssrc))
        async with asyncio.timeout(LINK_WITHIN_S):
            await heard(client).recv()
            await subscribe(end, client, 3)
            await heard(client).recv()
            sections = await subscribe(end, client, 6)
            await heard(client).recv()
        assert len(sections) == 12
        assert sections[:2] == first
        assert end.link is link
        task.cancel()
        stats = await client.connection.getTransceivers()[0].receiver.getStats()
        inbound = next(value for value in stats.values() if value.type == "inbound-rtp")
        assert inbound.packetsLost == 0
        ssrcs = [ssrc for section in sections for ssrc in (section.ssrc, section.rtx_ssrc)]
        assert len(set(ssrcs)) == len(ssrcs)


async def test_an_older_m_line_keeps_the_codecs_that_were_asked_for(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end, Client() as client:
        await subscribe(end, client)
        offer, _ = await end.connection.offer(2, CODECS)
        assert "H264" not in offer
        assert "VP9" not in offer


async def test_an_offer_that_was_never_answered_gives_way_to_the_next(
    sockets: MediaSockets,
) -> None:
    page = Subscription()
    async with ServerEnd(sockets) as end:
        old, _ = await end.connection.offer(1, CODECS)
        too_late = await page.answer(old)
        new, _ = await end.connection.offer(2, CODECS)
        with pytest.raises(InvalidSdp):
            await end.connection.accept(too_late)
        sections = await end.connection.accept(await page.answer(new))
        assert len(sections) == 4
        await end.linked()
        await page.close()


async def test_an_offer_for_many_publishers_stays_small(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end:
        began = time.perf_counter()
        offer, sections = await end.connection.offer(24, ["VP8", "H264", "VP9"])
        assert time.perf_counter() - began < 1.0
        assert len(sections) == 48
        assert len(offer) < 64 * 1024


# Ends


async def test_a_peer_that_says_goodbye_is_gone_at_once(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end, Client() as client:
        client.send(AudioStreamTrack())
        await publish(end, client)
        await client.connected()
        await client.close()
        await until(lambda: end.ended == ["closed"])


@pytest.mark.parametrize("subscribes", [True, False])
async def test_a_client_that_never_connects_is_let_go_of(
    sockets: MediaSockets, *, subscribes: bool
) -> None:
    tasks = asyncio.all_tasks()
    async with ServerEnd(sockets, connect_within_s=0.2) as end:
        if subscribes:
            await end.connection.offer(1, CODECS)
        else:
            publication = Publication()
            await end.connection.answer(await publication.offer(), CODECS)
            await publication.close()
        await until(lambda: end.ended == ["not-connected-in-time"])
    assert sockets.peers == {}
    await until(lambda: asyncio.all_tasks() <= tasks)


async def test_closing_tells_nobody_and_can_be_asked_twice(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end, Client() as client:
        await subscribe(end, client)
        await client.connected()
        await asyncio.gather(end.close(), end.close())
        await end.close()
        assert end.ended == []
        assert sockets.peers == {}
        await until(lambda: client.dtls.state == "closed")


async def test_a_closed_connection_negotiates_no_more(sockets: MediaSockets) -> None:
    publication, end = Publication(), ServerEnd(sockets)
    offer = await publication.offer()
    await end.close()
    with pytest.raises(ConnectionError):
        await end.connection.offer(1, CODECS)
    with pytest.raises(InvalidSdp):
        await end.connection.answer(offer, CODECS)
    assert sockets.peers == {}
    await publication.close()


async def test_closing_while_it_negotiates_leaves_nothing(sockets: MediaSockets) -> None:
    publication = Publication()
    offer = await publication.offer()
    tasks = asyncio.all_tasks()
    for turns in range(12):
        end = ServerEnd(sockets)
        answering = asyncio.create_task(end.connection.answer(offer, CODECS))
        for _ in range(turns):
            await asyncio.sleep(0)
        await end.close()
        await asyncio.wait([answering], timeout=CLOSE_WITHIN_S)
        assert answering.done()
        answering.exception()
        assert sockets.peers == {}
    await until(lambda: asyncio.all_tasks() <= tasks)
    await publication.close()


async def test_what_the_owner_of_a_link_stumbles_over_ends_that_connection_only(
    sockets: MediaSockets,
) -> None:
    def stumble(link: object) -> None:
        raise LookupError

    async with ServerEnd(sockets) as end, Client() as client:
        end.connection._on_link = stumble
        client.send(AudioStreamTrack())
        with capture_logs() as logs:
            await publish(end, client)
            await until(lambda: end.ended == ["failed"])
        assert [entry["event"] for entry in logs] == ["media-link-failed"]


@pytest.mark.timeout(120)
async def test_a_hundred_connections_leave_nothing_behind(sockets: MediaSockets) -> None:
    async def visit(number: int) -> None:
        async with ServerEnd(sockets) as end:
            publication = Publication(sources=(MICROPHONE,))
            answer, _ = await end.connection.answer(await publication.offer(), CODECS)
            await publication.accept(answer)
            await end.linked()
            await (publication.close() if number % 2 else publication.vanish())

    async def some() -> None:
        for number in numbered:
            await visit(number)

    numbered = iter(range(CONNECTIONS))
    await visit(0)
    tasks, descriptors = asyncio.all_tasks(), os.listdir("/proc/self/fd")
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    assert sockets.peers == {}
    assert sockets.sockets[0].known == 0
    await until(lambda: asyncio.all_tasks() <= tasks)
    await until(lambda: len(os.listdir("/proc/self/fd")) <= len(descriptors))
    gc.collect()
    left = [it for it in gc.get_objects() if isinstance(it, ServerEnd)]
    assert left == []
