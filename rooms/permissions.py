"""Permissions as data: a role is a set of them and nothing else."""

from enum import StrEnum


class Permission(StrEnum):
    PUBLISH = "publish"
    CHAT = "chat"
    USE_EFFECTS = "use-effects"
    SET_GAIN = "set-gain"
    """Change how loud somebody else is, for everybody."""
    MANAGE_ROOM = "manage-room"


class Role(StrEnum):
    HOST = "host"
    SPEAKER = "speaker"


ROLES: dict[Role, frozenset[Permission]] = {
    Role.HOST: frozenset(Permission),
    Role.SPEAKER: frozenset({Permission.PUBLISH, Permission.CHAT, Permission.USE_EFFECTS}),
}
