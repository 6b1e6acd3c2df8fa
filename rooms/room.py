"""The room, a pure aggregate: a method checks, changes, and answers with events, or raises."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from rooms.effects import NO_EFFECTS, Effects, check_effects, checked_gain
from rooms.errors import (
    NoSuchParticipant,
    NotPermitted,
    PeerAway,
    PrivateRoom,
    RoomFull,
    StalePeer,
    TokenInvalid,
)
from rooms.events import (
    ChatMessage,
    ChatSent,
    EffectsChanged,
    Event,
    GainChanged,
    HandChanged,
    LeaveReason,
    ParticipantAway,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantReturned,
    RoomUpdated,
    RouteChanged,
    TrackChanged,
    TrackRemoved,
)
from rooms.ids import ParticipantId, RoomId
from rooms.participant import Participant, Source, Track, by_source
from rooms.permissions import Permission, Role
from rooms.topology import OWN_REASONS, MediaPolicy, Reason, TopologyLimits, settled, with_pair


def hash_host_key(host_key: str) -> str:
    """Hash a host key for storage. The key is 256 random bits, so a plain SHA-256 is enough."""
    return hashlib.sha256(host_key.encode()).hexdigest()


@dataclass(slots=True)
class Room:
    """One room and everyone in it. Times are Unix seconds.

    Attributes:
        participants: in joining order.
        media: what the host wants of routes.
        unreachable: pairs of participants who could not connect directly.
    """

    id: RoomId
    title: str
    host_key_hash: str
    capacity: int
    created_at: float
    active_at: float
    seq: int = 0
    participants: dict[ParticipantId, Participant] = field(default_factory=dict)
    media: MediaPolicy = MediaPolicy.AUTO
    unreachable: frozenset[frozenset[ParticipantId]] = frozenset()

    @classmethod
    def create(
        cls, room_id: RoomId, title: str, host_key_hash: str, capacity: int, now: float
    ) -> Self:
        return cls(room_id, title, host_key_hash, capacity, created_at=now, active_at=now)

    def copy(self) -> "Room":
        """A draft to change: participants are values, so a copy of the table is enough."""
        return replace(self, participants=dict(self.participants))

    def participant(self, participant_id: ParticipantId) -> Participant:
        """The participant with this id.

        Raises:
            NoSuchParticipant: nobody here has it.
        """
        try:
            return self.participants[participant_id]
        except KeyError:
            raise NoSuchParticipant from None

    def role_for(self, host_key: str | None) -> Role:
        """The role that a newcomer gets: host with the right key, speaker without one.

        Raises:
            NotPermitted: a key was given and it is not this room's.
        """
        if host_key is None:
            return Role.SPEAKER
        if not hmac.compare_digest(hash_host_key(host_key), self.host_key_hash):
            raise NotPermitted("The host key is not the one of this room.")
        return Role.HOST

    def join(
        self,
        participant_id: ParticipantId,
        name: str,
        host_key: str | None,
        tracks: Iterable[Track],
        now: float,
    ) -> list[Event]:
        """Let somebody in. Those who are reconnecting keep their place.

        Raises:
            RoomFull: `capacity` participants are in the room.
            NotPermitted: the host key is wrong.
        """
        role = self.role_for(host_key)
        if len(self.participants) >= self.capacity:
            raise RoomFull
        participant = Participant(
            participant_id, name, role, joined_at=now, tracks=by_source(tracks)
        )
        self._put(participant, now)
        return [ParticipantJoined(self._next_seq(), participant)]

    def leave(
        self, participant_id: ParticipantId, now: float, reason: LeaveReason = LeaveReason.LEFT
    ) -> list[Event]:
        self.participant(participant_id)
        del self.participants[participant_id]
        self._forget_pairs_of(participant_id)
        self.active_at = now
        return [ParticipantLeft(self._next_seq(), participant_id, reason)]

    def lose(self, participant_id: ParticipantId, now: float, grace_s: float) -> list[Event]:
        """The connection of a participant is gone; the place is kept for `grace_s` seconds."""
        before = self.participant(participant_id)
        self._put(replace(before, away_since=now, away_until=now + grace_s), now)
        return [ParticipantAway(self._next_seq(), participant_id)] if before.here else []

    def lose_everyone(self, now: float, grace_s: float) -> list[Event]:
        """The server was started anew: nobody has a connection, everybody may come back."""
        return [event for pid in self.participants for event in self.lose(pid, now, grace_s)]

    def resume(
        self,
        participant_id: ParticipantId,
        serial: int,
        *,
        fresh: bool,
        tracks: Iterable[Track] | None,
        now: float,
    ) -> list[Event]:
        """Give a participant their place back and hand out the next token serial.

        A serial may be presented again until the one after it was, because the answer that carried
        that one may have been lost; anything older is a replay.

        Raises:
            TokenInvalid: the participant is gone, or the token is a replay.
        """
        before = self.participants.get(participant_id)
        if before is None or not before.token_serial - 1 <= serial <= before.token_serial:
            raise TokenInvalid
        after = replace(
            before,
            generation=before.generation + fresh,
            token_serial=serial + 1,
            tracks=before.tracks if tracks is None else by_source(tracks),
            away_since=None,
            away_until=None,
        )
        if fresh:
            self._forget_pairs_of(participant_id)  # the new page may be on another network
        self._put(after, now)
        return [ParticipantReturned(self._next_seq(), after)]

    def overdue(self, now: float) -> list[ParticipantId]:
        """Those whose grace has run out."""
        people = self.participants.values()
        return [p.id for p in people if p.away_until is not None and p.away_until <= now]

    def set_track(
        self, participant_id: ParticipantId, source: Source, muted: bool, now: float
    ) -> list[Event]:
        """Publish a track or change whether it is muted; nothing happens when it is so already.

        Raises:
            NotPermitted: the role may not publish.
        """
        before = self.permitted(participant_id, Permission.PUBLISH)
        track = Track(source, muted)
        if track in before.tracks:
            return []
        tracks = by_source((*(t for t in before.tracks if t.source is not source), track))
        self._put(replace(before, tracks=tracks), now)
        return [TrackChanged(self._next_seq(), participant_id, track)]

    def remove_track(
        self, participant_id: ParticipantId, source: Source, now: float
    ) -> list[Event]:
        before = self.participant(participant_id)
        tracks = tuple(t for t in before.tracks if t.source is not source)
        if tracks == before.tracks:
            return []
        self._put(replace(before, tracks=tracks), now)
        return [TrackRemoved(self._next_seq(), participant_id, source)]

    def say(
        self, participant_id: ParticipantId, client_id: str, text: str, now: float
    ) -> list[Event]:
        """Raises NotPermitted: the role may not chat."""
        sender = self.permitted(participant_id, Permission.CHAT)
        self.active_at = now
        seq = self._next_seq()
        message = ChatMessage(seq, client_id, sender.id, sender.name, text, sent_at=now)
        return [ChatSent(seq, message)]

    def update(
        self,
        participant_id: ParticipantId,
        *,
        title: str | None = None,
        media: MediaPolicy | None = None,
        now: float,
    ) -> list[Event]:
        """Change the title, the media policy, or both; None leaves it as it is.

        A room that becomes private ends everybody's effects and gains.

        Raises:
            NotPermitted: the role may not manage the room.
        """
        self.permitted(participant_id, Permission.MANAGE_ROOM)
        before = (self.title, self.media)
        self.title = self.title if title is None else title
        self.media = self.media if media is None else media
        if (self.title, self.media) == before:
            return []
        self.active_at = now
        events: list[Event] = [RoomUpdated(self._next_seq(), self.title, self.capacity, self.media)]
        return events + (self.end_effects(now) if self.media is MediaPolicy.PRIVATE else [])

    def set_effects(
        self, participant_id: ParticipantId, effects: Effects, now: float
    ) -> list[Event]:
        """Let a participant's effects be these and no others.

        Raises:
            NotPermitted: the role may not use effects.
            PrivateRoom: nothing goes through the server here.
            TooManyEffects, InvalidEffect: they cannot be used together.
        """
        before = self.permitted(participant_id, Permission.USE_EFFECTS)
        check_effects(effects)
        if effects and self.media is MediaPolicy.PRIVATE:
            raise PrivateRoom
        return self._choose(before.with_effects(effects or NO_EFFECTS), now)

    def drop_effect(self, participant_id: ParticipantId, effect_id: str, now: float) -> list[Event]:
        """Take one effect away, if it is still there and hides nothing."""
        before = self.participant(participant_id)
        if not any(e.id == effect_id and not e.private for e in before.effects.all):
            return []
        return self._choose(before.with_effects(before.effects.without(effect_id)), now)

    def set_gain(
        self, actor: ParticipantId, target: ParticipantId, gain_db: float, now: float
    ) -> list[Event]:
        """Change one's own gain, or the one that the room gives to somebody else.

        Raises:
            NotPermitted: the role may not do this.
            NoSuchParticipant: the target is not in this room.
            PrivateRoom: nothing goes through the server here.
            InvalidEffect: not a gain from -20 to +20 dB.
        """
        own = actor == target
        self.permitted(actor, Permission.USE_EFFECTS if own else Permission.SET_GAIN)
        before = self.participant(target)
        gain_db = checked_gain(gain_db)
        if gain_db and self.media is MediaPolicy.PRIVATE:
            raise PrivateRoom
        gains = (gain_db, before.room_gain_db) if own else (before.gain_db, gain_db)
        return self._choose(before.with_gains(*gains), now)

    def end_effects(self, now: float) -> list[Event]:
        """Nobody has effects or gains any more: there is nothing that could compute them."""
        plain = (p.without_effects().with_gains(0.0, 0.0) for p in self.participants.values())
        return [event for person in list(plain) for event in self._choose(person, now)]

    def raise_hand(self, participant_id: ParticipantId, raised: bool, now: float) -> list[Event]:
        before = self.participant(participant_id)
        if before.hand_raised is raised:
            return []
        self._put(replace(before, hand_raised=raised), now)
        return [HandChanged(self._next_seq(), participant_id, raised)]

    def demand(
        self, participant_id: ParticipantId, reason: Reason, on: bool, now: float
    ) -> list[Event]:
        """Say that a participant's media has to be forwarded for a reason of their own, or not."""
        assert reason in OWN_REASONS
        before = self.participant(participant_id)
        after = before.with_demand(reason, on)
        if after != before:
            self._put(after, now)
        return []

    def report_unreachable(
        self, participant_id: ParticipantId, other: ParticipantId, now: float
    ) -> list[Event]:
        """Remember that two participants could not connect directly.

        Raises:
            NoSuchParticipant: the other is not in this room, or it is the same one.
        """
        pair = frozenset({self.participant(participant_id).id, self.participant(other).id})
        if len(pair) == 1:
            raise NoSuchParticipant
        pairs = with_pair(self.unreachable, pair)
        if pairs != self.unreachable:
            self.unreachable, self.active_at = pairs, now
        return []

    def settle_routes(self, limits: TopologyLimits, now: float) -> list[Event]:
        """Let routes follow from what the room is now.

        Going back to direct waits: call it again at `direct_at`, and after every change.
        """
        events: list[Event] = []
        for after in settled(self, limits, now):
            before = self.participants[after.id]
            self.participants[after.id] = after
            route, reason = after.route, after.route_reason
            if (route, reason) != (before.route, before.route_reason):
                events.append(RouteChanged(self._next_seq(), after.id, route, reason))
        return events

    def routes_due(self, now: float) -> bool:
        """Whether somebody's media has waited long enough to go direct again."""
        people = self.participants.values()
        return any(p.direct_at is not None and p.direct_at <= now for p in people)

    def permitted(self, participant_id: ParticipantId, permission: Permission) -> Participant:
        """The participant, who may do this.

        Raises:
            NoSuchParticipant: nobody here has that id.
            NotPermitted: the role lacks the permission.
        """
        participant = self.participant(participant_id)
        if permission not in participant.permissions:
            raise NotPermitted
        return participant

    def reachable(
        self, sender: ParticipantId, target: ParticipantId, generation: int
    ) -> Participant:
        """The participant that `sender` may send signalling to.

        Raises:
            NoSuchParticipant: nobody in this room has that id, or it is the sender.
            PeerAway: the target has no connection just now.
            StalePeer: the message is for a page of the target that is gone.
        """
        peer = self.participant(target)
        if peer.id == sender:
            raise NoSuchParticipant
        if peer.generation != generation:
            raise StalePeer
        if not peer.here:
            raise PeerAway
        return peer

    def _choose(self, after: Participant, now: float) -> list[Event]:
        """Keep what somebody has chosen to look and sound like; tell what others notice of it."""
        before = self.participants[after.id]
        if after == before:
            return []
        self._put(after, now)
        events: list[Event] = []
        if (seen := after.effects.as_seen) != before.effects.as_seen:
            events.append(EffectsChanged(self._next_seq(), after.id, seen))
        if after.gains_db != before.gains_db:
            events.append(GainChanged(self._next_seq(), after.id, *after.gains_db))
        return events

    def _put(self, participant: Participant, now: float) -> None:
        self.participants[participant.id] = participant
        self.active_at = now

    def _forget_pairs_of(self, participant_id: ParticipantId) -> None:
        self.unreachable = frozenset(p for p in self.unreachable if participant_id not in p)

    def _next_seq(self) -> int:
        self.seq += 1
        return self.seq
