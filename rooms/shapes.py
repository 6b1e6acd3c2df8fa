"""What wire messages are made of: checked kinds of text and number, and the shapes they share.

Models are strict (no coercion) and closed (an unknown field is an error), so that what a handler
gets is exactly what docs/protocol.md says.
"""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_MEDIA_SECTIONS = 16

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
