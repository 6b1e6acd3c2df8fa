"""A room as one JSON text, and back. The layout has a version, for those who come later."""

import json
from typing import Any

from rooms.ids import ParticipantId, RoomId
from rooms.participant import Participant, Source, Track
from rooms.permissions import Role
from rooms.room import Room

VERSION = 1


def dump_room(room: Room) -> str:
    return json.dumps(
        {
            "version": VERSION,
            "title": room.title,
            "host_key_hash": room.host_key_hash,
            "capacity": room.capacity,
            "created_at": room.created_at,
            "active_at": room.active_at,
            "seq": room.seq,
            "participants": [_dump_participant(p) for p in room.participants.values()],
        },
        separators=(",", ":"),
    )


def load_room(room_id: RoomId, text: str) -> Room:
    """Raises ValueError: the record was written by a newer version."""
    record = json.loads(text)
    if record["version"] != VERSION:
        raise ValueError(f"room record of version {record['version']}, expected {VERSION}")
    people = [_load_participant(p) for p in record["participants"]]
    return Room(
        id=room_id,
        title=record["title"],
        host_key_hash=record["host_key_hash"],
        capacity=record["capacity"],
        created_at=record["created_at"],
        active_at=record["active_at"],
        seq=record["seq"],
        participants={person.id: person for person in people},
    )


def _dump_participant(participant: Participant) -> dict[str, Any]:
    return {
        "id": participant.id,
        "name": participant.name,
        "role": participant.role,
        "joined_at": participant.joined_at,
        "generation": participant.generation,
        "token_serial": participant.token_serial,
        "tracks": [[track.source, track.muted] for track in participant.tracks],
        "away_since": participant.away_since,
        "away_until": participant.away_until,
    }


def _load_participant(record: dict[str, Any]) -> Participant:
    return Participant(
        id=ParticipantId(record["id"]),
        name=record["name"],
        role=Role(record["role"]),
        joined_at=record["joined_at"],
        generation=record["generation"],
        token_serial=record["token_serial"],
        tracks=tuple(Track(Source(source), muted) for source, muted in record["tracks"]),
        away_since=record["away_since"],
        away_until=record["away_until"],
    )
