"""All that one publisher sends, told apart by stream."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.media.ingress import Ingress
from server.media.receiver import Handle, make_handler, make_repair_handler
from server.media.rtcp import MAX_BLOCKS, Description, ReceiverReport, SenderInfo
from server.media.rtcp_intake import RtcpIntake, is_rtcp
from server.media.rtp import HEADER_BYTES, Header, element_at, element_values, read_header
from server.media.sdp import AUDIO_LEVEL, MID, REPAIRED_RID, RID, TRANSPORT_CC
from server.media.seam import unprotect
from server.media.twcc import Arrivals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from server.media.counters import Counters
    from server.media.link import Link, Receive
    from server.media.sdp import Codec, Section
    from server.media.seam import CData

__all__ = ["Inbound", "InboundLimits", "Ingress"]

MAX_SSRCS = 16
"""Media and retransmissions of a camera with three layers and a microphone are eight."""
OTHER_CODEC_EVERY_S = 0.5

_unpack_ssrc = struct.Struct("!8xL").unpack_from


@dataclass(frozen=True, slots=True)
class InboundLimits:
    """The largest picture in pixels, upright or not."""

    max_width: int
    max_height: int


@dataclass(slots=True)
class _Stream:
    """A known SSRC: media, or retransmissions of what is in `ingress`."""

    section: Section
    ingress: Ingress
    repairs: bool
    rid: str
    since: float


class Inbound:
    """The sources of one link.

    Attributes:
        sources: by m-line and simulcast layer; a stream without layers has the layer "".
    """

    def __init__(
        self,
        link: Link,
        sections: Sequence[Section],
        limits: InboundLimits,
        counters: Counters,
        on_source: Callable[[Ingress], None],
    ) -> None:
        """Listen to a link.

        Args:
            link: with the publisher.
            sections: as negotiated.
            limits: of pictures; a stream with larger ones is not forwarded.
            counters: of the media plane.
            on_source: called with each new source, when its first packet has come. A stream that
                changes its codec is a new source.
        """
        self.sources: dict[tuple[str, str], Ingress] = {}
        self._link = link
        self._limits = (
            max(limits.max_width, limits.max_height),
            min(limits.max_width, limits.max_height),
        )
        self._counters = counters
        self._on_source = on_source
        self._sections = {section.mid: section for section in sections}
        self._streams: dict[int, _Stream] = {}
        self._handlers: dict[int, Handle] = {}
        self._ssrcs: set[int] = set()
        self._rtcp = RtcpIntake(link, counters)
        self._arrivals = Arrivals()
        self._name = secrets.token_urlsafe(9)
        link.receive = self._make_receive()

    def update(self, sections: Sequence[Section]) -> None:
        """Take over what was negotiated anew: streams of m-lines that are gone come to an end."""
        self._sections = {section.mid: section for section in sections}
        self._handlers.clear()
        for ssrc, stream in list(self._streams.items()):
            section = self._sections.get(stream.section.mid)
            if section is None:
                self._streams.pop(ssrc).ingress.close()
            else:
                stream.section = section
        self.sources = {
            (mid, rid): ingress
            for (mid, rid), ingress in self.sources.items()
            if mid in self._sections
        }

    def tick(self, now: float, count: int) -> None:
        """To be called every 50 ms with a number that grows by one each time."""
        for ingress in self.sources.values():
            ingress.tick(now)
        if count % 2 == 0:
            for ingress in self.sources.values():
                ingress.listen()
            self._feed_back()
        if count % 20 == 0:
            for ingress in self.sources.values():
                ingress.measure(now)
            self._report(now)

    def close(self) -> None:
        """Listen and answer no more. What was received can still be sent again."""
        self._link.receive = None
        for stream in self._streams.values():
            stream.ingress.close()
        # The sockets may bring a few more packets; they are nobody's now.
        self._handlers.clear()
        self._streams.clear()
        self._sections.clear()

    # Packets

    def _make_receive(self) -> Receive:
        link, handlers, counters, ssrcs = self._link, self._handlers, self._counters, self._ssrcs
        rx, size = link.rx, link.size

        def receive(
            buffer: bytearray, pointer: CData, length: int, now: float, send_time: int
        ) -> bool:
            if is_rtcp(buffer):
                packets = self._rtcp.read(buffer, pointer, length, now)
                for packet in packets or ():
                    if isinstance(packet, SenderInfo):
                        self._take_report(packet, now)
                return packets is not None
            if length < HEADER_BYTES:
                counters.malformed += 1
                return False
            (ssrc,) = _unpack_ssrc(buffer)
            handle = handlers.get(ssrc)
            if handle is None and ssrc not in ssrcs and len(ssrcs) >= MAX_SSRCS:
                # Before libsrtp sees it: that would keep a state for each SSRC.
                counters.refused += 1
                return False
            size[0] = length
            if unprotect(rx, pointer, size):
                counters.unauthentic += 1
                return False
            if handle is None:
                handle = self._identify(ssrc, buffer, size[0], now)
            if handle is not None:
                handle(buffer, size[0], now, send_time)
            return True

        return receive

    def _identify(self, ssrc: int, buffer: bytearray, length: int, now: float) -> Handle | None:
        """Find out what an authentic packet of an unknown SSRC belongs to.

        By the SSRCs that were declared, else by MID and RID (RFC 8843, section 9.2; RFC 8852).
        """
        self._ssrcs.add(ssrc)
        header = read_header(buffer, length)
        if header is None:
            self._counters.malformed += 1
            return None
        stream = self._streams.get(ssrc) or self._new_stream(ssrc, buffer, header, now)
        if stream is None:
            self._note_arrival(buffer, header, now)
            self._counters.refused += 1
            return None
        self._streams[ssrc] = stream
        self._handlers[ssrc] = self._make_handle(ssrc, stream)
        return self._handlers[ssrc]

    def _new_stream(
        self, ssrc: int, buffer: bytearray, header: Header, now: float
    ) -> _Stream | None:
        values = element_values(buffer, header)
        section = self._section_of(ssrc, header.payload_type, values)
        if section is None:
            return None
        rid = _text(values, section.extensions.get(RID))
        codec = _codec(section, header.payload_type)
        if codec is None:
            rid = _text(values, section.extensions.get(REPAIRED_RID)) or rid
            repaired = self._repaired(section, header.payload_type, rid)
            if repaired is None:
                return None
            return _Stream(section, repaired, repairs=True, rid=rid, since=now)
        if rid not in section.rids:
            if section.rids and ssrc not in section.remote_ssrcs[:1]:
                return None
            rid = ""
        ingress = self._new_source(section, codec, ssrc, rid, header.seq)
        return _Stream(section, ingress, repairs=False, rid=rid, since=now)

    def _section_of(self, ssrc: int, payload_type: int, values: dict[int, bytes]) -> Section | None:
        sections = self._sections.values()
        for section in sections:
            if ssrc in section.remote_ssrcs:
                return section
        for section in sections:
            if _text(values, section.extensions.get(MID)) == section.mid:
                return section
        fitting = [s for s in sections if payload_type in _payload_types(s)]
        return fitting[0] if len(fitting) == 1 else None

    def _repaired(self, section: Section, payload_type: int, rid: str) -> Ingress | None:
        """What a retransmission is of: the layer it names, or the only stream there is."""
        if all(codec.rtx_payload_type != payload_type for codec in section.codecs):
            return None
        return self.sources.get((section.mid, rid))

    def _new_source(
        self, section: Section, codec: Codec, ssrc: int, rid: str, first: int
    ) -> Ingress:
        ingress = Ingress(
            section.kind,
            codec,
            ssrc,
            first,
            section.ssrc,
            self._limits,
            self._counters,
            self._link.send_rtcp,
        )
        self.sources[section.mid, rid] = ingress
        self._on_source(ingress)
        return ingress

    def _make_handle(self, ssrc: int, stream: _Stream) -> Handle:
        extensions, times = stream.section.extensions, self._arrivals.times
        transport_cc = extensions.get(TRANSPORT_CC, 0)
        if stream.repairs:
            return make_repair_handler(stream.ingress, times, transport_cc, self._counters)
        return make_handler(
            stream.ingress,
            times,
            transport_cc,
            extensions.get(AUDIO_LEVEL, 0),
            self._counters,
            lambda *packet: self._take_other_codec(ssrc, *packet),
        )

    def _take_other_codec(
        self, ssrc: int, buffer: bytearray, length: int, now: float, send_time: int
    ) -> None:
        """A stream goes on with another codec, which the last negotiation allows, or does not."""
        stream = self._streams[ssrc]
        header = read_header(buffer, length)
        codec = header and _codec(stream.section, header.payload_type)
        if header is None or codec is None or now - stream.since < OTHER_CODEC_EVERY_S:
            self._counters.refused += 1
            return
        before, stream.since = stream.ingress, now
        after = self._new_source(stream.section, codec, ssrc, stream.rid, header.seq)
        for number, other in self._streams.items():
            if other.ingress is before:
                other.ingress = after
                self._handlers.pop(number, None)
        before.close()
        self._handlers[ssrc] = self._make_handle(ssrc, stream)
        self._handlers[ssrc](buffer, length, now, send_time)

    def _note_arrival(self, buffer: bytearray, header: Header, now: float) -> None:
        """Count a packet that is nobody's: the publisher wants to know of it all the same."""
        if not header.extension:
            return
        for number in {s.extensions.get(TRANSPORT_CC, 0) for s in self._sections.values()}:
            at = element_at(buffer, header.extension, header.payload, number, 2)
            if at:
                self._arrivals.times[buffer[at] << 8 | buffer[at + 1]] = now

    # What the publisher is told, and tells

    @property
    def _answers_as(self) -> int:
        """What we call ourselves in reports about all streams."""
        return next((section.ssrc for section in self._sections.values()), 1)

    def _feed_back(self) -> None:
        if self._streams:
            for packet in self._arrivals.feedback(self._answers_as, next(iter(self._streams))):
                self._link.send_rtcp(packet)

    def _report(self, now: float) -> None:
        blocks = [block for i in self.sources.values() if (block := i.report(now)) is not None]
        if blocks and self._streams:
            report = ReceiverReport(self._answers_as, tuple(blocks[:MAX_BLOCKS]))
            self._link.send_rtcp(bytes(report) + bytes(Description(self._answers_as, self._name)))

    def _take_report(self, report: SenderInfo, now: float) -> None:
        stream = self._streams.get(report.ssrc)
        if stream is not None and not stream.repairs:
            stream.ingress.take_report(report, now)


def _text(values: Mapping[int, bytes], element: int | None) -> str:
    return values.get(element or 0, b"").decode("ascii", "replace")


def _codec(section: Section, payload_type: int) -> Codec | None:
    return next((c for c in section.codecs if c.payload_type == payload_type), None)


def _payload_types(section: Section) -> set[int | None]:
    return {t for codec in section.codecs for t in (codec.payload_type, codec.rtx_payload_type)}
