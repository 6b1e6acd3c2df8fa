"""What wire messages are made of: checked kinds of text and number, and the shapes they share.

Models are strict (no coercion) and closed (an unknown field is an error), so that what a handler
gets is exactly what docs/protocol.md says.
"""

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_MEDIA_SECTIONS = 16
MAX_PIXELS = 16_384

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# They print nothing and join nothing: with them two names differ that look the same. The zero width
# joiner and non-joiner (U+200D, U+200C) are letters' and emoji's own and stay.
_HIDDEN_IN_NAMES = frozenset("\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u2060\ufeff")
# Letters and symbols by their category, blank on the screen: the Hangul fillers and empty Braille.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def _line(value: str) -> str:
    """One line of text for people: something to see, nothing that hides or breaks the line."""
    value = _text(value.strip())
    if "\n" in value or "\t" in value:
        raise ValueError("must be one line")
    if not _HIDDEN_IN_NAMES.isdisjoint(value):
        raise ValueError("must not contain invisible characters")
    if not any(map(_is_visible, value)):
        raise ValueError("must not be empty")
    return value


def _is_visible(character: str) -> bool:
    """Whether a character shows on its own: no space, mark, joiner, variation selector or tag."""
    return character not in _BLANK and unicodedata.category(character)[0] in "LNPS"


def _text(value: str) -> str:
    """Text for people: newline and tab are the only control characters."""
    for character in value:
        if unicodedata.category(character) == "Cc" and character not in "\n\t":
            raise ValueError("must not contain control characters")
        if character in _BIDI_CONTROLS:
            raise ValueError("must not contain direction controls")
    return value


def _with_newlines(value: str) -> str:
    """One kind of line break: texts come from files of every system by way of the clipboard."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_line)]
Title = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_line)]
ChatText = Annotated[
    str,
    Field(min_length=1, max_length=4000),
    AfterValidator(_with_newlines),
    AfterValidator(_text),
    AfterValidator(_not_blank),
]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Seq = Annotated[int, Field(ge=0, le=2**53)]
Mid = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
Pixels = Annotated[int, Field(ge=0, le=MAX_PIXELS)]
SourceName = Literal["microphone", "camera"]
RouteName = Literal["direct", "forwarded"]
ReasonName = Literal[
    "effect", "gain", "source", "recorded", "watched", "host", "crowd", "unreachable"
]
MediaPolicyName = Literal["auto", "mesh", "forwarded", "private"]
KindName = Literal["audio", "video"]


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
    kind: KindName
    muted: bool


class ShownEffect(Wire):
    """What everybody may know of an effect that somebody shows."""

    filter: str
    title: str
    kind: KindName


class ParticipantShape(Wire):
    id: str
    name: str
    role: Literal["host", "speaker"]
    generation: int
    presence: Literal["here", "reconnecting"]
    away_s: float
    joined_at: int
    route: RouteName
    route_reason: ReasonName | None
    tracks: list[TrackShape]
    effects: list[ShownEffect]
    gain_db: float
    room_gain_db: float
    hand_raised: bool


class RoomInfo(Wire):
    id: str
    title: str
    capacity: int
    media: MediaPolicyName


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


class PublishedTrack(Wire):
    """Which source an m-line of the client's own description carries."""

    mid: Mid
    source: SourceName


class StreamShape(Wire):
    """What an m-line of a subscription carries."""

    mid: str
    participant_id: str
    source: SourceName


class Tile(Wire):
    """How large a participant is shown, in pixels of the device."""

    participant_id: Id
    width: Pixels
    height: Pixels
