"""The private names of aiortc, aioice and pylibsrtp that the seam relies on.

When one of these fails after an update, server/media/seam.py is what has to be looked at.
"""

import ast
import asyncio
import inspect
import sys
import types
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aioice
import aiortc
import aiortc.rtcpeerconnection as stock
import pytest
from aioice import ice
from aiortc import (
    RTCBundlePolicy,
    RTCCertificate,
    RTCConfiguration,
    RTCPeerConnection,
    rtcdtlstransport,
    rtcicetransport,
    rtcrtpreceiver,
    rtcrtpsender,
)
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

from rooms.participant import Kind
from server.media import seam
from server.media.sdp import PUBLISH_EXTENSIONS, codec_table

ROOT = Path(__file__).parents[2]
VERSIONS = {"aiortc": "1.16.", "aioice": "0.13.", "pylibsrtp": "1.0."}
NAMES: dict[str, tuple[str, ...]] = {
    "ICE connection": (
        *("_check_list", "_check_list_state", "_early_checks", "_early_checks_done", "_nominated"),
        *("_local_candidates", "_local_candidates_end", "_local_candidates_start", "_protocols"),
        *("_queue", "_remote_candidates", "check_incoming", "check_complete", "data_received"),
        *("gather_candidates", "connect", "local_username", "remote_username", "local_password"),
    ),
    "ICE pair": ("nominated", "protocol", "remote_addr", "remote_candidate", "state", "task"),
    "ICE protocol": ("connection_lost", "connection_made", "datagram_received"),
    "ICE gatherer": ("_connection",),
    "ICE transport": ("_connection", "on", "state"),
    "DTLS transport": (
        *("_role", "_set_role", "_srtp_profiles", "_tx_srtp", "_rx_srtp", "on", "state"),
        "transport",
    ),
    "transceiver": (
        *("_codecs", "_headerExtensions", "_preferred_codecs", "direction", "kind", "mid"),
        *("receiver", "sender"),
    ),
    "sender": ("_rtx_ssrc", "_ssrc", "_stream_id", "_track_id", "send", "setTransport", "stop"),
    "receiver": ("_set_rtcp_ssrc", "_track", "receive", "setTransport", "stop", "track"),
    "SRTP session": ("_srtp",),
}
GLOBALS = (
    *("CODECS", "HEADER_EXTENSIONS", "RTCCertificate", "RTCIceGatherer", "RTCRtpReceiver"),
    *("RTCRtpSender", "asyncio"),
)
"""What the seam puts something else for in its own copy of aiortc's module."""


@pytest.fixture
async def connection() -> AsyncIterator[RTCPeerConnection]:
    """A stock one that has made its transports."""
    it = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    it.addTransceiver("audio")
    it.addTransceiver("video")
    yield it
    await it.close()


def objects(connection: Any) -> dict[str, Any]:
    """One of each kind that the seam reaches into."""
    transceiver = connection.getTransceivers()[1]
    dtls = transceiver.receiver.transport
    ice_connection = dtls.transport._connection
    policy = Policy(key=bytes(30), ssrc_type=Policy.SSRC_ANY_INBOUND)
    protocol = ice.StunProtocol(ice_connection)
    candidate = aioice.Candidate("1", 1, "udp", 1, "192.0.2.1", 9, "host")
    candidate._network_host = candidate.host
    return {
        "ICE connection": ice_connection,
        "ICE pair": ice.CandidatePair(protocol, candidate),
        "ICE protocol": protocol,
        "ICE gatherer": dtls.transport.iceGatherer,
        "ICE transport": dtls.transport,
        "DTLS transport": dtls,
        "transceiver": transceiver,
        "sender": transceiver.sender,
        "receiver": transceiver.receiver,
        "SRTP session": Session(policy),
    }


@pytest.mark.parametrize("package", VERSIONS)
def test_the_versions_are_those_that_were_looked_at(package: str) -> None:
    assert version(package).startswith(VERSIONS[package])


@pytest.mark.parametrize("what", NAMES)
async def test_what_the_seam_uses_is_there(connection: RTCPeerConnection, what: str) -> None:
    it = objects(connection)[what]
    missing = [name for name in NAMES[what] if not hasattr(it, name)]
    assert missing == [], f"{type(it).__name__} has no {missing}"


def test_every_private_name_in_the_seam_is_looked_at_here() -> None:
    tree = ast.parse(inspect.getsource(seam))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
    }
    defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    defined |= {node.attr for node in _assigned(tree)}
    looked_at = {name for names in NAMES.values() for name in names}
    assert used - looked_at - defined - {"_binding"} == set()


def _assigned(tree: ast.AST) -> Iterator[Any]:
    """The attributes of `self` that the seam's own classes set first in their `__init__`."""
    for method in ast.walk(tree):
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            for node in ast.walk(method):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.ctx, ast.Store)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "self"
                ):
                    yield node


@pytest.mark.parametrize("name", GLOBALS)
def test_aiortc_s_peer_connection_finds_these_in_its_module(name: str) -> None:
    """What it looks up there when it runs can be replaced there."""
    codes = [m.__code__ for m in vars(RTCPeerConnection).values() if inspect.isfunction(m)]
    codes += [f.__code__ for f in vars(stock).values() if inspect.isfunction(f)]
    nested = [c for code in codes for c in code.co_consts if isinstance(c, types.CodeType)]
    assert any(name in code.co_names for code in (*codes, *nested))


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (stock.filter_preferred_codecs, ["codecs", "preferred"]),
        (ice.Connection.check_incoming, ["self", "message", "addr", "protocol"]),
        (ice.Connection.check_complete, ["self", "pair"]),
        (ice.Connection.data_received, ["self", "data", "component"]),
        (ice.StunProtocol.datagram_received, ["self", "data", "addr"]),
        (rtcdtlstransport.RTCDtlsTransport._set_role, ["self", "role"]),
        (rtcrtpsender.RTCRtpSender.setTransport, ["self", "transport"]),
        (rtcrtpsender.RTCRtpSender.send, ["self", "parameters"]),
        (rtcrtpreceiver.RTCRtpReceiver.receive, ["self", "parameters"]),
        (rtcrtpreceiver.RTCRtpReceiver._set_rtcp_ssrc, ["self", "ssrc"]),
    ],
    ids=lambda it: it.__qualname__ if callable(it) else "",
)
def test_what_is_called_or_overridden_takes_what_it_did(
    function: Callable[..., Any], parameters: list[str]
) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_srtp_profiles_are_those_that_are_ranked() -> None:
    ours = [profile.openssl_profile for profile in seam.SRTP_PROFILES]
    theirs = {profile.openssl_profile for profile in rtcdtlstransport.SRTP_PROFILES}
    assert set(ours) == theirs
    assert ours[0] == b"SRTP_AEAD_AES_128_GCM"


def test_libsrtp_is_called_as_the_binding_declares_it() -> None:
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        kind = ffi.typeof(getattr(lib, name))
        assert (kind.result.cname, len(kind.args)) == ("srtp_err_status_t", 3), name
        assert kind.args[2].cname == "int *"


def test_the_end_of_ice_is_told_as_before() -> None:
    assert (ice.ICE_COMPLETED, ice.ICE_FAILED) == (1, 2)
    assert ice.CandidatePair.State.SUCCEEDED in ice.CandidatePair.State


async def test_a_certificate_is_made_by_the_name_that_is_replaced() -> None:
    assert isinstance(RTCCertificate.generateCertificate(), RTCCertificate)
    factory = seam.PeerConnections(codec_table(to_us=True), PUBLISH_EXTENSIONS)
    made = [factory.make(_Nowhere(), ["VP8"]) for _ in range(2)]
    prints = set()
    for each in made:
        offer = await each.offer([Kind.AUDIO])
        prints |= {line for line in offer.splitlines() if line.startswith("a=fingerprint:")}
        await each.close()
    assert len(prints) == 1
    assert prints.pop().startswith("a=fingerprint:sha-256 ")


class _Nowhere:
    """ICE without a socket."""

    def endpoints(self) -> list[Any]:
        return []

    def on_checked(self, endpoint_host: str, remote: tuple[str, int]) -> None: ...
    def on_nominated(self, endpoint_host: str, remote: tuple[str, int]) -> None: ...
    def on_forgotten(self, endpoint_host: str, remote: tuple[str, int]) -> None: ...


async def test_stock_aiortc_is_not_touched() -> None:
    before = dict(vars(stock))
    factory = seam.PeerConnections(codec_table(to_us=True), PUBLISH_EXTENSIONS)
    ours = factory.make(_Nowhere(), ["VP8"])
    offer = await ours.offer([Kind.AUDIO, Kind.VIDEO])
    assert "abs-send-time" in offer
    assert {name for name in before if vars(stock).get(name) is not before[name]} == set()
    assert sys.modules["aiortc.rtcpeerconnection"] is stock
    assert before["asyncio"] is asyncio
    assert before["RTCRtpReceiver"] is rtcrtpreceiver.RTCRtpReceiver
    assert before["RTCIceGatherer"] is rtcicetransport.RTCIceGatherer
    assert stock.RTCPeerConnection is aiortc.RTCPeerConnection
    theirs = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    theirs.addTransceiver("video")
    assert "transport-wide-cc" not in (await theirs.createOffer()).sdp
    await theirs.close()
    await ours.close()


async def test_two_factories_have_tables_of_their_own() -> None:
    offers = []
    for to_us in (True, False):
        factory = seam.PeerConnections(codec_table(to_us=to_us), PUBLISH_EXTENSIONS)
        made = factory.make(_Nowhere(), ["VP9"])
        offers.append(await made.offer([Kind.VIDEO]))
        await made.close()
    assert "a=rtcp-fb:102 transport-cc" in offers[0]
    assert "a=rtcp-fb:102 goog-remb" in offers[1]
    assert "goog-remb" not in offers[0]
    assert "transport-cc" not in [line.split(" ")[-1] for line in offers[1].splitlines()]


def test_a_session_lives_as_long_as_its_pointer() -> None:
    """Packets of a moment ago may still refer to a connection that is gone."""
    policy = Policy(key=bytes(30), ssrc_type=Policy.SSRC_ANY_OUTBOUND)
    srtp = seam.Srtp(Session(policy), Session(policy))
    pointer = srtp.tx
    del srtp
    packet = bytearray(b"\x80\x60" + bytes(98) + bytes(20))
    size = seam.new_size()
    size[0] = 100
    assert seam.protect(pointer, seam.packet_pointer(packet, 0), size) == 0
    assert size[0] == 110
