"""ICE checks as aioice writes them, with what a test wants in them."""

from collections.abc import Mapping
from typing import Any

from aioice import stun

PASSWORD = b"p" * 22
USER = "ours:theirs"


def check(
    more: Mapping[str, Any] | None = None, *, user: str = USER, password: bytes = PASSWORD
) -> bytes:
    """A binding request of a controlling peer, with more attributes by their names."""
    message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    message.attributes = {"USERNAME": user, "PRIORITY": 1, "ICE-CONTROLLING": 2, **(more or {})}
    message.add_message_integrity(password)
    return bytes(message)
