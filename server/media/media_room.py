"""One room of the media plane: who sends, who receives, and what each of them is told."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rooms.errors import NoSuchParticipant, NoSuchSession, TooManyStreams
from rooms.ids import ParticipantId
from rooms.messages import (
    Fact,
    LayersWantedFact,
    PublishAgainFact,
    PublishLostFact,
    SpeakerChangedFact,
)
from rooms.participant import Kind, Source
from rooms.room import Room
from rooms.topology import MediaPolicy, Route
from server.media.demand import Demand
from server.media.drops import DropEffect, Drops
from server.media.plane import Plane
from server.media.postman import Postman, Tell
from server.media.processing import Treatment
from server.media.publisher import Publisher
from server.media.speaker import SILENCE_DBOV, ActiveSpeaker
from server.media.subscriber import Subscriber

OLDER_STAYS_S = 3.0
"""How long an older subscription goes on beside one that is connected: until that has pictures."""
OLDER_AT_MOST_S = 30.0
COMMON_CODEC = "VP8"
CODECS_EVERY_S = 5.0
"""How often the room's first codec may change: each time, every publisher makes a new offer."""


@dataclass(frozen=True, slots=True)
class _Seat:
    generation: int
    route: Route
    treatment: Treatment


@dataclass(slots=True)
class _Older:
    """A subscription whose page has begun a newer one, and when it ends."""

    subscriber: Subscriber
    until: float


class MediaRoom:
    """The participants of one room as far as their media passes the server.

    Args:
        plane: what all rooms share.
        tell: sends a fact to one page.
        drop_effect: takes an effect, by its id, from a participant.
    """

    def __init__(self, plane: Plane, tell: Tell, drop_effect: DropEffect) -> None:
        self._plane = plane
        self._private = False
        self._seats: dict[ParticipantId, _Seat] = {}
        self._publishers: dict[ParticipantId, Publisher] = {}
        self._subscribers: dict[ParticipantId, Subscriber] = {}
        self._older: dict[ParticipantId, _Older] = {}
        self._speaker: ActiveSpeaker[ParticipantId] = ActiveSpeaker()
        self._demand = Demand()
        self._codecs: list[str] = [COMMON_CODEC]
        self._codecs_stay_until = 0.0
        self._closing: set[asyncio.Task[None]] = set()
        self._drops = Drops(drop_effect)
        self._postman = Postman(tell)

    @property
    def idle(self) -> bool:
        """Whether nobody sends to the server or asks for anything from it."""
        return not self._publishers and not self._subscribers

    @property
    def routes(self) -> Iterable[Route]:
        """The route of each participant."""
        return (seat.route for seat in self._seats.values())

    # What signalling says

    def follow(self, room: Room) -> None:
        """Take over who is in the room, how they travel, and whose page is a new one."""
        self._private = room.media is MediaPolicy.PRIVATE
        before, self._seats = (
            self._seats,
            {
                p.id: _Seat(p.generation, p.route, Treatment.of(p))
                for p in room.participants.values()
            },
        )
        for who, seat in before.items():
            now = self._seats.get(who)
            if now is None or now.generation != seat.generation:
                self._forget(who)
            if now is None or now.route is Route.FORWARDED:
                for subscriber in self._subscribers.values():
                    subscriber.taken_direct.discard(who)
        self._treat()
        self.changed()

    async def publish(
        self, who: ParticipantId, session: str, sdp: str, tracks: Mapping[str, Source]
    ) -> str:
        """Raises NoSuchParticipant, TooManyStreams, InvalidSdp."""
        if who not in self._seats:
            raise NoSuchParticipant
        publisher = self._publishers.get(who)
        if publisher is None:
            if len(self._publishers) >= self._plane.max_room_publishers:
                raise TooManyStreams
            publisher = Publisher(
                who,
                self._plane,
                self._seats[who].treatment,
                self,
                on_change=self.changed,
                on_lost=lambda session: self._publish_lost(who, session),
            )
            self._publishers[who] = publisher
        self._demand.forget(who)
        try:
            return await publisher.publish(session, sdp, tracks, self._codecs)
        finally:
            self._drop_idle(publisher)

    def unpublish(self, who: ParticipantId, session: str) -> None:
        publisher = self._publishers.get(who)
        if publisher is not None:
            publisher.unpublish(session)
            self._drop_idle(publisher)

    def subscribe(self, who: ParticipantId, session: str, codecs: Sequence[str]) -> None:
        """Begin a session; one that is there is told again what its page may have missed.

        Raises NoSuchParticipant, TooManyStreams.
        """
        if who not in self._seats:
            raise NoSuchParticipant
        before = self._subscribers.get(who)
        if before is not None and before.goes_on(session, codecs):
            before.tell_again()
            self._tell_speaker(who)
            return
        if before is None and self._plane.full:
            raise TooManyStreams
        subscriber = Subscriber(who, session, codecs, self._plane, self)
        if before is not None:
            subscriber.taken_direct = before.taken_direct
            self._retire(before)
        self._subscribers[who] = subscriber
        self._settle_codecs()
        subscriber.changed()
        self._tell_speaker(who)

    async def answer(self, who: ParticipantId, session: str, number: int, sdp: str) -> None:
        """Raises NoSuchSession, InvalidSdp."""
        await self._subscriber(who).answer(session, number, sdp)

    def unsubscribe(self, who: ParticipantId, session: str) -> None:
        subscriber = self._subscribers.get(who)
        if subscriber is not None and subscriber.session == session:
            del self._subscribers[who]
            self._end(subscriber.close())
            self._end_older(who)
            self._settle_codecs()

    def set_view(self, who: ParticipantId, tiles: Mapping[ParticipantId, tuple[int, int]]) -> None:
        subscriber = self._subscribers.get(who)
        if subscriber is not None:
            subscriber.set_view(tiles)

    def path_taken(self, who: ParticipantId, publisher: ParticipantId, route: Route) -> None:
        """A page shows a publisher by this path: what comes by the server for nothing, stops.

        Whoever is forwarded again by the time that a page says so goes on: the page needs it.
        """
        subscriber = self._subscribers.get(who)
        if subscriber is None:
            return
        if route is Route.DIRECT and not self._is_forwarded(publisher):
            subscriber.taken_direct.add(publisher)
        else:
            subscriber.taken_direct.discard(publisher)
        subscriber.changed()

    # What its publishers and subscribers ask of it

    @property
    def is_private(self) -> bool:
        return self._private

    def on_offer(self, subscriber: Subscriber) -> list[Publisher]:
        """Who travels by the server, and who did until now and is still watched that way.

        And they themselves, if effects change how they look. In a private room nobody at all.
        """
        if self._private:
            return []
        return [
            publisher
            for who, publisher in self._publishers.items()
            if publisher.live
            and (
                publisher.processing.seen_by_owner
                if who == subscriber.id
                else who not in subscriber.taken_direct
                and (self._is_forwarded(who) or subscriber.carries(who))
            )
        ]

    def tell(self, who: ParticipantId, fact: Fact) -> None:
        """Send a fact to one page, after those before it."""
        self._postman.tell(who, fact)

    def tell_everyone(self, fact: Fact) -> None:
        for who in self._seats:
            self.tell(who, fact)

    def changed(self) -> None:
        """Publishers, or what is made of what they send, are others now."""
        for subscriber in self._subscribers.values():
            subscriber.changed()

    def drop_effect(self, who: ParticipantId, effect_id: str) -> None:
        """Let signalling take away an effect that failed too often; none of it is waited for."""
        self._drops.begin(who, effect_id)

    def tick(self, now: float, count: int) -> None:
        """Every 50 ms."""
        for publisher in self._publishers.values():
            publisher.tick(now, count)
        for subscriber in self._subscribers.values():
            subscriber.tick(now, count)
        self._tick_older(now, count)
        if count % 2 == 0:
            self._listen(now)
        if count % 20 == 0:
            self._settle_codecs()
            self._ask_for_layers()
            self._measure_lines()

    async def close(self) -> None:
        await self._drops.close()
        for who in [*self._publishers, *self._subscribers]:
            self._forget(who)
        if self._closing:
            await asyncio.wait(self._closing)
        await self._postman.close()

    # Inside

    def _is_forwarded(self, who: ParticipantId) -> bool:
        seat = self._seats.get(who)
        return seat is not None and seat.route is Route.FORWARDED

    def _subscriber(self, who: ParticipantId) -> Subscriber:
        subscriber = self._subscribers.get(who)
        if subscriber is None:
            raise NoSuchSession
        return subscriber

    def _treat(self) -> None:
        """Let everybody's effects be as their owners want them.

        Whatever shall be hidden is not sent any more when this returns, nor anything at all in a
        private room.
        """
        for who, publisher in self._publishers.items():
            publisher.processing.follow(self._seats[who].treatment)
        hides = (p.processing.hides(kind) for p in self._publishers.values() for kind in Kind)
        if self._private or any(hides):
            older = (it.subscriber for it in self._older.values())
            for subscriber in (*self._subscribers.values(), *older):
                subscriber.hide()

    def _forget(self, who: ParticipantId) -> None:
        publisher = self._publishers.pop(who, None)
        subscriber = self._subscribers.pop(who, None)
        self._demand.forget(who)
        self._end_older(who)
        if publisher is not None:
            self._end(publisher.close())
        if subscriber is not None:
            self._end(subscriber.close())
            self._settle_codecs()

    def _retire(self, before: Subscriber) -> None:
        """Let what plays go on until the newer subscription of its page has taken over."""
        if not before.plays:
            self._end(before.close())
            return
        self._end_older(before.id)
        before.retire()
        self._older[before.id] = _Older(before, time.monotonic() + OLDER_AT_MOST_S)

    def _tick_older(self, now: float, count: int) -> None:
        for who, older in list(self._older.items()):
            older.subscriber.tick(now, count)
            if self._subscribers[who].plays:
                older.until = min(older.until, now + OLDER_STAYS_S)
            if now > older.until or not older.subscriber.plays:
                self._end_older(who)

    def _end_older(self, who: ParticipantId) -> None:
        older = self._older.pop(who, None)
        if older is not None:
            self._end(older.subscriber.close())

    def _publish_lost(self, who: ParticipantId, session: str) -> None:
        self.tell(who, PublishLostFact(session=session))
        publisher = self._publishers.get(who)
        if publisher is not None:
            self._drop_idle(publisher)

    def _drop_idle(self, publisher: Publisher) -> None:
        if publisher.idle and self._publishers.get(publisher.id) is publisher:
            del self._publishers[publisher.id]
            self._demand.forget(publisher.id)
            self._end(publisher.close())

    def _end(self, closing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(closing, name="media-end")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _settle_codecs(self) -> None:
        """Agree on what every subscriber decodes; publishers make a new offer when that changed."""
        known = [subscriber.codecs for subscriber in self._subscribers.values()]
        common = [c for c in self._plane.video_codecs if all(c in codecs for codecs in known)]
        common = common or [COMMON_CODEC]
        if common == self._codecs:
            return
        first_changed = common[0] != self._codecs[0]
        now = time.monotonic()
        if first_changed and now < self._codecs_stay_until:
            return  # `tick` tries again
        self._codecs = common
        if first_changed:
            self._codecs_stay_until = now + CODECS_EVERY_S
        for who, publisher in self._publishers.items():
            if first_changed and publisher.newest is not None:
                self.tell(who, PublishAgainFact(session=publisher.newest))

    def _tell_speaker(self, who: ParticipantId) -> None:
        if self._speaker.current is not None:
            self.tell(who, SpeakerChangedFact(participant_id=self._speaker.current))

    def _listen(self, now: float) -> None:
        levels = {}
        for who, publisher in self._publishers.items():
            microphone = publisher.bare_microphone()
            if microphone is not None:
                levels[who] = microphone.level_dbov if microphone.active else SILENCE_DBOV
            publisher.processing.set_speaking(self._speaker.speaks(who))
        if self._speaker.look(now, levels):
            for who in self._subscribers:
                self.tell(who, SpeakerChangedFact(participant_id=self._speaker.current))

    def _ask_for_layers(self) -> None:
        """Tell each publisher which of its layers anybody wants; the lowest one always."""
        wanted: dict[ParticipantId, set[str]] = {}
        for subscriber in self._subscribers.values():
            for who, rid in subscriber.wanted_layers.items():
                wanted.setdefault(who, set()).add(rid)
        for who, publisher in self._publishers.items():
            rids = [layer.rid for layer, _ in publisher.bare_cameras()]
            session = publisher.session
            if len(rids) < 2 or session is None:
                continue
            needed = {*wanted.get(who, ()), *publisher.wanted_layers()}
            now = self._demand.look(who, session, rids, needed)
            if now is not None:
                self.tell(who, LayersWantedFact(session=session, rids=now))

    def _measure_lines(self) -> None:
        """Tell each effect what the narrowest line to those who watch it carries."""
        for who, publisher in self._publishers.items():
            lines = [subscriber.room_for(who) for subscriber in self._subscribers.values()]
            narrowest = min((bps for bps in lines if bps is not None), default=float("inf"))
            publisher.processing.set_line(narrowest)
