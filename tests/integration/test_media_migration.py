"""A peer that changes its address goes on, and one that is silent is missed."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from server.media.link import Link
from server.media.udp import MediaSockets
from tests.support.media_publication import MICROPHONE, Publication
from tests.support.media_transport import (
    CODECS,
    LINK_WITHIN_S,
    Client,
    Nat,
    ServerEnd,
    heard,
    media_sockets,
    server_address,
    sound,
    subscribe,
)
from tests.support.waiting import until


async def moved(link: Link, name: bytes) -> None:
    """Wait until the peer is no longer where it was."""
    await until(lambda: link.name != name, 5)


@pytest.fixture
async def sockets() -> AsyncIterator[MediaSockets]:
    async with media_sockets() as it:
        yield it


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
            await moved(link, name)
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
            await moved(link, name)
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
            await moved(link, name)
        assert sockets.sockets[0].known <= most + 1
        received = len(end.rtp)
        await until(lambda: len(end.rtp) > received + 10)
        assert end.ended == []
        await publication.close()


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
