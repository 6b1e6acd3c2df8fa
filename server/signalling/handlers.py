"""What each request does: a table from message to handler. Permissions are the room's to check."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from rooms.errors import (
    AlreadyJoined,
    MediaUnavailable,
    NotJoined,
    PeerAway,
    RoomNotFound,
    ServerFull,
    TokenInvalid,
    TooManyCandidates,
)
from rooms.events import ChatMessage, ChatSent, Event
from rooms.ids import ParticipantId, RoomId, new_participant_id
from rooms.messages import (
    CandidatesSentFact,
    ChatPage,
    ChatStored,
    DescriptionSentFact,
    Fact,
    Missed,
    RoomChanged,
    Snapshot,
    TokenRenewedFact,
)
from rooms.participant import Participant, Source, Track
from rooms.requests import (
    FetchChat,
    Join,
    Leave,
    PageClosing,
    RemoveTrack,
    Request,
    Resume,
    SendCandidates,
    SendChat,
    SendDescription,
    SetTrack,
    UpdateRoom,
)
from rooms.room import Room
from rooms.sdp import MAX_CANDIDATES, count_candidates
from rooms.shapes import TrackRequest, Wire
from rooms.topology import MediaPolicy
from rooms.wire import chat_shape, effects_shape, participant_shapes, room_info
from server.config import Config
from server.ice import ice_servers
from server.signalling.changes import Changes
from server.signalling.client import Client, Handler, Member, accept
from server.signalling.effect_handlers import EffectHandlers
from server.signalling.media import MediaPlane
from server.signalling.media_handlers import MediaHandlers
from server.signalling.presence import Presence
from server.signalling.socket import Respond, encode_event
from server.signalling.tokens import Claims, ResumeTokens
from server.store import DuplicateMessage, RoomStore

SNAPSHOT_CHAT = 100
MAX_PAGE_CHARACTERS = 65_536
"""How much text one answer holds; what does not fit is asked for with the next one."""


class Handlers:
    """Carries out requests. One `handle` call answers its request exactly once, or raises."""

    def __init__(
        self,
        config: Config,
        store: RoomStore,
        presence: Presence,
        changes: Changes,
        tokens: ResumeTokens,
        media: MediaPlane | None,
        effects: EffectHandlers,
    ) -> None:
        self._config = config
        self._store = store
        self._presence = presence
        self._changes = changes
        self._media = MediaHandlers(store, presence, changes, media)
        self._effects = effects
        self._tokens = tokens
        self._entering: dict[type[Request], Handler] = {Join: self._join, Resume: self._resume}
        self._inside: dict[type[Request], Handler] = {
            Leave: self._leave,
            PageClosing: self._page_closing,
            SetTrack: self._set_track,
            RemoveTrack: self._remove_track,
            SendDescription: self._send_description,
            SendCandidates: self._send_candidates,
            SendChat: self._send_chat,
            FetchChat: self._fetch_chat,
            UpdateRoom: self._update_room,
            **self._media.table,
            **self._effects.table,
        }

    async def handle(self, client: Client, request: Request, respond: Respond) -> None:
        """Carry out one request.

        Raises:
            RoomError: the refusal to answer with.
        """
        if not isinstance(request, PageClosing):
            client.grace_s = self._config.resume_grace_s  # the page goes on, whatever it said
        entering = self._entering.get(type(request))
        if entering is not None:
            if client.member is not None:
                raise AlreadyJoined
            await entering(client, request, respond)
        elif client.member is None:
            raise NotJoined
        else:
            await self._inside[type(request)](client, request, respond)

    async def renew_token(self, client: Client) -> None:
        """Send a client a token and ICE servers that are good for another while."""
        if client.member is None:
            return
        room = await self._store.get(client.member.room_id)
        participant = room.participants.get(client.member.participant_id)
        if participant is not None:
            fact = TokenRenewedFact(
                token=self._sign(room, participant), ice_servers=self._ice_servers(participant)
            )
            await client.send(encode_event(fact.event, fact.dump()))

    # Coming and going

    async def _join(self, client: Client, request: Join, respond: Respond) -> None:
        if self._presence.people >= self._config.max_participants:
            raise ServerFull
        self._media.refuse_when_busy()
        member = Member(RoomId(request.room), new_participant_id())
        now = time.time()

        def change(room: Room) -> Sequence[Event]:
            tracks = _tracks(request.tracks)
            return room.join(member.participant_id, request.name, request.host_key, tracks, now)

        async def tell(room: Room, events: Sequence[Event]) -> None:
            await self._presence.tell(room, events)
            answer = await self._snapshot(room, member)
            await self._enter(client, member, respond, answer)

        await self._changes.make(member.room_id, change, tell)

    async def _resume(self, client: Client, request: Resume, respond: Respond) -> None:
        claims = self._tokens.verify(request.token)
        member = Member(claims.room_id, claims.participant_id)
        now = time.time()

        def change(room: Room) -> Sequence[Event]:
            tracks = None if request.tracks is None else _tracks(request.tracks)
            return room.resume(
                member.participant_id, claims.serial, fresh=request.fresh, tracks=tracks, now=now
            )

        async def tell(room: Room, events: Sequence[Event]) -> None:
            await self._presence.tell(room, events)
            missed = self._presence.missed(room.id, request.since, room.seq)
            answer: Wire
            if request.fresh or missed is None:
                answer = await self._snapshot(room, member)
            else:
                answer = self._missed(room, member, missed)
            await self._enter(client, member, respond, answer)

        try:
            await self._changes.make(member.room_id, change, tell)
        except RoomNotFound:
            raise TokenInvalid from None

    async def _enter(self, client: Client, member: Member, respond: Respond, answer: Wire) -> None:
        """Give the place and answer, with nothing in between that others could come before."""
        displaced = self._presence.attach(member, client)
        await accept(respond, answer)
        if displaced is not None:
            await displaced.end("superseded")

    async def _leave(self, client: Client, request: Leave, respond: Respond) -> None:
        member = client.place

        async def tell(room: Room, events: Sequence[Event]) -> None:
            self._presence.detach(client)
            client.candidates_sent.clear()
            client.leaving = False
            await self._presence.tell(room, events)

        await self._changes.make(
            member.room_id, lambda room: room.leave(member.participant_id, time.time()), tell
        )
        await accept(respond)

    async def _page_closing(self, client: Client, request: PageClosing, respond: Respond) -> None:
        client.grace_s = self._config.reload_grace_s
        await accept(respond)

    # Tracks and the room

    async def _set_track(self, client: Client, request: SetTrack, respond: Respond) -> None:
        source = Source(request.source)
        await self._change(client, lambda r, p: r.set_track(p, source, request.muted, time.time()))
        await accept(respond)

    async def _remove_track(self, client: Client, request: RemoveTrack, respond: Respond) -> None:
        source = Source(request.source)
        await self._change(client, lambda r, p: r.remove_track(p, source, time.time()))
        await accept(respond)

    async def _update_room(self, client: Client, request: UpdateRoom, respond: Respond) -> None:
        media = None if request.media is None else MediaPolicy(request.media)
        if media is MediaPolicy.FORWARDED and not self._changes.limits.forwarding:
            raise MediaUnavailable

        had_effects: list[ParticipantId] = []

        def change(room: Room, me: ParticipantId) -> Sequence[Event]:
            had_effects.extend(p.id for p in room.participants.values() if p.effects)
            return room.update(me, title=request.title, media=media, now=time.time())

        room = await self._change(client, change)
        for person in had_effects if room.media is MediaPolicy.PRIVATE else ():
            await self._effects.tell_owner(room, person)
        await accept(respond, RoomChanged(room=room_info(room)))

    # From peer to peer

    async def _send_description(
        self, client: Client, request: SendDescription, respond: Respond
    ) -> None:
        me, target = await self._peers(client, request.to, request.to_generation)
        client.candidates_sent[ParticipantId(request.to)] = count_candidates(
            request.sdp.splitlines()
        )
        fact = DescriptionSentFact(
            sender=me.id, generation=me.generation, type=request.type, sdp=request.sdp
        )
        await target.send(encode_event(fact.event, fact.dump()))
        await accept(respond)

    async def _send_candidates(
        self, client: Client, request: SendCandidates, respond: Respond
    ) -> None:
        me, target = await self._peers(client, request.to, request.to_generation)
        to = ParticipantId(request.to)
        sent = client.candidates_sent.get(to, 0) + len(request.candidates)
        if sent > MAX_CANDIDATES:
            raise TooManyCandidates
        client.candidates_sent[to] = sent
        fact = CandidatesSentFact(
            sender=me.id, generation=me.generation, candidates=request.candidates
        )
        await target.send(encode_event(fact.event, fact.dump()))
        await accept(respond)

    async def _peers(self, client: Client, to: str, generation: int) -> tuple[Participant, Client]:
        member = client.place
        room = await self._store.get(member.room_id)
        me = room.participant(member.participant_id)
        peer = room.reachable(me.id, ParticipantId(to), generation)
        target = self._presence.client(room.id, peer.id)
        if target is None:
            raise PeerAway  # it is coming or going at this moment
        for gone in client.candidates_sent.keys() - room.participants.keys():
            del client.candidates_sent[gone]
        return me, target

    # Chat

    async def _send_chat(self, client: Client, request: SendChat, respond: Respond) -> None:
        stored: list[ChatMessage] = []

        def say(room: Room, me: ParticipantId) -> Sequence[Event]:
            events = room.say(me, request.client_id, request.text, time.time())
            stored.extend(event.message for event in events if isinstance(event, ChatSent))
            return events

        try:
            await self._change(client, say)
        except DuplicateMessage as duplicate:
            stored = [duplicate.stored]
        await accept(respond, ChatStored(message=chat_shape(stored[0])))

    async def _fetch_chat(self, client: Client, request: FetchChat, respond: Respond) -> None:
        found, more = await self._store.chat(
            client.place.room_id,
            before=request.before,
            after=request.after,
            limit=request.limit,
        )
        messages = _that_fit(found, oldest_first=request.after is not None)
        more = more or len(messages) < len(found)
        await accept(respond, ChatPage(messages=[chat_shape(m) for m in messages], more=more))

    # Shared

    async def _change(
        self, client: Client, change: Callable[[Room, ParticipantId], Sequence[Event]]
    ) -> Room:
        member = client.place
        return await self._changes.make(
            member.room_id, lambda room: change(room, member.participant_id)
        )

    async def _snapshot(self, room: Room, member: Member) -> Snapshot:
        me = room.participant(member.participant_id)
        found, more = await self._store.chat(room.id, limit=SNAPSHOT_CHAT)
        messages = _that_fit(found, oldest_first=False)
        return Snapshot(
            self_id=me.id,
            room=room_info(room),
            participants=participant_shapes(room, time.time()),
            permissions=sorted(me.permissions),
            ice_servers=self._ice_servers(me),
            token=self._sign(room, me),
            resume_grace_s=self._config.resume_grace_s,
            seq=room.seq,
            chat=[chat_shape(message) for message in messages],
            chat_more=more or len(messages) < len(found),
            forwarding=self._changes.limits.forwarding,
            effects=effects_shape(me.effects),
        )

    def _missed(self, room: Room, member: Member, missed: list[Fact]) -> Missed:
        me = room.participant(member.participant_id)
        return Missed(
            facts=[{"name": fact.event, "data": fact.dump()} for fact in missed],
            permissions=sorted(me.permissions),
            ice_servers=self._ice_servers(me),
            token=self._sign(room, me),
            resume_grace_s=self._config.resume_grace_s,
            seq=room.seq,
            forwarding=self._changes.limits.forwarding,
            effects=effects_shape(me.effects),
        )

    def _ice_servers(self, participant: Participant) -> list[dict[str, Any]]:
        return ice_servers(self._config, participant.id, int(time.time()))

    def _sign(self, room: Room, participant: Participant) -> str:
        claims = Claims(room.id, participant.id, participant.token_serial)
        return self._tokens.sign(claims, time.time())


def _that_fit(messages: list[ChatMessage], *, oldest_first: bool) -> list[ChatMessage]:
    """As many as fit into one answer, from the end that was asked for; always one."""
    kept: list[ChatMessage] = []
    characters = 0
    for message in messages if oldest_first else reversed(messages):
        characters += len(message.text)
        if kept and characters > MAX_PAGE_CHARACTERS:
            break
        kept.append(message)
    return kept if oldest_first else kept[::-1]


def _tracks(requested: Sequence[TrackRequest]) -> list[Track]:
    return [Track(Source(track.source), track.muted) for track in requested]
