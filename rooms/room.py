"""The room, a pure aggregate: a method checks, changes, and answers with events, or raises."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from rooms.errors import (
    NoSuchParticipant,
    NotPermitted,
    PeerAway,
    RoomFull,
    StalePeer,
    TokenInvalid,
)
from rooms.events import (
    ChatMessage,
    ChatSent,
    Event,
    LeaveReason,
    ParticipantAway,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantReturned,
    RoomUpdated,
    TrackChanged,
    TrackRemoved,
)
from rooms.ids import ParticipantId, RoomId
from rooms.participant import Participant, Source, Track
from rooms.permissions import Permission, Role


def hash_host_key(host_key: str) -> str:
    """Hash a host key for storage. The key is 256 random bits, so a plain SHA-256 is enough."""
    return hashlib.sha256(host_key.encode()).hexdigest()


@dataclass(slots=True)
class Room:
    """One room and everyone in it. `participants` is in joining order; times are Unix seconds."""

    id: RoomId
    title: str
    host_key_hash: str
    capacity: int
    created_at: float
    active_at: float
    seq: int = 0
    participants: dict[ParticipantId, Participant] = field(default_factory=dict)

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
            participant_id, name, role, joined_at=now, tracks=_by_source(tracks)
        )
        self._put(participant, now)
        return [ParticipantJoined(self._next_seq(), participant)]

    def leave(
        self, participant_id: ParticipantId, now: float, reason: LeaveReason = LeaveReason.LEFT
    ) -> list[Event]:
        self.participant(participant_id)
        del self.participants[participant_id]
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
            tracks=before.tracks if tracks is None else _by_source(tracks),
            away_since=None,
            away_until=None,
        )
        self._put(after, now)
        return [ParticipantReturned(self._next_seq(), after)]

    def overdue(self, now: float) -> list[ParticipantId]:
        """Those whose grace has run out."""
        return [
            p.id
            for p in self.participants.values()
            if p.away_until is not None and p.away_until <= now
        ]

    def set_track(
        self, participant_id: ParticipantId, source: Source, muted: bool, now: float
    ) -> list[Event]:
        """Publish a track or change whether it is muted; nothing happens when it is so already.

        Raises:
            NotPermitted: the role may not publish.
        """
        before = self._permitted(participant_id, Permission.PUBLISH)
        track = Track(source, muted)
        if track in before.tracks:
            return []
        tracks = _by_source((*(t for t in before.tracks if t.source is not source), track))
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
        sender = self._permitted(participant_id, Permission.CHAT)
        self.active_at = now
        seq = self._next_seq()
        message = ChatMessage(seq, client_id, sender.id, sender.name, text, sent_at=now)
        return [ChatSent(seq, message)]

    def rename(self, participant_id: ParticipantId, title: str, now: float) -> list[Event]:
        """Raises NotPermitted: only who may manage the room gives it a title."""
        self._permitted(participant_id, Permission.MANAGE_ROOM)
        if title == self.title:
            return []
        self.title = title
        self.active_at = now
        return [RoomUpdated(self._next_seq(), self.title, self.capacity)]

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

    def _permitted(self, participant_id: ParticipantId, permission: Permission) -> Participant:
        participant = self.participant(participant_id)
        if permission not in participant.permissions:
            raise NotPermitted
        return participant

    def _put(self, participant: Participant, now: float) -> None:
        self.participants[participant.id] = participant
        self.active_at = now

    def _next_seq(self) -> int:
        self.seq += 1
        return self.seq


def _by_source(tracks: Iterable[Track]) -> tuple[Track, ...]:
    """At most one track per source, the last one said, in a fixed order."""
    latest = {track.source: track for track in tracks}
    return tuple(latest[source] for source in Source if source in latest)
