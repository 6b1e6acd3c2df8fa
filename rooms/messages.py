"""The wire: one model per request, fact and answer, as `docs/protocol.md` documents them."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationError, model_validator

from rooms.errors import InvalidMessage, TooLarge, TooManyCandidates, UnknownEvent
from rooms.shapes import (
    MAX_MEDIA_SECTIONS,
    Candidate,
    ChatMessageShape,
    ChatText,
    Id,
    Name,
    ParticipantShape,
    RoomInfo,
    Seq,
    SourceName,
    Title,
    TrackRequest,
    TrackShape,
    Wire,
)

MAX_SDP_BYTES = 65_536
MAX_CANDIDATES = 30
MAX_CHAT_PAGE = 200


class Request(Wire):
    """A request of a client; `event` is its name on the wire."""

    event: ClassVar[str]


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
    sdp: Annotated[str, Field(min_length=1)]


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
    def one_direction(self) -> "FetchChat":
        if self.before is not None and self.after is not None:
            raise ValueError("before and after exclude each other")
        return self


class UpdateRoom(Request):
    event = "update-room"
    title: Title


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
    )
}


# Facts


class Fact(Wire):
    """Something that happened; `event` is its name on the wire."""

    event: ClassVar[str]


class ParticipantJoinedFact(Fact):
    event = "participant-joined"
    seq: int
    participant: ParticipantShape


class ParticipantLeftFact(Fact):
    event = "participant-left"
    seq: int
    participant_id: str
    reason: Literal["left", "timed-out"]


class ParticipantAwayFact(Fact):
    event = "participant-away"
    seq: int
    participant_id: str


class ParticipantReturnedFact(Fact):
    event = "participant-returned"
    seq: int
    participant: ParticipantShape


class TrackChangedFact(Fact):
    event = "track-changed"
    seq: int
    participant_id: str
    track: TrackShape


class TrackRemovedFact(Fact):
    event = "track-removed"
    seq: int
    participant_id: str
    source: SourceName


class ChatSentFact(Fact):
    event = "chat-sent"
    seq: int
    message: ChatMessageShape


class RoomUpdatedFact(Fact):
    event = "room-updated"
    seq: int
    room: RoomInfo


class DescriptionSentFact(Fact):
    event = "description-sent"
    sender: str = Field(serialization_alias="from")
    generation: int
    type: Literal["offer", "answer"]
    sdp: str


class CandidatesSentFact(Fact):
    event = "candidates-sent"
    sender: str = Field(serialization_alias="from")
    generation: int
    candidates: list[Candidate]


class TokenRenewedFact(Fact):
    event = "token-renewed"
    token: str
    ice_servers: list[dict[str, Any]]


class SessionEndedFact(Fact):
    event = "session-ended"
    code: Literal["superseded", "flooding", "too-many-invalid", "not-joined-in-time"]
    message: str


FACTS: dict[str, type[Fact]] = {
    model.event: model
    for model in (
        ParticipantJoinedFact,
        ParticipantLeftFact,
        ParticipantAwayFact,
        ParticipantReturnedFact,
        TrackChangedFact,
        TrackRemovedFact,
        ChatSentFact,
        RoomUpdatedFact,
        DescriptionSentFact,
        CandidatesSentFact,
        TokenRenewedFact,
        SessionEndedFact,
    )
}


# Answers


class Snapshot(Wire):
    """The answer to `join`, and to a `resume` that needs the whole room."""

    kind: Literal["snapshot"] = "snapshot"
    self_id: str = Field(serialization_alias="self")
    room: RoomInfo
    participants: list[ParticipantShape]
    permissions: list[str]
    ice_servers: list[dict[str, Any]]
    token: str
    resume_grace_s: float
    seq: int
    chat: list[ChatMessageShape]
    chat_more: bool


class Missed(Wire):
    """The answer to a `resume` that needs only the facts since `since`."""

    kind: Literal["missed"] = "missed"
    facts: list[dict[str, Any]]
    permissions: list[str]
    ice_servers: list[dict[str, Any]]
    token: str
    resume_grace_s: float
    seq: int


class ChatStored(Wire):
    message: ChatMessageShape


class ChatPage(Wire):
    messages: list[ChatMessageShape]
    more: bool


class RoomChanged(Wire):
    room: RoomInfo


def parse_request(event: str, data: object) -> Request:
    """Read a request.

    Args:
        event: its name on the wire.
        data: what JSON made of its one argument.

    Raises:
        UnknownEvent: there is no request with this name; reserved names are among those.
        TooLarge, TooManyCandidates: a limit of WebRTC signalling is passed.
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
    elif isinstance(request, SendCandidates) and len(request.candidates) > MAX_CANDIDATES:
        raise TooManyCandidates
    return request


def check_sdp(sdp: str) -> None:
    """Refuse an SDP that no browser needs to send.

    Raises:
        TooLarge: over 65,536 bytes of UTF-8 or 16 m-lines.
        TooManyCandidates: over 30 candidate lines.
    """
    lines = sdp.splitlines()
    if len(sdp.encode()) > MAX_SDP_BYTES:
        raise TooLarge
    if sum(line.startswith("m=") for line in lines) > MAX_MEDIA_SECTIONS:
        raise TooLarge
    if count_candidates(lines) > MAX_CANDIDATES:
        raise TooManyCandidates


def count_candidates(lines: list[str]) -> int:
    """How many distinct candidates there are; a bundled SDP repeats the same one per m-line."""
    return len({line for line in lines if line.startswith("a=candidate:")})


def _explain(error: ValidationError) -> str:
    """The first thing that is wrong, without what the client sent."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "message"
    return f"{where[:80]}: {first['msg'].removeprefix('Value error, ')[:200]}."
