"""A room as one JSON text, and back. The layout has a version, for those who come later."""

import json
from typing import Any

from pydantic import TypeAdapter

from rooms.effects import Effect, Effects
from rooms.ids import RoomId
from rooms.participant import Participant
from rooms.room import Room

VERSION = 1
_ROOM = TypeAdapter(Room)


class NewerRecord(ValueError):
    """A newer Greenroom wrote the record: this one cannot know what it would lose of it."""


class BrokenRecord(ValueError):
    """The record is damaged: there is no room to make of it."""


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
            "media": room.media,
            "unreachable": sorted(sorted(pair) for pair in room.unreachable),
            "participants": [_dump_participant(p) for p in room.participants.values()],
        },
        separators=(",", ":"),
    )


def load_room(room_id: RoomId, text: str) -> Room:
    """Make the room of a record. What older versions did not write is as in a new room.

    Raises:
        NewerRecord: its version is above ours.
        BrokenRecord: something in it is missing or of another kind.
    """
    try:
        record = json.loads(text)
        version = int(record["version"])
        if version > VERSION:
            raise NewerRecord(f"room record of version {version}, expected {VERSION}")
        people = {person["id"]: _with_tracks(person) for person in record["participants"]}
        room = _ROOM.validate_python({**record, "id": room_id, "participants": people})
    except NewerRecord:
        raise
    except (LookupError, TypeError, ValueError, RecursionError):
        raise BrokenRecord("room record that is damaged") from None
    return room


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
        "route": participant.route,
        "route_reason": participant.route_reason,
        "direct_at": participant.direct_at,
        "demands": sorted(participant.demands),
        "effects": _dump_effects(participant.effects),
        "gain_db": participant.gain_db,
        "room_gain_db": participant.room_gain_db,
        "hand_raised": participant.hand_raised,
        "covered": participant.covered,
    }


def _dump_effects(effects: Effects) -> dict[str, Any]:
    return {
        "video": [_dump_effect(effect) for effect in effects.video],
        "audio": [_dump_effect(effect) for effect in effects.audio],
        "shown": effects.shown,
    }


def _dump_effect(effect: Effect) -> dict[str, Any]:
    """Whether or not its filter is still here: that may be back with the next start."""
    return {
        "id": effect.id,
        "filter": effect.filter,
        "title": effect.title,
        "params": effect.params,
        "private": effect.private,
    }


def _with_tracks(record: dict[str, Any]) -> dict[str, Any]:
    tracks = [{"source": source, "muted": muted} for source, muted in record["tracks"]]
    return {**record, "tracks": tracks}
