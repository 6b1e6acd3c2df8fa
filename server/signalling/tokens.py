"""Resume tokens: signed, short-lived, good for one place in one room (RFC 7519, HS256 only)."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import jwt

from rooms.errors import TokenExpired, TokenInvalid
from rooms.ids import ParticipantId, RoomId

ALGORITHM = "HS256"
AUDIENCE = "greenroom-resume"
KEY_BYTES = 32
REQUIRED = ["aud", "exp", "nbf", "room", "sub", "ser"]


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose place a token stands for. `serial` orders the tokens of one participant."""

    room_id: RoomId
    participant_id: ParticipantId
    serial: int


def load_key(directory: Path) -> bytes:
    """The signing key of this data directory, made on first use and readable by its owner only.

    It outlives the process: clients come back to a restarted server with a token of the old one.
    """
    path = directory / "resume.key"
    directory.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) == KEY_BYTES:
            return key
        # The process that made it died between the two steps; nobody holds a token of this key.
        path.unlink()
        return load_key(directory)
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
    return key


class ResumeTokens:
    """Signs and checks resume tokens.

    Args:
        key: 32 secret bytes.
        lifetime_s: how long a token is good for after it was signed.
    """

    def __init__(self, key: bytes, lifetime_s: float) -> None:
        self._key = key
        self._key_id = hashlib.sha256(b"kid" + key).hexdigest()[:16]
        self._lifetime_s = lifetime_s

    def sign(self, claims: Claims, now: float) -> str:
        payload = {
            "aud": AUDIENCE,
            "nbf": int(now) - 1,
            "exp": int(now + self._lifetime_s) + 1,
            "room": claims.room_id,
            "sub": claims.participant_id,
            "ser": claims.serial,
        }
        return jwt.encode(payload, self._key, ALGORITHM, headers={"kid": self._key_id})

    def verify(self, token: str) -> Claims:
        """Read a token.

        Raises:
            TokenExpired: it was good once.
            TokenInvalid: it was not signed here, is for something else, or is not a token.
        """
        try:
            if jwt.get_unverified_header(token).get("kid") != self._key_id:
                raise TokenInvalid
            payload = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            raise TokenInvalid from None
        room_id, participant_id, serial = payload["room"], payload["sub"], payload["ser"]
        if not (isinstance(room_id, str) and isinstance(serial, int)):
            raise TokenInvalid
        return Claims(RoomId(room_id), ParticipantId(participant_id), serial)
