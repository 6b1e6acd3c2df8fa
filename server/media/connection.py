"""One peer connection at the server, from the first description to its end."""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import structlog

from rooms.errors import InvalidSdp
from rooms.participant import Kind
from server.media.link import Link
from server.media.peer import Peer
from server.media.sdp import (
    PUBLISH_EXTENSIONS,
    SUBSCRIBE_EXTENSIONS,
    Codec,
    Section,
    checked,
    codec_table,
    publish_answer,
    sent_layers,
    sent_ssrcs,
    subscribe_offer,
)
from server.media.seam import PeerConnection, PeerConnections, new_size
from server.media.udp import MediaSockets

CONNECT_WITHIN_S: Final = 15.0
SILENT_AFTER_S: Final = 8.0
CLOSE_WITHIN_S: Final = 4.5

log = structlog.get_logger()


class MediaConnection:
    """A peer connection that publishes to the server, or one that subscribes from it.

    Args:
        sockets: those of the server.
        on_link: packets can flow; called once.
        on_closed: it failed, was closed by the peer, did not connect in time or fell silent; called
            at most once, with the reason, and never after `close`.
        max_video_kbps: what a publisher is asked to stay under.
    """

    def __init__(
        self,
        sockets: MediaSockets,
        *,
        on_link: Callable[[Link], None],
        on_closed: Callable[[str], None],
        max_video_kbps: int = 2500,
        connect_within_s: float = CONNECT_WITHIN_S,
        silent_after_s: float = SILENT_AFTER_S,
    ) -> None:
        self.link: Link | None = None
        self._on_link = on_link
        self._on_closed: Callable[[str], None] | None = on_closed
        self._max_video_kbps = max_video_kbps
        self._connect_within_s = connect_within_s
        self._peer = Peer(
            sockets, on_silent=lambda: self._end("silent"), silent_after_s=silent_after_s
        )
        self._pc: PeerConnection | None = None
        self._rids: dict[str, tuple[str, ...]] = {}
        self._ssrcs: dict[str, tuple[int, ...]] = {}
        self._deadline: asyncio.TimerHandle | None = None
        self._negotiating = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None

    async def answer(self, sdp: str, codecs: Sequence[str]) -> tuple[str, list[Section]]:
        """Answer a page that publishes; once more to renegotiate.

        Args:
            sdp: its offer.
            codecs: names of video codecs that it may use, the best first.

        Raises:
            InvalidSdp: the offer cannot be used.
        """
        offer = checked(sdp, direction="sendonly")
        async with self._negotiating:
            with _raising(InvalidSdp):
                pc = self._open(_publishing(), codecs)
                answer = await pc.answer(offer)
            self._opened(pc)
            self._rids, self._ssrcs = sent_layers(offer), sent_ssrcs(offer)
            answer = publish_answer(answer, self._rids, self._max_video_kbps)
            return answer, self._sections(pc)

    async def offer(self, pairs: int, codecs: Sequence[str]) -> tuple[str, list[Section]]:
        """Offer so many pairs of sound and picture to a page that subscribes, or more than before.

        Args:
            pairs: how many there shall be.
            codecs: names of video codecs that the page decodes, the best first.

        Raises:
            ConnectionError: it has come to an end.
        """
        async with self._negotiating:
            with _raising(ConnectionError):
                pc = self._open(_subscribing(), codecs)
                offer = await pc.offer([Kind.AUDIO, Kind.VIDEO] * pairs)
            self._opened(pc)
            return subscribe_offer(offer), self._sections(pc)

    async def accept(self, sdp: str) -> list[Section]:
        """Take the page's answer to the last offer.

        Raises:
            InvalidSdp: it does not fit.
        """
        answer = checked(sdp, direction="recvonly")
        async with self._negotiating:
            if self._pc is None:
                raise InvalidSdp
            with _raising(InvalidSdp):
                await self._pc.accept(answer)
            return self._sections(self._pc)

    async def close(self) -> None:
        """End it within five seconds, whatever the peer does. Safe to call twice."""
        self._on_closed = None
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(), name="media-connection-close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._pc is not None:
            self._pc.on_state = None
            try:
                # A negotiation under way is let finish, so that it opens nothing afterwards.
                async with asyncio.timeout(CLOSE_WITHIN_S), self._negotiating:
                    await self._pc.close()
            except TimeoutError:
                log.warning("media-connection-closed-late")
            except Exception:
                log.exception("media-connection-not-closed")
        if self.link is not None:
            self.link.receive = self.link.on_moved = None
        self._peer.close()

    def _open(self, factory: PeerConnections, codecs: Sequence[str]) -> PeerConnection:
        if self._closing is not None:
            raise ConnectionError("it is closed")
        if self._pc is None:
            self._pc = factory.make(self._peer, codecs)
            self._pc.on_state = self._changed
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(self._connect_within_s, self._too_late)
        else:
            self._pc.prefer(factory, codecs)
        return self._pc

    def _opened(self, pc: PeerConnection) -> None:
        if pc.ice is not None and not self._peer.ufrag:
            self._peer.open(pc.ice)

    def _changed(self) -> None:
        assert self._pc is not None
        state = self._pc.state
        if state == "connected" and self.link is None:
            self._connected(self._pc)
        elif state in ("failed", "closed"):
            self._end(state)

    def _connected(self, pc: PeerConnection) -> None:
        way = self._peer.way
        if way is None or self._closing is not None:
            return
        sock, address = way
        srtp = pc.srtp()
        self.link = Link(sock.ring, sock.name(address), srtp, srtp.tx, srtp.rx, _size())
        self.link.heard_at = asyncio.get_running_loop().time()
        try:
            self._on_link(self.link)
        except Exception:
            # The boundary of one connection: aiortc, which calls, goes on with its own.
            log.exception("media-link-failed")
            self._end("failed")
            return
        self._peer.connected(self.link)

    def _too_late(self) -> None:
        if self.link is None:
            self._end("not-connected-in-time")

    def _end(self, reason: str) -> None:
        told, self._on_closed = self._on_closed, None
        if told is not None:
            told(reason)

    def _sections(self, pc: PeerConnection) -> list[Section]:
        return [
            Section(
                mid,
                kind,
                _codecs(codecs),
                extensions,
                ssrc,
                rtx_ssrc,
                self._ssrcs.get(mid, ()),
                self._rids.get(mid, ()),
            )
            for mid, kind, codecs, extensions, ssrc, rtx_ssrc in pc.sections()
        ]


def _codecs(negotiated: Sequence[Any]) -> tuple[Codec, ...]:
    repair = {c.parameters.get("apt"): c.payloadType for c in negotiated if c.name == "rtx"}
    return tuple(
        Codec(
            c.name,
            c.payloadType,
            c.clockRate,
            repair.get(c.payloadType),
            {name: str(value) for name, value in c.parameters.items()},
        )
        for c in negotiated
        if c.name != "rtx"
    )


@contextlib.contextmanager
def _raising(kind: type[Exception]) -> Iterator[None]:
    """Whatever aiortc stumbles over, to the one who asked it is this."""
    try:
        yield
    except Exception as error:
        raise kind from error


def prepare() -> None:
    """Make what all connections share: it takes longer than a call can wait."""
    _publishing()
    _subscribing()


@functools.cache
def _publishing() -> PeerConnections:
    return PeerConnections(codec_table(to_us=True), PUBLISH_EXTENSIONS)


@functools.cache
def _subscribing() -> PeerConnections:
    return PeerConnections(codec_table(to_us=False), SUBSCRIBE_EXTENSIONS)


@functools.cache
def _size() -> Any:
    """One for all: packets are encrypted one after the other."""
    return new_size()
