"""Hostile session descriptions, and sessions that are not meant to work."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bench.process import usage
from tests.support.client import Gone
from tests.support.media_flood import paced
from tests.support.media_publication import Publication
from tests.support.media_room import Attendee, Call
from tests.support.media_sdp import Media, candidate_line, description
from tests.support.refusal import refusal
from tests.support.server import ServerProcess
from tests.support.waiting import passed

MIB = 2**20
SESSIONS = 100
LONGEST_ANSWER_S = 1.0


@pytest.fixture
async def eve(server: ServerProcess, call: Call) -> AsyncIterator[Attendee]:
    async with await Attendee.enter(server.url, call.room.id, "Eve") as it:
        yield it


async def request(publication: Publication, sdp: str | None = None) -> dict[str, Any]:
    offer = await publication.offer()
    return {"session": publication.session, "sdp": sdp or offer, "tracks": publication.tracks}


def candidates(count: int) -> list[str]:
    return [candidate_line(n, ("127.0.0.2", 1024 + n % 60_000)) for n in range(count)]


def many(count: int) -> list[Media]:
    return [replace(Publication().media[0], mid=str(n)) for n in range(count)]


DATA = (
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=mid:data",
    "a=sctp-port:5000",
)


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        (candidates(1000), {"too-large", "too-many-candidates"}),
        (candidates(31), {"too-many-candidates"}),
        (["a=x:" + "y" * 70_000], {"too-large"}),
        (DATA, {"invalid-sdp"}),
        (DATA * 5, {"invalid-sdp"}),
    ],
    ids=["1000 candidates", "31 candidates", "70 kB", "data channel", "data channels"],
)
async def test_an_offer_over_a_limit_is_refused(
    call: Call, eve: Attendee, more: list[str], codes: set[str]
) -> None:
    publication = Publication()
    async with call.undisturbed():
        endpoint = await publication.wire.open()
        sdp = description(endpoint, publication.media, more=more)
        began = time.monotonic()
        offer = {"session": publication.session, "sdp": sdp, "tracks": publication.tracks}
        assert await refusal(eve.signalling, "publish", offer) in codes
        assert time.monotonic() - began < LONGEST_ANSWER_S
    await publication.close()


async def test_a_frame_of_5000_candidates_ends_the_connection(call: Call, eve: Attendee) -> None:
    publication = Publication()
    endpoint = await publication.wire.open()
    sdp = description(endpoint, publication.media, more=candidates(5000))
    async with call.undisturbed():
        with pytest.raises(Gone):
            await eve.signalling.request("publish", await request(publication, sdp))
    await publication.close()


async def test_more_m_lines_than_anybody_has_are_refused(call: Call, eve: Attendee) -> None:
    publication = Publication()
    publication.media = many(17)
    async with call.undisturbed():
        code = await refusal(eve.signalling, "publish", await request(publication))
        assert code in ("too-large", "too-many-streams", "invalid-sdp")
    await publication.close()


BROKEN = (
    lambda sdp: "",
    lambda sdp: "v=0\r\n",
    lambda sdp: sdp.replace("a=fingerprint", "a=nothing"),
    lambda sdp: sdp.replace("a=ice-ufrag", "a=nothing"),
    lambda sdp: sdp.replace("a=ice-pwd", "a=nothing"),
    lambda sdp: sdp.replace("a=mid:1", "a=mid:0"),
    lambda sdp: sdp.replace("a=group:BUNDLE 0 1\r\n", ""),
    lambda sdp: sdp.replace("a=sendonly", "a=recvonly"),
    lambda sdp: sdp.replace("a=rtpmap:96 VP8/90000", "a=rtpmap:96 NOTHING/90000"),
    lambda sdp: sdp.replace("a=rtpmap:96 VP8/90000", "a=rtpmap:96 VP8/0"),
    lambda sdp: sdp.replace("a=extmap:2 ", "a=extmap:99999 "),
    lambda sdp: sdp.replace("a=setup:actpass", "a=setup:nonsense"),
    lambda sdp: sdp.replace("m=video 9", "m=video -9"),
    lambda sdp: sdp.replace("m=", "m"),
    lambda sdp: sdp.replace("a=fingerprint:sha-256 ", "a=fingerprint:md5 "),
    lambda sdp: sdp + "a=rid:\r\na=simulcast:\r\n",
    lambda sdp: sdp[: len(sdp) // 2],
    lambda sdp: "\0" + sdp,
)


async def test_an_offer_that_makes_no_sense_gets_an_answer_in_time(
    call: Call, eve: Attendee
) -> None:
    """A refusal, or an answer that nothing comes of; the server goes on either way."""
    async with call.undisturbed():
        for breaking in BROKEN:
            publication = Publication()
            offer = await request(publication)
            offer["sdp"] = breaking(offer["sdp"])
            began = time.monotonic()
            answer = await (await eve.signalling.start("publish", offer))
            assert time.monotonic() - began < LONGEST_ANSWER_S
            assert answer.get("error", {}).get("code") in (None, "invalid-sdp", "invalid-message")
            await publication.close()
    if eve.signalling.ended.is_set():  # five invalid messages in a row end a connection
        return
    await eve.publish()


async def test_an_address_that_is_only_named_is_never_sent_to(call: Call, eve: Attendee) -> None:
    publication = Publication()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
        victim.bind(("127.0.0.1", 0))
        victim.setblocking(False)
        endpoint = replace(await publication.wire.open(), candidates=(victim.getsockname(),))
        sdp = description(endpoint, publication.media)
        offer = {"session": publication.session, "sdp": sdp, "tracks": publication.tracks}
        async with call.undisturbed():
            await eve.signalling.request("publish", offer)
            await passed(eve.signalling.ended, 2.0)
        with pytest.raises(BlockingIOError):
            victim.recv(1500)
    await publication.close()


async def test_sessions_that_nobody_connects_to_replace_each_other(
    server: ServerProcess, call: Call, eve: Attendee
) -> None:
    """A hundred offers, each with a new session, and as many subscriptions."""
    publication = Publication()
    offer = await request(publication)
    before = usage(server.pid).rss_bytes
    async with call.undisturbed(for_s=2.0):
        async for n in paced(range(SESSIONS), at_once=1):
            _ = await eve.signalling.start("publish", {**offer, "session": f"p{n}"})
            _ = await eve.signalling.start("subscribe", {"session": f"s{n}", "codecs": ["VP8"]})
            async with asyncio.timeout(LONGEST_ANSWER_S):
                await (await eve.signalling.start("set-view", {"tiles": []}))
    assert usage(server.pid).rss_bytes - before < 10 * MIB
    await publication.close()


@pytest.mark.parametrize("number", [-1, 10_000, 0])
async def test_an_answer_to_what_was_not_asked(call: Call, eve: Attendee, number: int) -> None:
    publication = Publication()
    sdp = await publication.offer()
    async with call.undisturbed():
        for session in ("never-made", "s0"):
            answer = {"session": session, "number": number, "sdp": sdp}
            await (await eve.signalling.start("answer-subscription", answer))
    await publication.close()


async def test_an_answer_that_makes_no_sense_costs_its_sender_the_subscription_alone(
    call: Call, eve: Attendee
) -> None:
    async with call.undisturbed():
        await eve.signalling.request("subscribe", {"session": "s", "codecs": ["VP8"]})
        offered = await eve.signalling.fact("subscription-offered")
        answer = {"session": "s", "number": offered["number"], "sdp": "v=0\r\nnonsense"}
        assert await refusal(eve.signalling, "answer-subscription", answer) == "invalid-sdp"
    await eve.subscribe()
    await eve.sees(call.ana)
