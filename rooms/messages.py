"""The wire: one model per request and per fact, as `docs/protocol.md` documents them.

Models are strict (no coercion) and closed (an unknown field is an error), so that what a handler
gets is exactly what the page documents.
"""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from rooms.errors import InvalidMessage, TooLarge, TooManyCandidates, UnknownEvent

MAX_SDP_BYTES = 65_536
MAX_MEDIA_SECTIONS = 16
MAX_CANDIDATES = 30
MAX_CHAT_PAGE = 200

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _line(value: str) -> str:
    """One line of text for people: no control or direction characters, no surrounding space."""
    value = _text(value.strip())
    if "\n" in value or "\t" in value:
        raise ValueError("must be one line")
    if not value:
        raise ValueError("must not be empty")
    return value


def _text(value: str) -> str:
    """Text for people: newline and tab are the only control characters."""
    for character in value:
        if unicodedata.category(character) == "Cc" and character not in "\n\t":
            raise ValueError("must not contain control characters")
        if character in _BIDI_CONTROLS:
            raise ValueError("must not contain direction controls")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_line)]
Title = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_line)]
ChatText = Annotated[
    str, Field(min_length=1, max_length=4000), AfterValidator(_text), AfterValidator(_not_blank)
]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Seq = Annotated[int, Field(ge=0, le=2**53)]
SourceName = Literal["microphone", "camera"]


class Wire(BaseModel):
    """Anything that crosses the socket."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def dump(self) -> dict[str, Any]:
        """The JSON object that goes over the wire."""
        return self.model_dump(mode="json", by_alias=True)


# Shapes


class TrackRequest(Wire):
    source: SourceName
    muted: bool


class TrackShape(Wire):
    source: SourceName
    kind: Literal["audio", "video"]
    muted: bool


class ParticipantShape(Wire):
    id: str
    name: str
    role: Literal["host", "speaker"]
    generation: int
    presence: Literal["here", "reconnecting"]
    away_s: float
    joined_at: int
    route: Literal["direct"]
    tracks: list[TrackShape]


class RoomInfo(Wire):
    id: str
    title: str
    capacity: int


class ChatMessageShape(Wire):
    seq: int
    client_id: str
    sender: str = Field(serialization_alias="from")
    name: str
    text: str
    sent_at: int


class Candidate(Wire):
    """`RTCIceCandidateInit` of W3C WebRTC, section 4.8.1.1."""

    candidate: Annotated[str, Field(max_length=1024)]
    sdpMid: Annotated[str, Field(max_length=64)] | None = None
    sdpMLineIndex: Annotated[int, Field(ge=0, lt=MAX_MEDIA_SECTIONS)] | None = None
    usernameFragment: Annotated[str, Field(max_length=256)] | None = None


# Requests


class Request(Wire):
    """A request of a client; `event` is its name on the wire."""

    event: ClassVar[str]


class Join(Request):
    event = "join"
    room: Id
    name: Name
    host_key: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    tracks: Annotated[list[TrackRequest], Field(max_length=8)] = []


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


class SessionEndedFact(Fact):
    event = "session-ended"
    code: Literal["superseded", "flooding", "too-many-invalid", "too-slow", "not-joined-in-time"]
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
