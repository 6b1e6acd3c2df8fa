"""What clients ask: one model per request, as `docs/protocol.md` documents them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from rooms.effect_shapes import EffectRequest, FilterName
from rooms.errors import InvalidMessage, TooManyCandidates, UnknownEvent
from rooms.sdp import BETWEEN_BROWSERS, MAX_CANDIDATES, SUBSCRIPTION, SdpLimits, check_sdp
from rooms.shapes import (
    Candidate,
    ChatText,
    Id,
    MediaPolicyName,
    Name,
    PublishedTrack,
    RouteName,
    Seq,
    SourceName,
    Tile,
    Title,
    TrackRequest,
    Wire,
)

MAX_CHAT_PAGE = 200
MAX_TILES = 64
MAX_LISTED_EFFECTS = 64
"""In a request; a chain has fewer, and one that is longer is refused with a code of its own."""
MAX_TRIED_FILTERS = 6
MAX_TRIED_CHARACTERS = 24_000
MAX_PICTURE_CHARACTERS = 196_608
NEGOTIATION_COST = 4
"""The server makes or changes a peer connection for it, as often as a client asks."""

Sdp = Annotated[str, Field(min_length=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Chain = Annotated[list[EffectRequest], Field(max_length=MAX_LISTED_EFFECTS)]
Codec = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]


class Request(Wire):
    """A request of a client; `event` is its name on the wire.

    Attributes:
        cost: how much it counts of what a client may send, its size apart.
    """

    event: ClassVar[str]
    cost: ClassVar[int] = 1


class Join(Request):
    event = "join"
    room: Id
    name: Name
    host_key: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    tracks: list[TrackRequest] = Field(default_factory=list, max_length=8)


class Resume(Request):
    event = "resume"
    token: Annotated[str, Field(min_length=1, max_length=2048)]
    since: Seq
    fresh: bool
    tracks: Annotated[list[TrackRequest], Field(max_length=8)] | None = None


class Leave(Request):
    event = "leave"


class PageClosing(Request):
    event = "page-closing"


class SetTrack(Request):
    event = "set-track"
    source: SourceName
    muted: bool


class RemoveTrack(Request):
    event = "remove-track"
    source: SourceName


class SendDescription(Request):
    event = "send-description"
    to: Id
    to_generation: Seq
    type: Literal["offer", "answer"]
    sdp: Sdp


class SendCandidates(Request):
    event = "send-candidates"
    to: Id
    to_generation: Seq
    candidates: Annotated[list[Candidate], Field(min_length=1)]


class SendChat(Request):
    event = "send-chat"
    client_id: Id
    text: ChatText


class FetchChat(Request):
    event = "fetch-chat"
    before: Seq | None = None
    after: Seq | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_CHAT_PAGE)] = 100

    @model_validator(mode="after")
    def one_direction(self) -> Self:
        if self.before is not None and self.after is not None:
            raise ValueError("before and after exclude each other")
        return self


class UpdateRoom(Request):
    event = "update-room"
    title: Title | None = None
    media: MediaPolicyName | None = None

    @model_validator(mode="after")
    def something(self) -> Self:
        if self.title is None and self.media is None:
            raise ValueError("title or media must be given")
        return self


class MediaSdp(Request):
    """A request with a session description for the server itself."""

    limits: ClassVar[SdpLimits]
    session: Id
    sdp: Sdp


class Publish(MediaSdp):
    event = "publish"
    cost = NEGOTIATION_COST
    limits = BETWEEN_BROWSERS
    tracks: Annotated[list[PublishedTrack], Field(max_length=8)]

    @model_validator(mode="after")
    def one_of_each(self) -> Self:
        mids, sources = {t.mid for t in self.tracks}, {t.source for t in self.tracks}
        if not len(mids) == len(sources) == len(self.tracks):
            raise ValueError("tracks must have different mids and sources")
        return self


class Unpublish(Request):
    event = "unpublish"
    session: Id


class Subscribe(Request):
    event = "subscribe"
    cost = NEGOTIATION_COST
    session: Id
    codecs: Annotated[list[Codec], Field(max_length=16)]


class AnswerSubscription(MediaSdp):
    event = "answer-subscription"
    limits = SUBSCRIPTION
    number: Seq


class Unsubscribe(Request):
    event = "unsubscribe"
    session: Id


class SetView(Request):
    event = "set-view"
    tiles: Annotated[list[Tile], Field(max_length=MAX_TILES)]


class PathTaken(Request):
    event = "path-taken"
    participant_id: Id
    route: RouteName


class ReportUnreachable(Request):
    event = "report-unreachable"
    participant_id: Id


class SetEffects(Request):
    event = "set-effects"
    video: Chain
    audio: Chain
    shown: bool


class ListFilters(Request):
    event = "list-filters"


class TryFilters(Request):
    """`image` is a JPEG in base64."""

    event = "try-filters"
    image: Annotated[str, Field(min_length=1, max_length=MAX_TRIED_CHARACTERS)]
    filters: Annotated[list[FilterName], Field(min_length=1, max_length=MAX_TRIED_FILTERS)]


class AddPicture(Request):
    """`data` is a PNG, JPEG or WebP in base64."""

    event = "add-picture"
    data: Annotated[str, Field(min_length=1, max_length=MAX_PICTURE_CHARACTERS)]


class SetGain(Request):
    event = "set-gain"
    participant_id: Id
    gain_db: Finite


class RaiseHand(Request):
    event = "raise-hand"
    raised: bool


REQUESTS: dict[str, type[Request]] = {
    model.event: model
    for model in (
        Join,
        Resume,
        Leave,
        PageClosing,
        SetTrack,
        RemoveTrack,
        SendDescription,
        SendCandidates,
        SendChat,
        FetchChat,
        UpdateRoom,
        Publish,
        Unpublish,
        Subscribe,
        AnswerSubscription,
        Unsubscribe,
        SetView,
        PathTaken,
        ReportUnreachable,
        SetEffects,
        ListFilters,
        TryFilters,
        AddPicture,
        SetGain,
        RaiseHand,
    )
}


def parse_request(event: str, data: object) -> Request:
    """Read a request.

    Args:
        event: its name on the wire.
        data: what JSON made of its one argument.

    Raises:
        UnknownEvent: there is no request with this name; reserved names are among those.
        TooLarge, TooManyCandidates: a session description is over its limits.
        InvalidMessage: anything else that the protocol page does not allow.
    """
    model = REQUESTS.get(event)
    if model is None:
        raise UnknownEvent
    if not isinstance(data, Mapping):
        raise InvalidMessage("The message must be one JSON object.")
    try:
        request = model.model_validate(data)
    except ValidationError as error:
        raise InvalidMessage(_explain(error)) from None
    except RecursionError:
        raise InvalidMessage("The message is nested too deeply.") from None
    if isinstance(request, SendDescription):
        check_sdp(request.sdp)
    elif isinstance(request, MediaSdp):
        check_sdp(request.sdp, request.limits)
    elif isinstance(request, SendCandidates) and len(request.candidates) > MAX_CANDIDATES:
        raise TooManyCandidates
    return request


def _explain(error: ValidationError) -> str:
    """The first thing that is wrong, without what the client sent."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "message"
    return f"{where[:80]}: {first['msg'].removeprefix('Value error, ')[:200]}."
