"""What the requests about media through the server do, by way of the media plane."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Final, TypeVar

from rooms.errors import Busy, MediaUnavailable, NoSuchParticipant, PrivateRoom
from rooms.ids import ParticipantId
from rooms.messages import PathTakenFact, Published
from rooms.participant import Source
from rooms.permissions import Permission
from rooms.requests import (
    AnswerSubscription,
    PathTaken,
    Publish,
    ReportUnreachable,
    Request,
    SetView,
    Subscribe,
    Unpublish,
    Unsubscribe,
)
from rooms.topology import MediaPolicy, Route
from server.signalling.changes import Changes
from server.signalling.client import Client, Handler, accept
from server.signalling.media import MediaPlane
from server.signalling.presence import Presence
from server.signalling.socket import Respond
from server.store import RoomStore

BUSY_RETRY_S: Final = 5.0
MEDIA_WITHIN_S: Final = 5.0
"""How long the media plane may take for one request; the client's next ones wait meanwhile."""

T = TypeVar("T")


class MediaHandlers:
    """Carries out the requests about media; `table` says which. Without media, refuses them all."""

    def __init__(
        self, store: RoomStore, presence: Presence, changes: Changes, media: MediaPlane | None
    ) -> None:
        self._store = store
        self._presence = presence
        self._changes = changes
        self._plane = media
        self.table: dict[type[Request], Handler] = {
            Publish: self._publish,
            Unpublish: self._unpublish,
            Subscribe: self._subscribe,
            AnswerSubscription: self._answer,
            Unsubscribe: self._unsubscribe,
            SetView: self._set_view,
            PathTaken: self._path_taken,
            ReportUnreachable: self._report_unreachable,
        }

    def refuse_when_busy(self) -> None:
        """Raises Busy: the calls that run need all there is."""
        if self._plane is not None and self._plane.busy:
            raise Busy(retry_after_s=BUSY_RETRY_S)

    @property
    def _media(self) -> MediaPlane:
        if self._plane is None:
            raise MediaUnavailable
        return self._plane

    async def _publish(self, client: Client, request: Publish, respond: Respond) -> None:
        media, me = self._media, client.place
        room = await self._store.get(me.room_id)
        room.permitted(me.participant_id, Permission.PUBLISH)
        if room.media is MediaPolicy.PRIVATE:
            raise PrivateRoom
        tracks = {track.mid: Source(track.source) for track in request.tracks}
        sdp = await _in_time(
            media.publish(me.room_id, me.participant_id, request.session, request.sdp, tracks)
        )
        await accept(respond, Published(sdp=sdp))

    async def _unpublish(self, client: Client, request: Unpublish, respond: Respond) -> None:
        media, me = self._media, client.place
        await _in_time(media.unpublish(me.room_id, me.participant_id, request.session))
        await accept(respond)

    async def _subscribe(self, client: Client, request: Subscribe, respond: Respond) -> None:
        media, me = self._media, client.place
        if (await self._store.get(me.room_id)).media is MediaPolicy.PRIVATE:
            raise PrivateRoom
        await _in_time(
            media.subscribe(me.room_id, me.participant_id, request.session, request.codecs)
        )
        await accept(respond)

    async def _answer(self, client: Client, request: AnswerSubscription, respond: Respond) -> None:
        media, me = self._media, client.place
        await _in_time(
            media.answer(
                me.room_id, me.participant_id, request.session, request.number, request.sdp
            )
        )
        await accept(respond)

    async def _unsubscribe(self, client: Client, request: Unsubscribe, respond: Respond) -> None:
        media, me = self._media, client.place
        await _in_time(media.unsubscribe(me.room_id, me.participant_id, request.session))
        await accept(respond)

    async def _set_view(self, client: Client, request: SetView, respond: Respond) -> None:
        media, me = self._media, client.place
        tiles = {ParticipantId(t.participant_id): (t.width, t.height) for t in request.tiles}
        media.set_view(me.room_id, me.participant_id, tiles)
        await accept(respond)

    async def _path_taken(self, client: Client, request: PathTaken, respond: Respond) -> None:
        """The publisher learns it as well: it stops sending the other way."""
        media, me = self._media, client.place
        room = await self._store.get(me.room_id)
        publisher = room.participant(ParticipantId(request.participant_id)).id
        if publisher == me.participant_id:
            raise NoSuchParticipant
        media.path_taken(me.room_id, me.participant_id, publisher, Route(request.route))
        fact = PathTakenFact(participant_id=me.participant_id, route=request.route)
        await self._presence.tell_one(me.room_id, publisher, fact)
        await accept(respond)

    async def _report_unreachable(
        self, client: Client, request: ReportUnreachable, respond: Respond
    ) -> None:
        if self._plane is None:
            raise MediaUnavailable
        me, other = client.place, ParticipantId(request.participant_id)
        await self._changes.make(
            me.room_id,
            lambda room: room.report_unreachable(me.participant_id, other, time.time()),
        )
        await accept(respond)


async def _in_time(work: Awaitable[T]) -> T:
    """Wait for the media plane, and no longer than a page can.

    Raises:
        Busy: it took too long.
    """
    try:
        async with asyncio.timeout(MEDIA_WITHIN_S):
            return await work
    except TimeoutError:
        raise Busy(retry_after_s=BUSY_RETRY_S) from None
