"""Who of which room is connected here, what they are told, and who has been away for too long."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rooms.events import Event, ParticipantAway, ParticipantJoined, ParticipantLeft
from rooms.ids import ParticipantId, RoomId
from rooms.messages import Fact
from rooms.room import Room
from rooms.wire import facts
from server.metrics import Metrics
from server.signalling.client import Client, Member
from server.signalling.media import MediaPlane
from server.signalling.socket import encode_event

TOLD_AT_ONCE = 50
"""To how many pages something is sent before media and others get their turn."""
REMEMBERED_FACTS = 256
REMEMBERED_CHARACTERS = 131_072


@dataclass(slots=True)
class _Here:
    """One room's connected clients, and the latest facts for those who come back."""

    clients: dict[ParticipantId, Client] = field(default_factory=dict)
    recent: deque[tuple[int, Fact, int]] = field(default_factory=deque)
    characters: int = 0

    def remember(self, seq: int, fact: Fact, size: int) -> None:
        """Keep a fact, and let go of the oldest until the bounds hold."""
        self.recent.append((seq, fact, size))
        self.characters += size
        while len(self.recent) > REMEMBERED_FACTS or self.characters > REMEMBERED_CHARACTERS:
            self.characters -= self.recent.popleft()[2]


class Presence:
    """The living side of the rooms. `tell` runs inside a store's `update`, so in room order.

    Args:
        metrics: what is counted.
        media: follows the rooms.
        on_left: called with whoever has left for good.
    """

    def __init__(
        self,
        metrics: Metrics,
        media: MediaPlane | None = None,
        on_left: Callable[[ParticipantId], None] | None = None,
    ) -> None:
        self._metrics = metrics
        self._media = media
        self._on_left = on_left
        self._rooms: dict[RoomId, _Here] = {}
        self._away: dict[Member, float] = {}
        self._people = 0

    @property
    def people(self) -> int:
        """Participants of all rooms, those who are reconnecting included."""
        return self._people

    def client(self, room_id: RoomId, participant_id: ParticipantId) -> Client | None:
        here = self._rooms.get(room_id)
        return here.clients.get(participant_id) if here else None

    def clients(self) -> list[Client]:
        return [client for here in self._rooms.values() for client in here.clients.values()]

    def attach(self, member: Member, client: Client) -> Client | None:
        """Give a place to a client; answers with the client that had it until now."""
        here = self._rooms.setdefault(member.room_id, _Here())
        displaced = here.clients.get(member.participant_id)
        here.clients[member.participant_id] = client
        client.member = member
        client.outside_since = None
        self._away.pop(member, None)
        if displaced is not None and displaced is not client:
            displaced.member = None
            return displaced
        return None

    def detach(self, client: Client) -> Member | None:
        """Take a client from its place; None when it has none (any more)."""
        member, client.member = client.member, None
        client.outside_since = time.monotonic()
        if member is not None:
            here = self._rooms.get(member.room_id)
            if here is not None:
                here.clients.pop(member.participant_id, None)
        return member

    def adopt(self, room: Room) -> None:
        """Take over a room of an earlier run: everybody in it is away."""
        self._count(len(room.participants))
        for person in room.participants.values():
            if person.away_until is not None:
                self._away[Member(room.id, person.id)] = person.away_until

    async def tell(self, room: Room, events: Sequence[Event]) -> None:
        """Tell everybody in the room, remember for those who are away, and tell the media plane.

        That one follows changes without events as well.
        """
        here = self._rooms.setdefault(room.id, _Here())
        for event, fact in zip(events, facts(room, events, time.time()), strict=True):
            frame = encode_event(fact.event, fact.dump())
            here.remember(event.seq, fact, len(frame))
            self._note(room, event)
            for client in list(here.clients.values()):
                await client.send(frame)
        if not room.participants:
            self._rooms.pop(room.id, None)
        if self._media is not None:
            self._media.apply(room, events)

    async def tell_one(self, room_id: RoomId, participant_id: ParticipantId, fact: Fact) -> None:
        """Tell one participant, in the order of the calls; nothing happens when it is away."""
        client = self.client(room_id, participant_id)
        if client is not None:
            await client.send(encode_event(fact.event, fact.dump()))

    async def tell_all(self, fact: Fact) -> None:
        """Tell everybody in every room."""
        frame = encode_event(fact.event, fact.dump())
        for n, client in enumerate(self.clients(), start=1):
            await client.send(frame)
            if n % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)

    def missed(self, room_id: RoomId, since: int, now: int) -> list[Fact] | None:
        """The facts after `since`, up to `now`; None when some are not remembered any more."""
        here = self._rooms.get(room_id)
        found = [(seq, fact) for seq, fact, _ in here.recent if seq > since] if here else []
        if since > now or [seq for seq, _ in found] != list(range(since + 1, now + 1)):
            return None
        return [fact for _, fact in found]

    def missing(self, rooms: Iterable[Room]) -> list[Member]:
        """Those whom the store has as present and who have no connection here."""
        return [
            Member(room.id, person.id)
            for room in rooms
            for person in room.participants.values()
            if person.here and self.client(room.id, person.id) is None
        ]

    def overdue(self, now: float) -> list[Member]:
        return [member for member, until in self._away.items() if until <= now]

    def _note(self, room: Room, event: Event) -> None:
        match event:
            case ParticipantJoined():
                self._count(+1)
                self._metrics.joins.inc()
            case ParticipantLeft(_, participant_id):
                self._count(-1)
                self._away.pop(Member(room.id, participant_id), None)
                if self._on_left is not None:
                    self._on_left(participant_id)
            case ParticipantAway(_, participant_id):
                until = room.participants[participant_id].away_until
                if until is not None:
                    self._away[Member(room.id, participant_id)] = until

    def _count(self, change: int) -> None:
        self._people += change
        self._metrics.participants.set(self._people)
