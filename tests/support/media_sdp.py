"""Session descriptions of a test's media client: a few lines written, what it needs read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.support.media_wire import Address, Endpoint

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
EXTENSIONS = {MID: 4, SEND_TIME: 2, TRANSPORT_CC: 3, AUDIO_LEVEL: 1, RID: 5, REPAIRED_RID: 6}

RTX = "rtx"
FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")


@dataclass(frozen=True, slots=True)
class Codec:
    """A payload type; `apt` is the one that an RTX payload type repeats."""

    name: str
    clock_rate: int
    apt: int | None = None


@dataclass(slots=True)
class Media:
    """One m-line.

    Attributes:
        codecs: by payload type, in order of preference.
        extensions: URI to id.
        ssrcs: as declared; the first one carries the media.
        rids: of simulcast layers, in the order of the description.
    """

    kind: str
    mid: str
    direction: str
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    rids: list[str] = field(default_factory=list)


OPUS = {111: Codec("opus", 48_000)}
VP8 = {96: Codec("VP8", 90_000)}
VP8_RTX = {**VP8, 97: Codec(RTX, 90_000, apt=96)}


def extensions_of(kind: str, *, layers: bool = False) -> dict[str, int]:
    """What Chromium offers to send with its media."""
    uris = [MID, SEND_TIME, TRANSPORT_CC]
    uris += [AUDIO_LEVEL] if kind == "audio" else []
    uris += [RID, REPAIRED_RID] if layers else []
    return {uri: EXTENSIONS[uri] for uri in uris}


def description(endpoint: Endpoint, media: Iterable[Media], *, more: Iterable[str] = ()) -> str:
    """A whole bundled description.

    Args:
        endpoint: our end; its candidates are written too, if there are any.
        media: the m-lines.
        more: further lines at the end, for clients that are not nice.
    """
    media = list(media)
    lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines.append("a=group:BUNDLE " + " ".join(m.mid for m in media))
    for one in media:
        lines += _lines(endpoint, one)
    return "".join(f"{line}\r\n" for line in (*lines, *more))


def _lines(endpoint: Endpoint, media: Media) -> list[str]:
    payload_types = " ".join(map(str, media.codecs))
    lines = [
        f"m={media.kind} 9 UDP/TLS/RTP/SAVPF {payload_types}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{endpoint.ufrag}",
        f"a=ice-pwd:{endpoint.password}",
        f"a=fingerprint:{' '.join(endpoint.fingerprint)}",
        f"a=setup:{endpoint.setup}",
        f"a=mid:{media.mid}",
        f"a={media.direction}",
        "a=rtcp-mux",
    ]
    lines += [candidate_line(n, at) for n, at in enumerate(endpoint.candidates)]
    lines += [f"a=extmap:{number} {uri}" for uri, number in media.extensions.items()]
    for payload_type, codec in media.codecs.items():
        lines += _codec_lines(media.kind, payload_type, codec)
    for ssrc in media.ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:test", f"a=ssrc:{ssrc} msid:test {media.mid}"]
    if len(media.ssrcs) == 2:
        lines.append(f"a=ssrc-group:FID {media.ssrcs[0]} {media.ssrcs[1]}")
    lines += [f"a=rid:{rid} send" for rid in media.rids]
    if media.rids:
        lines.append("a=simulcast:send " + ";".join(media.rids))
    return lines


def candidate_line(n: int, address: Address) -> str:
    return f"a=candidate:{n} 1 udp {2130706431 - n} {address[0]} {address[1]} typ host"


def _codec_lines(kind: str, payload_type: int, codec: Codec) -> list[str]:
    if kind == "audio":
        fmtp = f"a=fmtp:{payload_type} minptime=10;useinbandfec=1"
        return [f"a=rtpmap:{payload_type} {codec.name}/{codec.clock_rate}/2", fmtp]
    lines = [f"a=rtpmap:{payload_type} {codec.name}/{codec.clock_rate}"]
    if codec.apt is not None:
        return [*lines, f"a=fmtp:{payload_type} apt={codec.apt}"]
    return lines + [f"a=rtcp-fb:{payload_type} {feedback}" for feedback in FEEDBACK]


def read(sdp: str) -> tuple[Endpoint, list[Media]]:
    """What a server's description says. One transport: what only the first m-line says counts."""
    said: dict[str, str] = {}
    candidates: list[Address] = []
    media: list[Media] = []
    for line in sdp.splitlines():
        if line.startswith("m="):
            media.append(Media(kind=line[2:].split()[0], mid="", direction="sendrecv"))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            if name == "candidate":
                words = value.split()
                candidates.append((words[4], int(words[5])))
            elif media:
                _read_attribute(media[-1], name, value)
            said.setdefault(name, value)
    algorithm, digest = said["fingerprint"].split()
    endpoint = Endpoint(
        ufrag=said["ice-ufrag"],
        password=said["ice-pwd"],
        fingerprint=(algorithm, digest),
        setup=said["setup"],
        candidates=tuple(dict.fromkeys(candidates)),
    )
    return endpoint, media


def _read_attribute(media: Media, name: str, value: str) -> None:
    words = value.split()
    if name == "mid":
        media.mid = value
    elif name in ("sendrecv", "sendonly", "recvonly", "inactive"):
        media.direction = name
    elif name == "extmap":
        media.extensions[words[1]] = int(words[0].partition("/")[0])
    elif name == "rtpmap":
        codec, clock_rate = words[1].split("/")[:2]
        media.codecs[int(words[0])] = Codec(codec, int(clock_rate))
    elif name == "fmtp" and words[1].startswith("apt="):
        at, apt = int(words[0]), int(words[1].removeprefix("apt="))
        media.codecs[at] = Codec(RTX, media.codecs[at].clock_rate, apt)
    elif name == "ssrc" and int(words[0]) not in media.ssrcs:
        media.ssrcs.append(int(words[0]))
    elif name == "rid":
        media.rids.append(words[0])


def payload_type_of(codecs: Mapping[int, Codec], name: str) -> int:
    """The payload type of a codec."""
    return next(pt for pt, codec in codecs.items() if codec.name.lower() == name.lower())
