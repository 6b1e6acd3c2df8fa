"""Both ends of links between the packet code and clients: real SRTP and real datagrams, no ICE.

Time is the test's own: a client says when its packets come.
"""

import contextlib
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import SupportsBytes

from pylibsrtp import Policy, Session

from rooms.participant import Kind
from server.media.counters import Counters
from server.media.datagrams import Ring, pack_name
from server.media.inbound import Inbound, InboundLimits
from server.media.ingress import Ingress
from server.media.link import Link
from server.media.outbound import Outbound
from server.media.rtcp import FIRST_KIND, LAST_KIND, Rtcp, parse
from server.media.sdp import PUBLISH_EXTENSIONS, SUBSCRIBE_EXTENSIONS, Codec, Section
from server.media.seam import Srtp, new_size, packet_pointer, protect
from tests.support.media_packets import Rtp, read_rtp, vp8_frame

PROFILES = (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, Policy.SRTP_PROFILE_AES128_CM_SHA1_80)
VP8 = Codec("VP8", 96, 90_000, 97, {})
H264 = Codec("H264", 98, 90_000, 99, {})
VP9 = Codec("VP9", 102, 90_000, 103, {})
OPUS = Codec("opus", 111, 48_000, None, {})
CLOCK = {Kind.VIDEO: 90_000, Kind.AUDIO: 48_000}
MID, AUDIO_LEVEL, SEND_TIME, TRANSPORT_CC, RID, REPAIRED_RID = 1, 2, 3, 4, 10, 11
LIMITS = InboundLimits(1920, 1080)


def publish_section(
    kind: Kind = Kind.VIDEO,
    *,
    mid: str = "0",
    codecs: Sequence[Codec] | None = None,
    remote_ssrcs: Sequence[int] = (),
    rids: Sequence[str] = (),
) -> Section:
    codecs = codecs or ([VP8] if kind is Kind.VIDEO else [OPUS])
    extensions = PUBLISH_EXTENSIONS[kind]
    return Section(mid, kind, tuple(codecs), extensions, 11, 12, tuple(remote_ssrcs), tuple(rids))


def subscribe_section(
    kind: Kind = Kind.VIDEO,
    *,
    mid: str = "0",
    codecs: Sequence[Codec] | None = None,
    ssrc: int = 500,
    extensions: Mapping[str, int] | None = None,
) -> Section:
    codecs = codecs or ([VP8] if kind is Kind.VIDEO else [OPUS])
    extensions = SUBSCRIBE_EXTENSIONS[kind] if extensions is None else extensions
    return Section(mid, kind, tuple(codecs), extensions, ssrc, ssrc + 1, (), ())


def _session(key: int, direction: int, profile: int) -> Session:
    """As DTLS transports make them."""
    policy = Policy(key=bytes([key]) * 30, ssrc_type=direction, srtp_profile=profile)
    policy.allow_repeat_tx = True
    policy.window_size = 1024
    return Session(policy)


class Wire:
    """The server's socket, and time.

    Attributes:
        now: monotonic seconds; moves when the test says so.
    """

    def __init__(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        self.counters = Counters()
        self.family = family
        self.now = time.monotonic()
        self.rings: list[Ring] = []
        self._sockets: list[socket.socket] = []
        self._size = new_size()
        self._keys = iter(range(1, 250))
        self.ring = self.new_ring()

    def new_ring(self) -> Ring:
        ring = Ring(self.socket(), self.counters)
        self.rings.append(ring)
        return ring

    def socket(self) -> socket.socket:
        sock = socket.socket(self.family, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1" if self.family == socket.AF_INET else "::1", 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.setblocking(False)
        self._sockets.append(sock)
        return sock

    @property
    def send_time(self) -> int:
        return int(self.now * (1 << 18)) & 0xFFFFFF

    def end(self, profile: int = PROFILES[0]) -> "End":
        """A link of the server with a client."""
        ours, theirs = next(self._keys), next(self._keys)
        sock = self.socket()
        name = pack_name(self.family, sock.getsockname()[:2])
        srtp = Srtp(
            _session(ours, Policy.SSRC_ANY_OUTBOUND, profile),
            _session(theirs, Policy.SSRC_ANY_INBOUND, profile),
        )
        link = Link(self.ring, name, srtp, srtp.tx, srtp.rx, self._size)
        return End(
            self,
            link,
            sock,
            _session(theirs, Policy.SSRC_ANY_OUTBOUND, profile),
            _session(ours, Policy.SSRC_ANY_INBOUND, profile),
        )

    def close(self) -> None:
        for sock in self._sockets:
            sock.close()


@contextlib.contextmanager
def wire(family: socket.AddressFamily = socket.AF_INET) -> Iterator[Wire]:
    made = Wire(family)
    try:
        yield made
    finally:
        made.close()


@dataclass
class End:
    """The client's end of a link.

    Attributes:
        raw: the RTP packets that it got, decrypted, as they came.
        compounds: the RTCP that it got.
    """

    wire: Wire
    link: Link
    sock: socket.socket
    tx: Session
    rx: Session
    raw: list[bytes] = field(default_factory=list)
    compounds: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._buffer = bytearray(2048)
        self._pointer = packet_pointer(self._buffer, 0)

    def send(self, packet: bytes) -> None:
        """Send RTP to the server, of any length."""
        size, buffer = new_size(), bytearray(packet) + bytes(64)
        size[0] = len(packet)
        assert protect(self.tx._srtp[0], packet_pointer(buffer, 0), size) == 0
        self.deliver(bytes(buffer[: size[0]]))

    def say(self, *packets: SupportsBytes) -> None:
        """Send an RTCP compound to the server."""
        self.deliver(self.tx.protect_rtcp(b"".join(map(bytes, packets))))

    def deliver(self, datagram: bytes) -> None:
        """Bring a datagram to the server as it is."""
        self._buffer[: len(datagram)] = datagram
        assert self.link.receive is not None
        self.link.receive(
            self._buffer, self._pointer, len(datagram), self.wire.now, self.wire.send_time
        )

    def datagrams(self) -> list[bytes]:
        """What the server has sent since the last time, as it came."""
        for ring in self.wire.rings:
            ring.flush()
        found: list[bytes] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(self.sock.recv(2048))
        return found

    def collect(self) -> None:
        """Take in what the server has sent so far."""
        for datagram in self.datagrams():
            if FIRST_KIND <= datagram[1] <= LAST_KIND:
                self.compounds.append(self.rx.unprotect_rtcp(datagram))
            else:
                self.raw.append(self.rx.unprotect(datagram))

    def packets(self) -> list[Rtp]:
        """The RTP that came since the last call."""
        self.collect()
        raw, self.raw = self.raw, []
        return [read_rtp(packet) for packet in raw]

    def told(self) -> list[Rtcp]:
        """The RTCP that came since the last call."""
        self.collect()
        compounds, self.compounds = self.compounds, []
        return [packet for compound in compounds for packet in parse(compound)]


class Sender:
    """A client that publishes one stream: numbers, clock and frames as a browser makes them.

    Attributes:
        frame_s: time between frames, or between packets of sound.
    """

    def __init__(
        self,
        end: End,
        kind: Kind = Kind.VIDEO,
        *,
        ssrc: int = 1000,
        seq: int = 100,
        timestamp: int = 5000,
        picture: int = 7,
        extensions: Mapping[int, bytes] | None = None,
    ) -> None:
        self.end = end
        self.kind = kind
        self.ssrc = ssrc
        self.seq = seq
        self.timestamp = timestamp
        self.picture = picture
        self.extensions = dict(extensions or {})
        self.frame_s = 1 / 30 if kind is Kind.VIDEO else 0.02
        self.payload_type = 96 if kind is Kind.VIDEO else 111
        self.sent: list[Rtp] = []

    def make(self, payload: bytes, *, marker: bool = False) -> Rtp:
        """The next packet; it counts as sent."""
        packet = Rtp(
            self.payload_type,
            marker,
            self.seq & 0xFFFF,
            self.timestamp & 0xFFFFFFFF,
            self.ssrc,
            payload,
            self.extensions,
        )
        self.seq += 1
        self.sent.append(packet)
        return packet

    def make_frame(
        self, *, keyframe: bool = False, length: int = 2500, size: tuple[int, int] = (640, 360)
    ) -> list[Rtp]:
        """The packets of the next frame; time moves on behind it."""
        if self.kind is Kind.VIDEO:
            payloads = vp8_frame(self.picture, keyframe=keyframe, size=size, length=length)
        else:
            payloads = [b"\x78" + self.picture.to_bytes(4, "big") * 20]
        last = len(payloads) - 1
        packets = [self.make(payload, marker=i == last) for i, payload in enumerate(payloads)]
        self.picture += 1
        self.timestamp += round(self.frame_s * CLOCK[self.kind])
        return packets

    def frame(
        self, *, keyframe: bool = False, length: int = 2500, size: tuple[int, int] = (640, 360)
    ) -> None:
        """Send a frame."""
        for packet in self.make_frame(keyframe=keyframe, length=length, size=size):
            self.end.send(bytes(packet))
        self.end.wire.now += self.frame_s

    def frames(self, count: int, length: int = 2500) -> None:
        for _ in range(count):
            self.frame(length=length)

    def padding(self, octets: int = 200) -> bytes:
        """A packet of padding alone, as probes are; it counts as sent but carries nothing."""
        packet = bytearray(bytes(self.make(b"")))
        self.sent.pop()
        packet[0] |= 0x20
        return bytes(packet) + bytes(octets - 1) + bytes([octets])


def retransmission(
    packet: Rtp, ssrc: int, seq: int, extensions: Mapping[int, bytes] | None = None
) -> Rtp:
    """The packet once more, on the repair stream of its codec (RFC 4588)."""
    return Rtp(
        packet.payload_type + 1,
        packet.marker,
        seq,
        packet.timestamp,
        ssrc,
        packet.seq.to_bytes(2, "big") + packet.payload,
        packet.extensions if extensions is None else extensions,
    )


@dataclass
class Stage:
    """A publisher's link with what the server makes of it."""

    wire: Wire
    end: End
    inbound: Inbound
    found: list[Ingress]
    ticks: int = 0

    def source(self, rid: str = "", mid: str = "0") -> Ingress:
        return self.inbound.sources[mid, rid]

    def tick(self, count: int = 1) -> None:
        """Let time pass in steps of 50 ms."""
        for _ in range(count):
            self.wire.now += 0.05
            self.ticks += 1
            self.inbound.tick(self.wire.now, self.ticks)


def publisher(
    wire: Wire, *sections: Section, limits: InboundLimits = LIMITS, profile: int = PROFILES[0]
) -> Stage:
    end = wire.end(profile)
    found: list[Ingress] = []
    chosen = sections or (publish_section(),)
    inbound = Inbound(end.link, chosen, limits, wire.counters, found.append)
    return Stage(wire, end, inbound, found)


def subscriber(wire: Wire, profile: int = PROFILES[0]) -> tuple[End, Outbound]:
    end = wire.end(profile)
    return end, Outbound(end.link, wire.counters)
