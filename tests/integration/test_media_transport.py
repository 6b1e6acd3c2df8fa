"""The server's peer connections against stock aiortc, over real sockets."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
from aiortc import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack, rtcdtlstransport
from structlog.testing import capture_logs

from rooms.errors import InvalidSdp
from server.media.loop import MediaEventLoop, new_event_loop
from server.media.udp import MediaSockets
from tests.support.media_packets import Rtp, read_rtp
from tests.support.media_publication import MICROPHONE, Publication
from tests.support.media_subscription import Subscription
from tests.support.media_transport import (
    CODECS,
    HERE,
    LINK_WITHIN_S,
    Client,
    Nat,
    ServerEnd,
    has_ipv6,
    media_sockets,
    publish,
    server_address,
    subscribe,
)
from tests.support.waiting import until

OPUS_SILENCE = b"\xf8\xff\xfe"
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


async def sound(end: ServerEnd, ssrc: int, *, seconds: float = 60.0) -> None:
    """Send silence in packets of 20 ms, numbered without gaps."""
    for n in range(round(seconds / 0.02)):
        end.send(bytes(Rtp(111, False, n, n * 960, ssrc, OPUS_SILENCE)))
        await asyncio.sleep(0.02)


def heard(client: Client) -> MediaStreamTrack:
    return client.connection.getTransceivers()[0].receiver.track


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


# Addresses that change


@pytest.fixture
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both look after each other more often than every few seconds."""
    monkeypatch.setattr("aioice.ice.CONSENT_INTERVAL", 0.05)
    monkeypatch.setattr("server.media.udp.SWEEP_S", 0.05)


@pytest.mark.usefixtures("attentive")
async def test_a_publisher_whose_router_gives_it_another_port_goes_on(
    sockets: MediaSockets,
) -> None:
    server = server_address(sockets)
    async with (
        Nat.before(server) as nat,
        ServerEnd(sockets, silent_after_s=1.5) as end,
    ):
        publication = Publication(sources=(MICROPHONE,))
        answer, _ = await end.connection.answer(await publication.offer(), CODECS)
        await publication.accept(nat.describe(answer))
        link = await end.linked()
        for round_, port in enumerate((1, 0, 1), 1):
            # There and back: an address that was left before is as good as a new one.
            name = link.name
            nat.use(port)
            await until(lambda name=name: link.name != name, 5)  # type: ignore[misc]
            assert end.moves == round_
            assert link.name == sockets.sockets[0].name(nat.outer)
            received = len(end.rtp)
            await until(lambda received=received: len(end.rtp) > received + 10)  # type: ignore[misc]
        assert end.ended == []
        await publication.close()


@pytest.mark.usefixtures("attentive")
async def test_a_subscriber_whose_router_gives_it_another_port_goes_on_receiving(
    sockets: MediaSockets,
) -> None:
    server = server_address(sockets)
    async with (
        Nat.before(server) as nat,
        ServerEnd(sockets, silent_after_s=1.5) as end,
        Client() as client,
    ):
        offer, _ = await end.connection.offer(1, CODECS)
        audio, _ = await end.connection.accept(await client.answer(nat.describe(offer)))
        link = await end.linked()
        task = asyncio.create_task(sound(end, audio.ssrc))
        for port in (1, 0):
            name = link.name
            nat.use(port)
            await until(lambda name=name: link.name != name, 5)  # type: ignore[misc]
            track = heard(client)
            async with asyncio.timeout(LINK_WITHIN_S):
                for _ in range(20):  # more than waited at the client
                    await track.recv()
        task.cancel()
        assert end.ended == []


@pytest.mark.usefixtures("attentive")
async def test_a_peer_that_has_had_many_addresses_can_have_another(
    sockets: MediaSockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    most, ports = 4, 9
    monkeypatch.setattr("server.media.seam.MAX_PAIRS", most)
    async with (
        Nat.before(server_address(sockets), ports=ports) as nat,
        ServerEnd(sockets, silent_after_s=1.0) as end,
    ):
        publication = Publication(sources=(MICROPHONE,))
        answer, _ = await end.connection.answer(await publication.offer(), CODECS)
        await publication.accept(nat.describe(answer))
        link = await end.linked()
        for port in range(1, ports):
            name = link.name
            nat.use(port)
            await until(lambda name=name: link.name != name, 5)  # type: ignore[misc]
        assert sockets.sockets[0].known <= most + 1
        received = len(end.rtp)
        await until(lambda: len(end.rtp) > received + 10)
        assert end.ended == []
        await publication.close()


# Ends


async def test_a_peer_that_says_goodbye_is_gone_at_once(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets) as end, Client() as client:
        client.send(AudioStreamTrack())
        await publish(end, client)
        await client.connected()
        await client.close()
        await until(lambda: end.ended == ["closed"])


async def test_a_peer_that_vanished_is_missed(sockets: MediaSockets) -> None:
    async with ServerEnd(sockets, silent_after_s=0.5) as end:
        publication = Publication(sources=(MICROPHONE,))
        answer, _ = await end.connection.answer(await publication.offer(), CODECS)
        await publication.accept(answer)
        await end.linked()
        began = time.monotonic()
        await publication.vanish()
        await until(lambda: end.ended == ["silent"], 4)
        assert time.monotonic() - began > 0.4


@pytest.mark.usefixtures("attentive")
async def test_a_peer_that_only_answers_for_its_presence_is_not_missed(
    sockets: MediaSockets,
) -> None:
    async with ServerEnd(sockets, silent_after_s=0.5) as end, Client() as client:
        await subscribe(end, client)
        link = await end.linked()
        began = link.heard_at
        await until(lambda: link.heard_at > began + 1.5)
        assert end.ended == []


@pytest.mark.parametrize("subscribes", [True, False])
async def test_a_client_that_never_connects_is_let_go_of(
    sockets: MediaSockets, *, subscribes: bool
) -> None:
    async with ServerEnd(sockets, connect_within_s=0.2) as end:
        if subscribes:
            await end.connection.offer(1, CODECS)
        else:
            publication = Publication()
            await end.connection.answer(await publication.offer(), CODECS)
            await publication.close()
        await until(lambda: end.ended == ["not-connected-in-time"])
    assert sockets.peers == {}


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
