"""What signalling needs of the part of the server that forwards media."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from rooms.events import Event
from rooms.ids import ParticipantId, RoomId
from rooms.messages import Fact
from rooms.participant import Source
from rooms.room import Room
from rooms.topology import Route

TellOne = Callable[[RoomId, ParticipantId, Fact], Awaitable[None]]
"""Sends a fact to one participant's page; nothing happens when that one is away."""

DropEffect = Callable[[RoomId, ParticipantId, str], Awaitable[None]]
"""Takes an effect, by its id, from a participant; nothing happens when either is gone."""


class MediaPlane(Protocol):
    """Two peer connections a participant, one to publish and one to subscribe.

    A `session` names one of them; the page chooses it, a new one is a new peer connection. What
    raises a RoomError is answered with it.
    """

    def connect(self, tell: TellOne, drop_effect: DropEffect) -> None:
        """Say how facts reach one page and how effects end. Called once, before everything else."""

    def apply(self, room: Room, events: Sequence[Event]) -> None:
        """Follow a room, in the order of its changes. Must not raise and must not block.

        Some changes are no events: a parameter of an effect, for one.
        """

    async def publish(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        session: str,
        sdp: str,
        tracks: Mapping[str, Source],
    ) -> str:
        """Answer an offer.

        Args:
            room_id: the room.
            participant_id: who publishes.
            session: the peer connection, new or to be renegotiated.
            sdp: the offer.
            tracks: what each m-line carries, by its mid.

        Returns:
            The SDP answer.

        Raises:
            InvalidSdp, TooManyStreams, Busy: it is not to be had.
        """

    async def unpublish(
        self, room_id: RoomId, participant_id: ParticipantId, session: str
    ) -> None: ...

    async def subscribe(
        self, room_id: RoomId, participant_id: ParticipantId, session: str, codecs: Sequence[str]
    ) -> None:
        """A page is ready for `subscription-offered`; `codecs` are those it decodes."""

    async def answer(
        self, room_id: RoomId, participant_id: ParticipantId, session: str, number: int, sdp: str
    ) -> None:
        """The page's answer to offer `number` of a subscription."""

    async def unsubscribe(
        self, room_id: RoomId, participant_id: ParticipantId, session: str
    ) -> None: ...

    def set_view(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        tiles: Mapping[ParticipantId, tuple[int, int]],
    ) -> None:
        """How wide and high a page shows others, in pixels; who is not listed is hidden."""

    def path_taken(
        self,
        room_id: RoomId,
        participant_id: ParticipantId,
        publisher: ParticipantId,
        route: Route,
    ) -> None:
        """A page plays a publisher by this route now and has let go of the other."""

    @property
    def busy(self) -> bool:
        """Whether nobody more should come in just now."""
