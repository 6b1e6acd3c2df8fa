"""What one participant sends to the server: its peer connections and the sources in them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rooms.ids import ParticipantId
from rooms.participant import Kind, Source
from server.media.connection import MediaConnection
from server.media.inbound import Inbound, Ingress
from server.media.layers import NOMINAL_BPS, NOMINAL_SIZE, Layer
from server.media.link import Link
from server.media.plane import Plane
from server.media.processing import Processing, Stage, Treatment
from server.media.sdp import Section
from server.media.source import Source as MediaSource

LOW_TO_HIGH = ("q", "h", "f")


@dataclass(eq=False, slots=True)
class _Session:
    """One peer connection of a publisher; `inbound` is there once it is connected."""

    id: str
    connection: MediaConnection
    tracks: Mapping[str, Source]
    sections: Sequence[Section] = ()
    inbound: Inbound | None = None


class Publisher:
    """A participant who sends to the server.

    A new session replaces the older one when it is connected: until then what is there goes on.

    Args:
        treatment: what is to be made of what it sends.
        stage: where its effects are told of.
        on_change: its sources are others now.
        on_lost: a session, named, came to an end that nobody asked for.

    Attributes:
        processing: its effects.
    """

    def __init__(
        self,
        participant_id: ParticipantId,
        plane: Plane,
        treatment: Treatment,
        stage: Stage,
        *,
        on_change: Callable[[], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self.id = participant_id
        self.processing = Processing(participant_id, plane, treatment, stage)
        self._plane = plane
        self._on_change = on_change
        self._on_lost = on_lost
        self._current: _Session | None = None
        self._next: _Session | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def session(self) -> str | None:
        """The session that is sending; None before the first one is connected."""
        return self._current.id if self._current else None

    @property
    def newest(self) -> str | None:
        """The session that its page has begun last, connected or not."""
        session = self._next or self._current
        return session.id if session else None

    @property
    def live(self) -> bool:
        return self._current is not None

    @property
    def idle(self) -> bool:
        """Whether there is no connection of it, nor one on its way."""
        return self._current is None and self._next is None

    async def publish(
        self, session: str, sdp: str, tracks: Mapping[str, Source], codecs: Sequence[str]
    ) -> str:
        """Answer an offer, of a session that is there or of a new one.

        Raises:
            InvalidSdp: the offer is not one to send microphone and camera with.
            TooManyStreams: the server has as many peer connections as it may.
        """
        known = next((s for s in self._sessions() if s.id == session), None)
        if known is not None:
            return await self._negotiate(known, sdp, tracks, codecs)
        connection = self._plane.connection(
            on_link=lambda link: self._connected(fresh, link),
            on_closed=lambda _: self._closed(fresh),
        )
        fresh = _Session(session, connection, tracks)
        replaced, self._next = self._next, fresh
        if replaced is not None:
            self._end(replaced)
        try:
            return await self._negotiate(fresh, sdp, tracks, codecs)
        except BaseException:
            if self._next is fresh:
                self._next = None
            self._end(fresh)
            raise

    def unpublish(self, session: str) -> None:
        """End a session; what it sent is gone at once."""
        for one in self._sessions():
            if one.id == session:
                self._forget(one)

    def microphone(self, viewer: ParticipantId) -> MediaSource | None:
        """What somebody hears of it; nobody hears themselves."""
        return None if viewer == self.id else self.processing.microphone(self.bare_microphone())

    def cameras(self, viewer: ParticipantId) -> list[tuple[Layer, MediaSource | None]]:
        """The layers that somebody may get, from low to high; None for one that was never sent."""
        return self.processing.cameras(self.bare_cameras(), own=viewer == self.id)

    def bare_microphone(self) -> Ingress | None:
        """What it sends, whatever is made of it."""
        return next(iter(self._of(Source.MICROPHONE)), None)

    def bare_cameras(self) -> list[tuple[Layer, Ingress | None]]:
        """The same of the camera, in its layers."""
        session = self._current
        if session is None or session.inbound is None:
            return []
        for section in session.sections:
            if section.kind is Kind.VIDEO and self._source(session, section) is Source.CAMERA:
                return _layers(section, session.inbound)
        return []

    def wanted_layers(self) -> list[str]:
        """Those that are needed here, whoever watches: an effect is made of the best there is."""
        layers = self.bare_cameras()
        return [layers[-1][0].rid] if layers and self.processing.has_picture else []

    def tick(self, now: float, count: int) -> None:
        for session in self._sessions():
            if session.inbound is not None:
                session.inbound.tick(now, count)
        if count % 5 == 0:
            self._use_best()
        self.processing.tick(now, count)

    async def close(self) -> None:
        for session in self._sessions():
            self._forget(session)
        await self.processing.close()
        if self._closing:
            await asyncio.wait(self._closing)

    def _sessions(self) -> list[_Session]:
        return [session for session in (self._current, self._next) if session is not None]

    async def _negotiate(
        self, session: _Session, sdp: str, tracks: Mapping[str, Source], codecs: Sequence[str]
    ) -> str:
        answer, sections = await session.connection.answer(sdp, codecs)
        session.sections, session.tracks = sections, tracks
        if session.inbound is not None:
            session.inbound.update(sections)
            self._changed()
        return answer

    def _changed(self) -> None:
        self._use_best()
        self._on_change()

    def _use_best(self) -> None:
        self.processing.use(self.bare_cameras(), self.bare_microphone())

    def _connected(self, session: _Session, link: Link) -> None:
        if session not in self._sessions():
            return
        session.inbound = Inbound(
            link,
            session.sections,
            self._plane.inbound_limits,
            self._plane.counters,
            on_source=lambda _: self._changed(),
        )
        if session is self._next:
            replaced, self._current, self._next = self._current, session, None
            if replaced is not None:
                self._end(replaced)
        self._changed()

    def _closed(self, session: _Session) -> None:
        """It failed, or the peer closed it."""
        if session in self._sessions():
            self._forget(session)
            self._on_lost(session.id)

    def _forget(self, session: _Session) -> None:
        if session is self._current:
            self._current = None
        elif session is self._next:
            self._next = None
        self._end(session)
        self._changed()

    def _end(self, session: _Session) -> None:
        if session.inbound is not None:
            session.inbound.close()
        task = asyncio.create_task(self._plane.end(session.connection), name="publish-close")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _of(self, wanted: Source) -> list[Ingress]:
        session = self._current
        if session is None or session.inbound is None:
            return []
        return [
            ingress
            for section in session.sections
            if self._source(session, section) is wanted
            for (mid, _), ingress in session.inbound.sources.items()
            if mid == section.mid
        ]

    def _source(self, session: _Session, section: Section) -> Source | None:
        """What the page says that this m-line carries; it cannot make a camera of a sound."""
        source = session.tracks.get(section.mid)
        fits = source is not None and (source is Source.MICROPHONE) == (section.kind is Kind.AUDIO)
        return source if fits else None


def _layers(section: Section, inbound: Inbound) -> list[tuple[Layer, Ingress | None]]:
    rids = sorted(section.rids, key=_height_of) or [""]
    found = [inbound.sources.get((section.mid, rid)) for rid in rids]
    width, height = _full_size(found)
    layers = []
    for index, (rid, ingress) in enumerate(zip(rids, found, strict=True)):
        steps = len(rids) - 1 - index
        size = ingress.size if ingress is not None and ingress.size else None
        usual = NOMINAL_BPS[max(0, len(NOMINAL_BPS) - 1 - steps)]
        active = ingress is not None and ingress.active
        measured = ingress.bitrate_bps if ingress is not None and active else 0
        own_width, own_height = size or (width >> steps, height >> steps)
        layers.append((Layer(rid, own_width, own_height, measured or usual, active), ingress))
    return layers


def _full_size(found: Sequence[Ingress | None]) -> tuple[int, int]:
    """The size of the largest layer, as far as any of them has told."""
    for steps, ingress in enumerate(reversed(found)):
        if ingress is not None and ingress.size is not None:
            return ingress.size[0] << steps, ingress.size[1] << steps
    return NOMINAL_SIZE


def _height_of(rid: str) -> int:
    return LOW_TO_HIGH.index(rid) if rid in LOW_TO_HIGH else len(LOW_TO_HIGH)
