"""Permissions as data: a role is a set of them and nothing else."""

from enum import StrEnum


class Permission(StrEnum):
    PUBLISH = "publish"
    CHAT = "chat"
    MANAGE_ROOM = "manage-room"


class Role(StrEnum):
    HOST = "host"
    SPEAKER = "speaker"


ROLES: dict[Role, frozenset[Permission]] = {
    Role.HOST: frozenset(Permission),
    Role.SPEAKER: frozenset({Permission.PUBLISH, Permission.CHAT}),
}
