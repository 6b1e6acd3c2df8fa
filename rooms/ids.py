"""Identifiers. Room ids are capabilities: who knows one may come in, so they carry 128 bits."""

import re
import secrets
from typing import NewType

RoomId = NewType("RoomId", str)
ParticipantId = NewType("ParticipantId", str)

ROOM_ID_PATTERN = re.compile(r"^[A-Za-z0-9_-]{3,64}$")


def new_room_id() -> RoomId:
    """Make an unguessable room id: 128 random bits, 22 URL-safe characters."""
    return RoomId(secrets.token_urlsafe(16))


def new_participant_id() -> ParticipantId:
    """Make a participant id: public within the room, 96 random bits, 16 URL-safe characters."""
    return ParticipantId(secrets.token_urlsafe(12))
