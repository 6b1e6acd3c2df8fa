"""Session descriptions at the server: what they may hold, and what aiortc does not know."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rooms.errors import InvalidSdp
from rooms.participant import Kind
from server.media.seam import CodecOffer

MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

MAX_RIDS: Final = 3
MAX_SECTIONS: Final = {"sendonly": 16, "recvonly": 128}
"""What nobody sends more of, and what a page receives of everybody in a large room."""
MAX_LINES: Final = 600
MAX_CODEC_LINES: Final = 400
"""Codecs times what is said of all of them: a browser has about 40, and says little of all."""
_FOR_REPAIR: Final = ("nack", "nack pli", "ccm fir")
_TO_US: Final = (*_FOR_REPAIR, "transport-cc")
_FROM_US: Final = (*_FOR_REPAIR, "goog-remb")

PUBLISH_EXTENSIONS: Final = {
    Kind.AUDIO: {MID: 1, AUDIO_LEVEL: 2, SEND_TIME: 3, TRANSPORT_CC: 4},
    Kind.VIDEO: {MID: 1, SEND_TIME: 3, TRANSPORT_CC: 4, RID: 10, REPAIRED_RID: 11},
}
SUBSCRIBE_EXTENSIONS: Final = {
    Kind.AUDIO: {AUDIO_LEVEL: 2, SEND_TIME: 3},
    Kind.VIDEO: {SEND_TIME: 3},
}


@dataclass(frozen=True, slots=True)
class Codec:
    """A negotiated codec. `name` is VP8, VP9, H264 or opus."""

    name: str
    payload_type: int
    clock_rate: int
    rtx_payload_type: int | None
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """A negotiated m-line.

    Attributes:
        codecs: the best first.
        extensions: header extensions, URI to id (RFC 8285).
        ssrc: ours, of what we send in it; `rtx_ssrc` of its retransmissions.
        remote_ssrcs: declared by the other side: media first, then retransmissions.
        rids: of the simulcast layers that the other side sends (RFC 8853).
    """

    mid: str
    kind: Kind
    codecs: tuple[Codec, ...]
    extensions: Mapping[str, int]
    ssrc: int
    rtx_ssrc: int
    remote_ssrcs: tuple[int, ...]
    rids: tuple[str, ...]


def codec_table(*, to_us: bool) -> list[CodecOffer]:
    """What is negotiated with publishers (`to_us`) and with subscribers."""
    feedback = _TO_US if to_us else _FROM_US
    h264 = (("level-asymmetry-allowed", "1"), ("packetization-mode", "1"))
    video: list[tuple[str, int, tuple[tuple[str, str], ...]]] = [
        ("VP8", 96, ()),
        ("H264", 98, (*h264, ("profile-level-id", "42e01f"))),
        ("H264", 100, (*h264, ("profile-level-id", "42001f"))),
        ("VP9", 102, (("profile-id", "0"),)),
    ]
    opus = CodecOffer(
        Kind.AUDIO,
        "opus",
        111,
        48_000,
        channels=2,
        parameters=(("minptime", "10"), ("useinbandfec", "1")),
        feedback=("transport-cc",) if to_us else (),
    )
    return [
        opus,
        *(
            CodecOffer(
                Kind.VIDEO,
                name,
                payload_type,
                90_000,
                rtx_payload_type=payload_type + 1,
                parameters=parameters,
                feedback=feedback,
            )
            for name, payload_type, parameters in video
        ),
    ]


def blocks(sdp: str) -> list[list[str]]:
    """The lines of the session, then those of each m-line."""
    found: list[list[str]] = [[]]
    for line in sdp.replace("\r\n", "\n").split("\n"):
        if line.startswith("m="):
            found.append([])
        if line:
            found[-1].append(line)
    return found


def text(parts: Sequence[Sequence[str]]) -> str:
    return "".join(f"{line}\r\n" for part in parts for line in part)


def checked(sdp: str, *, direction: str) -> str:
    """A description of a page, without candidates, fit for aiortc.

    Args:
        sdp: the description.
        direction: `sendonly` for what is published, `recvonly` for what is received; an m-line may
            also be `inactive`.

    Raises:
        InvalidSdp: it is more than sound and pictures in one direction over one transport.
    """
    session, *media = blocks(sdp)
    if not media or len(media) > MAX_SECTIONS[direction]:
        raise InvalidSdp
    mids = []
    for lines in media:
        attributes = [line for line in lines if line.startswith("a=")]
        if len(lines) > MAX_LINES or _codec_lines(lines) > MAX_CODEC_LINES:
            raise InvalidSdp
        if lines[0].split(" ", 1)[0] not in ("m=audio", "m=video"):
            raise InvalidSdp
        if f"a={direction}" not in attributes and "a=inactive" not in attributes:
            raise InvalidSdp
        mid = _value(attributes, "mid")
        if mid is None or not _TOKEN.fullmatch(mid):
            raise InvalidSdp
        mids.append(mid)
    bundle = next((line.split()[1:] for line in session if line.startswith("a=group:BUNDLE")), [])
    if len(set(mids)) != len(mids) or bundle != mids:
        raise InvalidSdp
    return text([_without_candidates(part) for part in (session, *media)])


def sent_layers(sdp: str) -> dict[str, tuple[str, ...]]:
    """The rids that each m-line, by mid, sends; empty without simulcast."""
    return {mid: tuple(_rids(lines)) for mid, lines in _media(sdp)}


def sent_ssrcs(sdp: str) -> dict[str, tuple[int, ...]]:
    """The SSRCs that each m-line, by mid, declares: those of a FID group in its order."""
    return {mid: _ssrcs(lines) for mid, lines in _media(sdp)}


def publish_answer(sdp: str, rids: Mapping[str, Sequence[str]], max_video_kbps: int) -> str:
    """The answer of aiortc with simulcast, a bound for the bitrate, and each candidate once."""
    session, *media = blocks(sdp)
    finished = [session]
    for number, lines in enumerate(media):
        kept = lines if number == 0 else _without_candidates(lines)
        if lines[0].startswith("m=video"):
            kept = [*_bounded(kept, max_video_kbps)]
            layers = rids.get(_value(lines, "mid") or "", ())
            if layers:
                kept += [f"a=rid:{rid} recv" for rid in layers]
                kept.append("a=simulcast:recv " + ";".join(layers))
        finished.append(kept)
    return text(finished)


def subscribe_offer(sdp: str) -> str:
    """The offer of aiortc with each candidate once: all m-lines share the first one's transport."""
    session, *media = blocks(sdp)
    first, *others = media
    return text([session, first, *(_without_candidates(lines) for lines in others)])


_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,16}")


def _codec_lines(lines: Sequence[str]) -> int:
    """What reading the codecs costs: what is said of `*` is said of each."""
    codecs = sum(line.startswith("a=rtpmap:") for line in lines)
    of_all = sum(line.startswith("a=rtcp-fb:*") for line in lines)
    return codecs * (1 + of_all)


def _media(sdp: str) -> Iterator[tuple[str, list[str]]]:
    for lines in blocks(sdp)[1:]:
        yield _value(lines, "mid") or "", lines


def _value(lines: Sequence[str], name: str) -> str | None:
    start = f"a={name}:"
    return next((line[len(start) :].strip() for line in lines if line.startswith(start)), None)


def _without_candidates(lines: Sequence[str]) -> list[str]:
    dropped = ("a=candidate:", "a=end-of-candidates", "a=ice-lite", "a=ice-options")
    return [line for line in lines if not line.startswith(dropped)]


def _rids(lines: Sequence[str]) -> list[str]:
    """RFC 8851 and 8853: what is declared with `a=rid` and named in `a=simulcast:send`."""
    simulcast = re.search(r"\bsend (\S{1,64})", _value(lines, "simulcast") or "")
    if simulcast is None:
        return []
    declared = {
        line[len("a=rid:") :].split(" ")[0]
        for line in lines
        if line.startswith("a=rid:") and " send" in line
    }
    named = dict.fromkeys(rid.lstrip("~") for rid in re.split(r"[;,]", simulcast[1]))
    return [rid for rid in named if rid in declared and _TOKEN.fullmatch(rid)][:MAX_RIDS]


def _ssrcs(lines: Sequence[str]) -> tuple[int, ...]:
    found = re.match(r"FID ([0-9]{1,10}) ([0-9]{1,10})\b", _value(lines, "ssrc-group") or "")
    if found is None:
        found = re.match(r"([0-9]{1,10})\b", _value(lines, "ssrc") or "")
    ssrcs = tuple(map(int, found.groups())) if found is not None else ()
    return ssrcs if all(ssrc < 2**32 for ssrc in ssrcs) else ()


def _bounded(lines: Sequence[str], kbps: int) -> Iterator[str]:
    """With a `b=` line, which stands after `c=` (RFC 8866, section 5)."""
    for line in lines:
        yield line
        if line.startswith("c="):
            yield f"b=AS:{kbps}"
