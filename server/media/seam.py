"""The only file that knows aiortc, aioice and pylibsrtp, and the private names in them.

`tests/integration/test_media_seam.py` holds each of those names to the installed versions.

aiortc negotiates, shakes hands and keeps the SDP; media never enters it. Its module of the peer
connection is loaded a second time under a name of our own, so that what is replaced in it is
replaced for us only.
"""

import asyncio
import importlib.util
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, Protocol

import aioice
from aioice import stun
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import ICE_COMPLETED, CandidatePair
from aioice.ice import StunProtocol as StunProtocol
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCSessionDescription
from aiortc.rtcdtlstransport import SRTP_PROFILES as AIORTC_SRTP_PROFILES
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint
from aiortc.rtcicetransport import RTCIceGatherer
from aiortc.rtcrtpparameters import (
    RTCRtcpFeedback,
    RTCRtpCodecParameters,
    RTCRtpHeaderExtensionParameters,
)
from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

from rooms.participant import Kind

CData = Any
"""A C pointer, as cffi has it."""

SRTCP_TRAILER_BYTES: Final = 144
MAX_RTCP_BYTES: Final = 1400
MAX_PAIRS: Final = 16
MAX_DTLS_WAITING: Final = 64

_CHEAPEST_FIRST = (b"SRTP_AEAD_AES_128_GCM", b"SRTP_AEAD_AES_256_GCM", b"SRTP_AES128_CM_SHA1_80")
SRTP_PROFILES: Final = sorted(
    AIORTC_SRTP_PROFILES, key=lambda profile: _CHEAPEST_FIRST.index(profile.openssl_profile)
)
"""As server of DTLS we choose the first that the peer has too (RFC 5764, section 4.1.2)."""

protect: Callable[[CData, CData, CData], int] = lib.srtp_protect
unprotect: Callable[[CData, CData, CData], int] = lib.srtp_unprotect
unprotect_rtcp: Callable[[CData, CData, CData], int] = lib.srtp_unprotect_rtcp
"""Session, packet, length (an int*, read and written); 0 when all is well. In place."""


def packet_pointer(buffer: bytearray, offset: int) -> CData:
    """A pointer into a buffer, which must outlive it and keep its size."""
    return ffi.from_buffer("char[]", buffer) + offset


def new_size() -> CData:
    return ffi.new("int *")


def _kept(session: Session) -> CData:
    """Its pointer, which keeps it: libsrtp frees what it points to with the session."""
    return ffi.gc(session._srtp[0], lambda _, session=session: None)


class Srtp:
    """The two SRTP sessions of a DTLS transport (RFC 5764)."""

    def __init__(self, tx: Session, rx: Session) -> None:
        self.tx = _kept(tx)
        self.rx = _kept(rx)
        self._buffer = bytearray(MAX_RTCP_BYTES + SRTCP_TRAILER_BYTES)
        self._pointer = packet_pointer(self._buffer, 0)
        self._size = new_size()

    def protect_rtcp(self, packet: bytes) -> bytes | None:
        """The packet as SRTCP; None when it is too long or libsrtp refuses it."""
        if len(packet) > MAX_RTCP_BYTES:
            return None
        self._buffer[: len(packet)] = packet
        self._size[0] = len(packet)
        if lib.srtp_protect_rtcp(self.tx, self._pointer, self._size):
            return None
        return bytes(self._buffer[: self._size[0]])


@dataclass(frozen=True, slots=True)
class CodecOffer:
    """A codec as it stands in SDP. `feedback` as in RFC 4585, such as `nack pli`."""

    kind: Kind
    name: str
    payload_type: int
    clock_rate: int
    rtx_payload_type: int | None = None
    channels: int | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    feedback: tuple[str, ...] = ()


class Endpoint(Protocol):
    """One side of the server's socket, as aioice takes it for a socket of its own."""

    host: str
    port: int

    def open(self, protocol: StunProtocol) -> asyncio.DatagramTransport: ...


class IceEvents(Protocol):
    """Who wants to know what ICE found out."""

    def endpoints(self) -> Sequence[tuple[Endpoint, Sequence[str]]]:
        """Where checks may come in, each with the addresses that are told to others."""

    def on_checked(self, endpoint_host: str, remote: tuple[str, int]) -> None:
        """A check from and to this address has succeeded."""

    def on_nominated(self, endpoint_host: str, remote: tuple[str, int]) -> None:
        """This address is where packets are to be sent from now on."""

    def on_forgotten(self, endpoint_host: str, remote: tuple[str, int]) -> None:
        """This address is not the peer's any more, as far as ICE knows."""


class IceConnection(aioice.Connection):
    """ICE on sockets that it shares, with a peer of whom no candidate is known beforehand.

    Checks of the peer make the pairs (RFC 8445, section 7.3.1.3); each is checked in turn. There
    is no pacing, since nothing is begun here, and no consent freshness: the peer's own checks are
    proof enough that it is there, and their absence is watched for all connections together.
    """

    def __init__(self, events: IceEvents, **options: Any) -> None:
        super().__init__(ice_controlling=False, **options)
        self._events = events

    async def gather_candidates(self) -> None:
        if self._local_candidates_start:
            return
        self._local_candidates_start = True
        for endpoint, addresses in self._events.endpoints():
            protocol = StunProtocol(self)
            protocol.connection_made(endpoint.open(protocol))
            candidates = [self._candidate(address, endpoint.port) for address in addresses]
            protocol.local_candidate = candidates[0]
            self._protocols.append(protocol)
            self._local_candidates += candidates
        self._local_candidates_end = True

    def _candidate(self, address: str, port: int) -> aioice.Candidate:
        preference = 65535 - len(self._local_candidates)
        return aioice.Candidate(
            foundation=candidate_foundation("host", "udp", address),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host", preference),
            host=address,
            port=port,
            type="host",
        )

    async def connect(self) -> None:
        """Raises ConnectionError: it was closed before a pair was nominated."""
        for early in self._early_checks:
            self.check_incoming(*early)
        self._early_checks.clear()
        self._early_checks_done = True
        if await self._check_list_state.get() != ICE_COMPLETED:
            raise ConnectionError("ICE was closed")

    def check_incoming(
        self, message: stun.Message, addr: tuple[str, int], protocol: StunProtocol
    ) -> None:
        known = any(pair.remote_addr == addr for pair in self._check_list)
        if known or len(self._check_list) < MAX_PAIRS or self._forget_oldest():
            super().check_incoming(message, addr, protocol)

    def _forget_oldest(self) -> bool:
        """Make room for the address of a peer that has had many; False if all are in use."""
        pairs = {id(pair.remote_candidate): pair for pair in self._check_list}
        for candidate in self._remote_candidates:  # in the order in which they came
            pair = pairs.get(id(candidate))
            if pair is not None and pair.task is None and pair not in self._nominated.values():
                self._check_list.remove(pair)
                self._remote_candidates.remove(candidate)
                self._events.on_forgotten(
                    pair.protocol.transport.get_extra_info("host"), pair.remote_addr
                )
                return True
        return False

    def check_complete(self, pair: CandidatePair) -> None:
        if pair.state is CandidatePair.State.SUCCEEDED:
            host = pair.protocol.transport.get_extra_info("host")
            self._events.on_checked(host, pair.remote_addr)
            if pair.nominated:
                self._events.on_nominated(host, pair.remote_addr)
        super().check_complete(pair)

    def data_received(self, data: bytes, component: int) -> None:
        """Take a DTLS datagram, unless too many wait."""
        if self._queue.qsize() < MAX_DTLS_WAITING:
            super().data_received(data, component)

    @property
    def username(self) -> bytes:
        """What the peer's checks must carry, once its half is known (RFC 8445, section 7.2.2)."""
        return f"{self.local_username}:{self.remote_username or ''}".encode()


class _Gatherer(RTCIceGatherer):
    def __init__(self, events: IceEvents, **_: Any) -> None:
        super().__init__(iceServers=[])
        # Checks are told apart by it, among all connections of the server.
        self._connection = IceConnection(events, local_username=secrets.token_hex(8))


class _Certificate(RTCCertificate):
    """Has its fingerprint ready: each m-line of each description repeats it."""

    def __init__(self, key: Any, cert: Any) -> None:
        super().__init__(key=key, cert=cert)
        self._said = [f for f in super().getFingerprints() if f.algorithm == "sha-256"]

    def getFingerprints(self) -> list[RTCDtlsFingerprint]:  # aiortc's name
        return list(self._said)


class _Receiver:
    """Stands where aiortc has its receiver, and leaves the packets to others."""

    def __init__(self, kind: str, transport: Any) -> None:
        self.transport = transport
        self._track: Any = None
        self._enabled = True

    @property
    def track(self) -> Any:
        return self._track

    def setTransport(self, transport: Any) -> None:  # aiortc's name
        self.transport = transport

    def _set_rtcp_ssrc(self, ssrc: int) -> None: ...
    async def receive(self, parameters: Any) -> None: ...
    async def stop(self) -> None: ...


class _Sender:
    """Stands where aiortc has its sender: the SSRCs of an m-line, and no media."""

    def __init__(self, kind: str, transport: Any) -> None:
        self.transport = transport
        self.track = None
        self._ssrc = random.getrandbits(31) | 1
        self._rtx_ssrc = self._ssrc ^ 0x40000000
        self._stream_id = ""
        self._track_id = f"{self._ssrc:x}"
        self._enabled = True

    def setTransport(self, transport: Any) -> None:  # aiortc's name
        self.transport = transport

    async def send(self, parameters: Any) -> None: ...
    async def stop(self) -> None: ...


class _OwnedTasks:
    """The `asyncio` of aiortc's module: what it starts is kept, and failures are read."""

    def __init__(self) -> None:
        self._running: set[asyncio.Future[Any]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    def ensure_future(self, awaitable: Any) -> asyncio.Future[Any]:
        task: asyncio.Future[Any] = asyncio.ensure_future(awaitable)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Future[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # a connection that failed has told so by its state


class PeerConnections:
    """Makes peer connections with a table of codecs and header extensions of their own."""

    def __init__(
        self, codecs: Sequence[CodecOffer], extensions: Mapping[Kind, Mapping[str, int]]
    ) -> None:
        self._module = _private_copy("aiortc.rtcpeerconnection")
        self._codecs: dict[str, list[RTCRtpCodecParameters]] = {"audio": [], "video": []}
        for codec in codecs:
            self._codecs[codec.kind.value] += _codec_parameters(codec)
        self._module.CODECS = self._codecs
        self._module.HEADER_EXTENSIONS = {
            kind.value: [RTCRtpHeaderExtensionParameters(id=i, uri=uri) for uri, i in uris.items()]
            for kind, uris in extensions.items()
        }
        self._module.RTCRtpReceiver = _Receiver
        self._module.RTCRtpSender = _Sender
        self._module.asyncio = _OwnedTasks()
        certificate = _Certificate.generateCertificate()
        self._module.RTCCertificate = SimpleNamespace(generateCertificate=lambda: certificate)

    def make(self, events: IceEvents, names: Sequence[str]) -> "PeerConnection":
        """A connection that offers and takes these codecs, the best first."""
        return PeerConnection(self._module, events, self.preferred(names))

    def preferred(self, names: Sequence[str]) -> list[RTCRtpCodecParameters]:
        """The codecs of these names in this order, opus, and that retransmissions are wanted."""
        wanted = [
            parameters
            for name in (*names, "opus")
            for parameters in (*self._codecs["video"], *self._codecs["audio"])
            if parameters.name.lower() == name.lower()
        ]
        rtx = next((c for c in self._codecs["video"] if c.name == "rtx"), None)
        return [*wanted, *([rtx] if rtx else [])]


class PeerConnection:
    """An aiortc peer connection that carries no media itself."""

    def __init__(
        self,
        module: Any,
        events: IceEvents,
        codecs: list[RTCRtpCodecParameters],
    ) -> None:
        self._module = module
        self._events = events
        self._preferred = codecs
        self._pc = module.RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self.on_state: Callable[[], None] | None = None
        self._watched: Any = None

    @property
    def ice(self) -> IceConnection | None:
        dtls = self._dtls
        return dtls.transport._connection if dtls is not None else None

    @property
    def state(self) -> str:
        """Of ICE and DTLS together: new, connecting, connected, failed or closed."""
        dtls = self._dtls
        if dtls is None:
            return "new"
        if "failed" in (dtls.transport.state, dtls.state):
            return "failed"
        if "closed" in (dtls.transport.state, dtls.state):
            return "closed"
        return str(dtls.state) if dtls.state == "connected" else "connecting"

    def srtp(self) -> Srtp:
        """The sessions of a connection that is connected."""
        return Srtp(self._dtls._tx_srtp, self._dtls._rx_srtp)

    def prefer(self, factory: PeerConnections, names: Sequence[str]) -> None:
        """Negotiate these codecs from now on."""
        self._preferred = factory.preferred(names)

    async def answer(self, sdp: str) -> str:
        """Take an offer and answer it.

        Raises:
            ValueError, and whatever else aiortc raises for an SDP that it cannot use.
        """
        with self._gathering():
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            for transceiver in self._pc.getTransceivers():
                transceiver.direction = "recvonly"
                transceiver._codecs = self._module.filter_preferred_codecs(
                    transceiver._codecs, self._preferred
                )
                if not transceiver._codecs:
                    raise ValueError("no codec in common")
            dtls = self._dtls
            if dtls is not None and dtls._role == "auto":
                dtls._set_role("server")  # the server of DTLS chooses the SRTP profile
            self._watch()
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        return str(self._pc.localDescription.sdp)

    async def offer(self, kinds: Sequence[Kind]) -> str:
        """Offer what is there, with m-lines added that make it the list of `kinds`."""
        with self._gathering():
            for kind in kinds[len(self._pc.getTransceivers()) :]:
                added = self._pc.addTransceiver(kind.value, direction="sendonly")
                # A browser keeps what is of one stream in step: one person's sound and picture.
                added.sender._stream_id = f"slot-{(len(self._pc.getTransceivers()) - 1) // 2}"
            for transceiver in self._pc.getTransceivers():
                transceiver._preferred_codecs = self._preferred
            self._watch()
            await self._pc.setLocalDescription(await self._pc.createOffer())
        return str(self._pc.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the answer to the last offer; raises like `answer`."""
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    def sections(self) -> list[tuple[str, Kind, list[Any], dict[str, int], int, int]]:
        """Of each m-line: mid, kind, codecs, header extensions by URI, our SSRCs for media, RTX."""
        return [
            (
                str(t.mid),
                Kind(t.kind),
                t._codecs,
                {extension.uri: extension.id for extension in t._headerExtensions},
                t.sender._ssrc,
                t.sender._rtx_ssrc,
            )
            for t in self._pc.getTransceivers()
        ]

    async def close(self) -> None:
        await self._pc.close()

    @property
    def _dtls(self) -> Any:
        transceivers = self._pc.getTransceivers()
        return transceivers[0].receiver.transport if transceivers else None

    def _watch(self) -> None:
        """Hear of the states of the one transport, from when it is there."""
        dtls = self._dtls
        if self._watched is None and dtls is not None:
            self._watched = dtls
            dtls._srtp_profiles = SRTP_PROFILES
            dtls.on("statechange", self._changed)
            dtls.transport.on("statechange", self._changed)

    def _changed(self) -> None:
        if self.on_state is not None:
            self.on_state()

    def _gathering(self) -> "_Gathering":
        return _Gathering(self._module, self._events)


class _Gathering:
    """While a description is applied, transports that aiortc makes get gatherers of this peer.

    aiortc makes them in code that does not wait for anything between here and there, so two
    connections cannot get each other's.
    """

    def __init__(self, module: Any, events: IceEvents) -> None:
        self._module = module
        self._events = events

    def __enter__(self) -> None:
        self._module.RTCIceGatherer = self._make

    def __exit__(self, *_: object) -> None:
        self._module.RTCIceGatherer = _Gatherer

    def _make(self, **options: Any) -> _Gatherer:
        return _Gatherer(self._events, **options)


def _private_copy(name: str) -> Any:
    """A module loaded once more, known to nobody else."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _codec_parameters(codec: CodecOffer) -> list[RTCRtpCodecParameters]:
    mime = f"{codec.kind.value}/{codec.name}"
    feedback = [RTCRtcpFeedback(*(line.split(" ", 1))) for line in codec.feedback]
    made = [
        RTCRtpCodecParameters(
            mimeType=mime,
            clockRate=codec.clock_rate,
            channels=codec.channels,
            payloadType=codec.payload_type,
            rtcpFeedback=feedback,
            parameters=dict(codec.parameters),
        )
    ]
    if codec.rtx_payload_type is not None:
        made.append(
            RTCRtpCodecParameters(
                mimeType="video/rtx",
                clockRate=codec.clock_rate,
                payloadType=codec.rtx_payload_type,
                parameters={"apt": codec.payload_type},
            )
        )
    return made
