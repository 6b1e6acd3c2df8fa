"""What the requests about effects, gains and hands do."""

import asyncio
import base64
import contextlib
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from rooms.effect_shapes import EffectRequest
from rooms.effects import Effect, Effects, FilterInfo
from rooms.errors import (
    Busy,
    InvalidEffect,
    InvalidPicture,
    MediaUnavailable,
    NoSuchParticipant,
    PrivateRoom,
    RoomNotFound,
    UnknownFilter,
)
from rooms.events import Event
from rooms.ids import ParticipantId, RoomId
from rooms.messages import (
    EffectsSetFact,
    EffectsTaken,
    FilterList,
    FilterPictures,
    FiltersChangedFact,
    PictureAdded,
)
from rooms.participant import Kind
from rooms.permissions import Permission
from rooms.requests import (
    AddPicture,
    ListFilters,
    RaiseHand,
    Request,
    SetEffects,
    SetGain,
    TryFilters,
)
from rooms.room import Room
from rooms.topology import MediaPolicy
from rooms.wire import effects_shape, filter_shape
from server.signalling.catalogue import FilterCatalogue
from server.signalling.changes import Changes
from server.signalling.client import Client, Handler, accept
from server.signalling.presence import Presence
from server.signalling.socket import Respond
from server.store import RoomStore

TRY_WITHIN_S: Final = 3.0
"""How long pictures of filters may take; a page asks for new ones sooner."""
TRY_AGAIN_S: Final = 1.0
CHANGES_APART_S: Final = 0.25
"""How far apart pages are told of changed filters, at the least."""

log = structlog.get_logger()


class EffectHandlers:
    """Carries out the requests about effects; `table` says which.

    Args:
        store: keeps the rooms.
        presence: tells pages.
        changes: changes rooms.
        catalogue: the filters; without them, what needs one is refused.
    """

    def __init__(
        self,
        store: RoomStore,
        presence: Presence,
        changes: Changes,
        catalogue: FilterCatalogue | None,
    ) -> None:
        self._store = store
        self._presence = presence
        self._changes = changes
        self._filters = catalogue
        self._changed = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self.table: dict[type[Request], Handler] = {
            SetEffects: self._set_effects,
            ListFilters: self._list_filters,
            TryFilters: self._try_filters,
            AddPicture: self._add_picture,
            SetGain: self._set_gain,
            RaiseHand: self._raise_hand,
        }

    @property
    def available(self) -> bool:
        """Whether this server has effects at all."""
        return self._filters is not None

    def start(self) -> None:
        """Begin to follow changes of the filters."""
        if self._filters is not None:
            self._filters.on_changed = self._changed.set
            self._watcher = asyncio.create_task(self._watch(), name="filters-changed")

    async def close(self) -> None:
        if self._filters is not None:
            self._filters.on_changed = None
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher

    async def drop(self, room_id: RoomId, participant_id: ParticipantId, effect_id: str) -> None:
        """Take an effect from somebody and say so; nothing happens when either is gone."""

        def change(room: Room) -> Sequence[Event]:
            return room.drop_effect(participant_id, effect_id, time.time())

        with contextlib.suppress(RoomNotFound, NoSuchParticipant):
            await self.tell_owner(await self._changes.make(room_id, change), participant_id)

    async def tell_owner(self, room: Room, participant_id: ParticipantId) -> None:
        """Tell somebody which effects they have now. Right after `make`, this is in order."""
        effects = effects_shape(room.participant(participant_id).effects)
        await self._presence.tell_one(room.id, participant_id, EffectsSetFact(effects=effects))

    # Effects

    async def _set_effects(self, client: Client, request: SetEffects, respond: Respond) -> None:
        me = client.place
        if request.video or request.audio:
            await self._catalogue_for(client)
        before = (await self._store.get(me.room_id)).participant(me.participant_id).effects
        effects = Effects(
            self._chain(request.video, Kind.VIDEO, before.video),
            self._chain(request.audio, Kind.AUDIO, before.audio),
            request.shown,
        )
        room = await self._changes.make(
            me.room_id,
            lambda draft: draft.set_effects(me.participant_id, effects, time.time()),
            lazily=effects.differs_in_parameters_only(before),
        )
        now = room.participant(me.participant_id).effects
        await accept(respond, EffectsTaken(effects=effects_shape(now)))

    def _chain(
        self, requested: Sequence[EffectRequest], kind: Kind, before: Sequence[Effect]
    ) -> tuple[Effect, ...]:
        had = {effect.id: effect for effect in before}
        return tuple(self._effect(effect, kind, had.get(effect.id)) for effect in requested)

    def _effect(self, requested: EffectRequest, kind: Kind, before: Effect | None) -> Effect:
        """The effect that was asked for.

        What somebody has already does not stand in the way of what else they change, although its
        filter is gone or has other parameters by now.

        Raises:
            UnknownFilter, InvalidEffect: it cannot be had.
        """
        same = before is not None and _is_wanted_as_it_is(before, requested)
        info = self._usable(requested.filter)
        if before is not None and same:
            return before if info is None else _of_now(before, info)
        if info is None:
            raise UnknownFilter
        if info.kind is not kind:
            raise InvalidEffect(f"{info.title} is a filter for {info.kind}.")
        params = info.checked(requested.params)
        return Effect(requested.id, info.name, info.title, params, info.private)

    # Filters and pictures

    async def _list_filters(self, client: Client, request: ListFilters, respond: Respond) -> None:
        me = client.place
        person = (await self._store.get(me.room_id)).participant(me.participant_id)
        known = self._catalogue.filters
        if Permission.MANAGE_ROOM not in person.permissions:
            known = [replace(info, error=None) for info in known]
        await accept(respond, FilterList(filters=[filter_shape(info) for info in known]))

    async def _try_filters(self, client: Client, request: TryFilters, respond: Respond) -> None:
        catalogue, owner = await self._catalogue_for(client), client.place.participant_id
        image = _from_base64(request.image)
        names = [name for name in dict.fromkeys(request.filters) if self._makes_pictures(name)]

        async def pictures() -> FilterPictures:
            made = await _in_time(catalogue.try_filters(owner, image, names)) if names else {}
            texts = {name: base64.b64encode(jpeg).decode() for name, jpeg in made.items()}
            return FilterPictures(pictures=texts)

        client.answer_aside(request, pictures, respond)

    async def _add_picture(self, client: Client, request: AddPicture, respond: Respond) -> None:
        catalogue = await self._catalogue_for(client)
        data, rooms = _from_base64(request.data), await self._store.rooms()
        people = (person for room in rooms for person in room.participants.values())
        used = {text for person in people for text in person.effects.texts}
        picture = catalogue.add_picture(client.place.participant_id, data, used)
        await accept(respond, PictureAdded(picture=picture))

    # Gains and hands

    async def _set_gain(self, client: Client, request: SetGain, respond: Respond) -> None:
        me, target, gain_db = client.place, ParticipantId(request.participant_id), request.gain_db

        def change(room: Room) -> Sequence[Event]:
            events = room.set_gain(me.participant_id, target, gain_db, time.time())
            if gain_db and self._filters is None:
                raise MediaUnavailable
            return events

        await self._changes.make(me.room_id, change)
        await accept(respond)

    async def _raise_hand(self, client: Client, request: RaiseHand, respond: Respond) -> None:
        me = client.place
        await self._changes.make(
            me.room_id,
            lambda room: room.raise_hand(me.participant_id, request.raised, time.time()),
        )
        await accept(respond)

    # The catalogue

    @property
    def _catalogue(self) -> FilterCatalogue:
        if self._filters is None:
            raise MediaUnavailable("This server has no effects.")
        return self._filters

    async def _catalogue_for(self, client: Client) -> FilterCatalogue:
        """The filters, for somebody who may use them.

        Raises:
            NotPermitted, PrivateRoom, MediaUnavailable: they may not, or there are none.
        """
        room = await self._store.get(client.place.room_id)
        room.permitted(client.place.participant_id, Permission.USE_EFFECTS)
        if room.media is MediaPolicy.PRIVATE:
            raise PrivateRoom
        return self._catalogue

    def _usable(self, name: str) -> FilterInfo | None:
        try:
            info = self._catalogue.find(name)
        except UnknownFilter:
            return None
        return None if info.broken else info

    def _makes_pictures(self, name: str) -> bool:
        info = self._usable(name)
        return info is not None and info.kind is Kind.VIDEO

    async def _watch(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._refresh()
                await self._presence.tell_all(FiltersChangedFact())
            except Exception:
                # The boundary of one change: the next is told anyway.
                log.exception("filters-change-not-told")
            await asyncio.sleep(CHANGES_APART_S)

    async def _refresh(self) -> None:
        """Let effects be what their filters are now: one that hides something from now on does."""
        for room in await self._store.rooms():
            for person in room.participants.values():
                if person.effects and self._refreshed(person.effects) != person.effects:
                    await self._refresh_one(room.id, person.id)

    async def _refresh_one(self, room_id: RoomId, participant_id: ParticipantId) -> None:
        def change(room: Room) -> Sequence[Event]:
            effects = self._refreshed(room.participant(participant_id).effects)
            if not effects:
                return []  # they have ended meanwhile, which is no choice of their owner
            return room.set_effects(participant_id, effects, time.time())

        with contextlib.suppress(RoomNotFound, NoSuchParticipant):
            await self.tell_owner(await self._changes.make(room_id, change), participant_id)

    def _refreshed(self, effects: Effects) -> Effects:
        def chain(before: tuple[Effect, ...]) -> tuple[Effect, ...]:
            found = ((effect, self._usable(effect.filter)) for effect in before)
            return tuple(_of_now(e, info) if info else e for e, info in found)

        return Effects(chain(effects.video), chain(effects.audio), effects.shown)


def _is_wanted_as_it_is(effect: Effect, requested: EffectRequest) -> bool:
    return effect.filter == requested.filter and dict(effect.params) == requested.params


def _of_now(effect: Effect, info: FilterInfo) -> Effect:
    """The effect as its filter describes itself now."""
    return replace(effect, title=info.title, private=info.private)


def _from_base64(text: str) -> bytes:
    """Raises InvalidPicture: it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise InvalidPicture from None


async def _in_time(pictures: Awaitable[Mapping[str, bytes]]) -> Mapping[str, bytes]:
    """Raises Busy: it took too long."""
    try:
        async with asyncio.timeout(TRY_WITHIN_S):
            return await pictures
    except TimeoutError:
        raise Busy(retry_after_s=TRY_AGAIN_S) from None
