"""What one participant gets from the server: a peer connection with slots that publishers fill."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import structlog

from rooms.errors import InvalidSdp, NoSuchSession, TooManyStreams
from rooms.ids import ParticipantId
from rooms.messages import (
    Fact,
    StreamsChangedFact,
    SubscriptionLostFact,
    SubscriptionOfferedFact,
)
from rooms.participant import Kind, Source
from rooms.shapes import StreamShape
from server.media.layers import DEFAULT_TILE, Line, Wish, share_out
from server.media.link import Link
from server.media.outbound import Outbound
from server.media.plane import Plane
from server.media.publisher import Publisher
from server.media.sdp import Section
from server.media.slots import Cameras, Slot, best, make_slots, send

if TYPE_CHECKING:
    from server.media.connection import MediaConnection

ANSWER_WITHIN_S = 10.0
REST_S = 8.0
"""How long a slot rests that has carried somebody: a browser takes a picture that stops and goes on
within a few seconds for a freeze."""
EMPTY_FOR_S = 2.0
GROWTH = (1, 3, 5, 7, 9, 11, 15, 19, 24, 32, 40, 49)
"""Numbers of slots: with a few to spare, most newcomers need no new offer."""

log = structlog.get_logger()

_phases = itertools.cycle(range(20))
"""What is done once a second is done for one after the other, and not for all in one tick."""


class Audience(Protocol):
    """What a subscriber needs of its room."""

    def on_offer(self, subscriber: "Subscriber") -> Sequence[Publisher]:
        """The publishers that it shall get from the server now, in a lasting order."""

    @property
    def is_private(self) -> bool:
        """Whether nothing may go through the server."""

    def tell(self, who: ParticipantId, fact: Fact) -> None: ...


class Subscriber:
    """A participant who receives from the server, in one session of its page.

    Attributes:
        wanted_layers: of each publisher's camera the layer that suits tile and line, sent or not.

    The peer connection is made when there is something to receive, and let go of when there was
    nothing for a while. Offers follow one another: the next waits for the answer to the last.
    """

    def __init__(
        self,
        participant_id: ParticipantId,
        session: str,
        codecs: Sequence[str],
        plane: Plane,
        room: Audience,
    ) -> None:
        self.id = participant_id
        self.session = session
        self.codecs = tuple(codecs)
        self.taken_direct: set[ParticipantId] = set()
        self.line = Line()
        self.wanted_layers: dict[ParticipantId, str] = {}
        self._plane = plane
        self._room = room
        self._tiles: Mapping[ParticipantId, tuple[int, int]] | None = None
        self._connection: MediaConnection | None = None
        self._outbound: Outbound | None = None
        self._slots: list[Slot] = []
        self._offer: SubscriptionOfferedFact | None = None
        self._unanswered: asyncio.Future[None] | None = None
        self._told: list[StreamShape] = []
        self._empty_since: float | None = None
        self._broken = self._lost = False
        self._phase = next(_phases)
        self._short = False  # somebody waits for a slot that rests
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._work(), name="subscriber")

    @property
    def plays(self) -> bool:
        """Whether its page may be shown something by it."""
        return self._outbound is not None and not self._broken

    def carries(self, publisher_id: ParticipantId) -> bool:
        return any(s.publisher is not None and s.publisher.id == publisher_id for s in self._slots)

    def changed(self) -> None:
        """Publishers or their sources are others now."""
        self._changed.set()

    def hide(self) -> None:
        """Send nothing bare of those who hide something, and nothing in a private room.

        At once, whatever is waited for.
        """
        self._attach()

    def room_for(self, publisher_id: ParticipantId) -> float | None:
        """The bits per second that its line has for somebody's picture; None if it gets none."""
        if self._outbound is None or not self.carries(publisher_id):
            return None
        return self.line.ceiling_bps / max(1, len(self.wanted_layers))

    def goes_on(self, session: str, codecs: Sequence[str]) -> bool:
        """Whether this is that session, and works."""
        works = not self._broken and not self._lost
        return works and (session, tuple(codecs)) == (self.session, self.codecs)

    def tell_again(self) -> None:
        """Say once more what the page may have missed while it had no signalling."""
        if self._unanswered is not None and self._offer is not None:
            self._room.tell(self.id, self._offer)
        elif self._offer is not None:
            self._room.tell(self.id, StreamsChangedFact(session=self.session, streams=self._told))

    def set_view(self, tiles: Mapping[ParticipantId, tuple[int, int]]) -> None:
        self._tiles = dict(tiles)
        self._attach()

    async def answer(self, session: str, number: int, sdp: str) -> None:
        """Take the answer to the newest offer; one to an older offer comes too late and is let go.

        Raises:
            NoSuchSession: the page has begun another one since, or it was given up.
            InvalidSdp: the answer does not fit the offer.
        """
        connection, waiting = self._connection, self._unanswered
        if session != self.session or connection is None or waiting is None:
            raise NoSuchSession
        if self._offer is None or number != self._offer.number or waiting.done():
            return
        try:
            self._agreed(await connection.accept(sdp))
        except InvalidSdp as error:
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # the requester has it; the worker only needs to go on
            raise
        if not waiting.done():
            waiting.set_result(None)

    def tick(self, now: float, count: int) -> None:
        """Every 50 ms; most of it is done twice a second, by each subscriber at its own time."""
        halves, rest = divmod(count + self._phase, 10)
        if rest or self._outbound is None:
            return
        self._outbound.tick(now, halves)
        if halves % 2 == 0:
            out = self._outbound
            self.line.look(now, out.remb_bps, out.loss, out.sent_bps)
            self._attach()
            useless = self._empty_since is not None and now - self._empty_since > EMPTY_FOR_S
            if useless or self._short:
                self._changed.set()

    def retire(self) -> None:
        """Go on as it is, until it is closed: a newer session is on its way."""
        self._task.cancel()

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._hang_up()

    # Offers

    async def _work(self) -> None:
        while not self._lost:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._settle()
            except (InvalidSdp, TooManyStreams, ConnectionError, TimeoutError):
                await self._lose()
            except Exception:
                # The boundary of one subscriber: its page makes a new session, the others go on.
                log.exception("subscription-failed")
                await self._lose()

    async def _settle(self) -> None:
        """Bring what is sent in line with what shall be."""
        if self._broken:
            raise ConnectionError
        now = time.monotonic()
        wanted = self._room.on_offer(self)
        self._release(wanted, now)
        if not self._has_use(wanted, now):
            return
        carried = {slot.publisher for slot in self._slots}
        missing = [publisher for publisher in wanted if publisher not in carried]
        free = self._free(now)
        if len(missing) > len(free) and len(self._slots) < GROWTH[-1]:
            await self._grow(missing, now)
        else:
            self._fill(free, missing)
            self._tell_streams()
        self._short = not all(self.carries(publisher.id) for publisher in wanted)
        self._attach()

    async def _grow(self, missing: Sequence[Publisher], now: float) -> None:
        """Offer more slots and wait for the answer.

        Raises:
            TimeoutError: the page did not answer.
            ConnectionError: the peer connection came to an end meanwhile.
        """
        if self._connection is None:
            self._connection = self._plane.connection(
                on_link=self._connected, on_closed=lambda _: self._closed()
            )
        needed = len(self._slots) + len(missing) - len(self._free(now))
        count = next((size for size in GROWTH if size >= needed), GROWTH[-1])
        sdp, sections = await self._connection.offer(count, self.codecs)
        self._slots += make_slots(sections[2 * len(self._slots) :])
        self._fill(self._free(now), missing)
        number = 1 if self._offer is None else self._offer.number + 1
        self._told = self._streams()
        self._unanswered = asyncio.get_running_loop().create_future()
        self._offer = SubscriptionOfferedFact(
            session=self.session, number=number, sdp=sdp, streams=self._told
        )
        self._room.tell(self.id, self._offer)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await self._unanswered
        self._unanswered = None

    def _fill(self, free: Sequence[Slot], missing: Sequence[Publisher]) -> None:
        for slot, publisher in zip(free, missing, strict=False):
            slot.publisher = publisher

    def _free(self, now: float) -> list[Slot]:
        return [s for s in self._slots if s.publisher is None and s.free_at <= now]

    def _release(self, wanted: Sequence[Publisher], now: float) -> None:
        for slot in self._slots:
            if slot.publisher is not None and slot.publisher not in wanted:
                slot.publisher = None
                slot.free_at = now + REST_S
                slot.detach()

    def _has_use(self, wanted: Sequence[Publisher], now: float) -> bool:
        """Whether there is something to carry; after a while without, the connection goes.

        Raises:
            TimeoutError: it has been of no use for long enough.
        """
        if wanted:
            self._empty_since = None
            return True
        if self._connection is None:
            return False
        if self._empty_since is None:
            self._empty_since = now
        if now - self._empty_since > EMPTY_FOR_S:
            raise TimeoutError
        self._tell_streams()
        return False

    def _tell_streams(self) -> None:
        streams = self._streams()
        if streams != self._told:
            self._told = streams
            self._room.tell(self.id, StreamsChangedFact(session=self.session, streams=streams))

    def _streams(self) -> list[StreamShape]:
        return [
            StreamShape(mid=section.mid, participant_id=slot.publisher.id, source=source.value)
            for slot in self._slots
            if slot.publisher is not None
            for section, source in ((slot.audio, Source.MICROPHONE), (slot.video, Source.CAMERA))
            if slot.publisher.id != self.id or source is Source.CAMERA
        ]

    # The peer connection

    def _agreed(self, sections: Sequence[Section]) -> None:
        """What the page has answered: payload types and header extensions may be fewer."""
        by_mid = {section.mid: section for section in sections}
        for slot in self._slots:
            slot.audio = by_mid.get(slot.audio.mid, slot.audio)
            slot.video = by_mid.get(slot.video.mid, slot.video)
        if self._outbound is not None:
            self._outbound.update(sections)
            self._open_slots(self._outbound)

    def _connected(self, link: Link) -> None:
        self._outbound = Outbound(link, self._plane.counters)
        self._open_slots(self._outbound)
        self._attach()

    def _open_slots(self, outbound: Outbound) -> None:
        for slot in self._slots:
            if slot.heard is None or slot.seen is None:
                slot.heard, slot.seen = outbound.add(slot.audio), outbound.add(slot.video)

    def _closed(self) -> None:
        self._broken = True
        if self._unanswered is not None and not self._unanswered.done():
            self._unanswered.set_exception(ConnectionError())
        self._changed.set()

    async def _lose(self) -> None:
        self._lost = True
        await self._hang_up()
        self._room.tell(self.id, SubscriptionLostFact(session=self.session))

    async def _hang_up(self) -> None:
        outbound, self._outbound = self._outbound, None
        connection, self._connection = self._connection, None
        self._slots = []
        if outbound is not None:
            outbound.close()
        if connection is not None:
            await self._plane.end(connection)

    # What is sent in which slot

    def _attach(self) -> None:
        """Give each slot the sound of its publisher, and the layer that suits tile and line."""
        if self._outbound is None:
            return
        if self._room.is_private:
            self.wanted_layers = {}
            for slot in self._slots:
                slot.detach()
            return
        wishes, found = self._wishes()
        granted = share_out(wishes, self.line.ceiling_bps)
        self.wanted_layers = {ParticipantId(w.who): w.layers[granted[w.who]].rid for w in wishes}
        for slot in self._slots:
            if slot.publisher is None or slot.heard is None or slot.seen is None:
                continue
            publisher = slot.publisher
            hides = publisher.processing.hides
            send(slot.heard, publisher.microphone(self.id), at_once=hides(Kind.AUDIO))
            cameras = found.get(publisher.id)
            if cameras:
                chosen = best(cameras, granted[publisher.id])
                send(slot.seen, chosen, at_once=hides(Kind.VIDEO))
            elif hides(Kind.VIDEO) or self._hidden(publisher.id):
                slot.seen.detach()

    def _hidden(self, who: ParticipantId) -> bool:
        """Whether the page has no tile for somebody. It shows itself without one."""
        return self._tiles is not None and who not in self._tiles and who != self.id

    def _wishes(self) -> tuple[list[Wish], dict[str, Cameras]]:
        wishes: list[Wish] = []
        found: dict[str, Cameras] = {}
        for slot in self._slots:
            if slot.publisher is None:
                continue
            who = slot.publisher.id
            cameras = slot.publisher.cameras(self.id)
            if self._hidden(who) or not cameras:
                continue
            size = (self._tiles or {}).get(who, DEFAULT_TILE)
            wishes.append(Wish(who, *size, tuple(layer for layer, _ in cameras)))
            found[str(who)] = cameras
        return wishes, found
