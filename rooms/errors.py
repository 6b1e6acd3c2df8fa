"""Every refusal, as one tree.

RoomError
├── InvalidMessage        invalid-message      the message does not have the documented form
│   ├── UnknownEvent      unknown-event        no such request
│   ├── TooLarge          too-large            an SDP over its limit
│   └── TooManyCandidates too-many-candidates  more ICE candidates than one peer needs
├── NotJoined             not-joined           the request needs a room
├── AlreadyJoined         already-joined       this connection is in a room
├── RoomNotFound          room-not-found
├── RoomExists            room-exists
├── NamesNotAllowed       names-not-allowed    the operator keeps room names random
├── RoomFull              room-full
├── ServerFull            server-full
├── NotPermitted          not-permitted
├── NoSuchParticipant     no-such-participant  the target is not in the sender's room
├── PeerAway              peer-away            the target is reconnecting
├── StalePeer             stale-peer           the target has loaded its page anew
├── RateLimited           rate-limited
├── MediaUnavailable      media-unavailable    this server does not forward media
├── InvalidSdp            invalid-sdp          not a description that can be answered
├── NoSuchSession         no-such-session      that peer connection with the server is gone
├── TooManyStreams        too-many-streams     more publishers than may be forwarded
├── UnknownFilter         unknown-filter       no filter here has that name
├── InvalidEffect         invalid-effect       a parameter that the filter does not take
├── TooManyEffects        too-many-effects     more effects than one chain, or the server, may have
├── InvalidPicture        invalid-picture      not a picture that can be used
├── PrivateRoom           private-room         nothing goes through the server in this room
├── Busy                  busy                 nothing more just now; running calls go on
├── TokenInvalid          token-invalid
├── TokenExpired          token-expired
└── InternalError         internal             our mistake; the log has the rest
"""

from typing import ClassVar


class RoomError(Exception):
    """A refusal with a stable `code` for programs and a sentence for people."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "The request was refused."

    def __init__(self, message: str | None = None, *, retry_after_s: float | None = None) -> None:
        self.message = message or self.sentence
        self.retry_after_s = retry_after_s
        super().__init__(self.message)


class InvalidMessage(RoomError):
    code = "invalid-message"
    sentence = "The message does not have the documented form."


class UnknownEvent(InvalidMessage):
    code = "unknown-event"
    sentence = "There is no such request."


class TooLarge(InvalidMessage):
    code = "too-large"
    sentence = "The session description is too large or has too many media sections."


class TooManyCandidates(InvalidMessage):
    code = "too-many-candidates"
    sentence = "More than 30 ICE candidates were sent for one description."


class NotJoined(RoomError):
    code = "not-joined"
    sentence = "Join a room first."


class AlreadyJoined(RoomError):
    code = "already-joined"
    sentence = "This connection is in a room already."


class RoomNotFound(RoomError):
    code = "room-not-found"
    sentence = "There is no such room."


class RoomExists(RoomError):
    code = "room-exists"
    sentence = "A room with this name exists already."


class NamesNotAllowed(RoomError):
    code = "names-not-allowed"
    sentence = "This server does not let people choose room names."


class RoomFull(RoomError):
    code = "room-full"
    sentence = "The room is full."


class ServerFull(RoomError):
    code = "server-full"
    sentence = "The server is full. Try again later."


class NotPermitted(RoomError):
    code = "not-permitted"
    sentence = "You may not do this in this room."


class NoSuchParticipant(RoomError):
    code = "no-such-participant"
    sentence = "There is no such participant in this room."


class PeerAway(RoomError):
    code = "peer-away"
    sentence = "The participant is reconnecting."


class StalePeer(RoomError):
    code = "stale-peer"
    sentence = "The participant has loaded the page anew."


class RateLimited(RoomError):
    code = "rate-limited"
    sentence = "Too many requests. Wait a moment."


class MediaUnavailable(RoomError):
    code = "media-unavailable"
    sentence = "This server does not forward media."


class InvalidSdp(RoomError):
    code = "invalid-sdp"
    sentence = "The session description cannot be used."


class NoSuchSession(RoomError):
    code = "no-such-session"
    sentence = "There is no such connection with the server any more."


class TooManyStreams(RoomError):
    code = "too-many-streams"
    sentence = "No more streams can go through the server."


class UnknownFilter(RoomError):
    code = "unknown-filter"
    sentence = "There is no such filter."


class InvalidEffect(RoomError):
    code = "invalid-effect"
    sentence = "The effect cannot be used like this."


class TooManyEffects(RoomError):
    code = "too-many-effects"
    sentence = "No more effects can be used."


class InvalidPicture(RoomError):
    code = "invalid-picture"
    sentence = "This is not a picture that can be used."


class PrivateRoom(RoomError):
    code = "private-room"
    sentence = "This room is private: nothing goes through the server."


class Busy(RoomError):
    code = "busy"
    sentence = "The server is busy. Try again in a moment."


class TokenInvalid(RoomError):
    code = "token-invalid"
    sentence = "This token cannot be used to come back. Join again."


class TokenExpired(RoomError):
    code = "token-expired"
    sentence = "You were away too long. Join again."


class InternalError(RoomError):
    code = "internal"
    sentence = "Something went wrong on the server."
