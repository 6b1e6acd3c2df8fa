"""Messages between the server and its worker processes, over SEQPACKET sockets.

The socket keeps the borders of what is sent. What is too large for one piece goes in several, one
after the other. Each piece begins with the kind of its message; `MORE` is added to it while others
follow.

A picture or sound is a head (`TO_WORKER`, `FROM_WORKER`) and its bytes. All else is a note: JSON.
"""

import json
import math
from array import array
from collections.abc import Iterator, Sequence
from enum import IntEnum
from struct import Struct
from typing import Any, Final

from server.workers.streams import MAX_PAYLOAD, Encoded

PIECE: Final = 60_000
"""Bytes; the kernel has room for a few of them in each direction."""
MORE: Final = 0x80
MAX_MESSAGE: Final = 8 << 20
MAX_PAYLOADS: Final = 2048
"""Of one frame: twice what the largest that is taken from a browser has."""
MAX_LEVEL: Final = 127
SEND_BUFFER: Final = 1 << 20
"""What is asked for; the kernel may give less."""
KEYFRAME: Final = 1
"""Flag of a head: a keyframe is wanted, or this is one."""

TO_WORKER: Final = Struct("!BLd")
"""Flags, timestamp, when it was received."""
FROM_WORKER: Final = Struct("!BLdLHHBH")
"""As above, the version of the chain, width, height, level, and the number of payloads."""
DONE: Final = Struct("!BL")
"""The outcome, and the version of the chain."""
_SIZES: Final = 2


class Kind(IntEnum):
    FRAME = 1
    NOTE = 2
    PICTURE = 3
    """The id of a picture (one octet says how long it is) and the bytes of its file."""
    DONE = 4
    """A frame that came in and that nothing comes out of."""


class Nonsense(Exception):
    """The other process sent what ours never would."""


class Outcome(IntEnum):
    """Why nothing comes out of a frame."""

    DROPPED = 0
    """A newer one waits already."""
    UNDECODABLE = 1
    """A keyframe is needed."""
    HELD = 2
    """An effect that hides something did not work."""
    NOTHING = 3
    """There was no picture in it."""


Bytes = bytes | bytearray | memoryview
_KINDS: Final = frozenset(Kind)


def pieces(kind: Kind, parts: Sequence[Bytes]) -> Iterator[list[Bytes]]:
    """A message as what is to be sent at once, each to be gathered by `sendmsg`."""
    size = sum(map(len, parts))
    if size < PIECE:
        yield [bytes((kind,)), *parts]
        return
    whole = memoryview(b"".join(parts))
    for at in range(0, size, PIECE):
        more = MORE if at + PIECE < size else 0
        yield [bytes((kind | more,)), whole[at : at + PIECE]]


class Assembler:
    """Puts the pieces of one socket together again."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def take(self, piece: Bytes) -> tuple[Kind, bytes] | None:
        """The message that this piece ends; None while others must follow.

        Raises:
            Nonsense: it is none of ours.
        """
        kind = piece[0]
        if kind & MORE or self._pending:
            self._pending += piece[1:]
            if len(self._pending) > MAX_MESSAGE:
                raise Nonsense
            if kind & MORE:
                return None
            message = bytes(self._pending)
            self._pending.clear()
            return _kind(kind), message
        return _kind(kind), bytes(piece[1:])


def _kind(value: int) -> Kind:
    if value not in _KINDS:
        raise Nonsense
    return Kind(value)


def read_done(message: bytes) -> tuple[Outcome, int]:
    """The outcome and the version of the chain. Raises Nonsense: it is not one."""
    if len(message) != DONE.size or message[0] >= len(Outcome):
        raise Nonsense
    outcome, version = DONE.unpack(message)
    return Outcome(outcome), version


def note(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def read_note(message: bytes) -> dict[str, Any]:
    """Raises Nonsense: it is not one."""
    try:
        value = json.loads(message, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Nonsense from error
    if not isinstance(value, dict):
        raise Nonsense
    return value


def _no_number(name: str) -> None:
    """NaN and the infinities: no JSON, though Python writes them."""
    raise ValueError(name)


def picture_parts(id_: str, data: bytes) -> list[Bytes]:
    name = id_.encode()
    return [bytes((len(name),)), name, data]


def read_picture(message: bytes) -> tuple[str, bytes]:
    """The id and the file. Raises Nonsense: it is not one."""
    try:
        end = 1 + message[0]
        return message[1:end].decode("ascii"), message[end:]
    except (IndexError, UnicodeDecodeError) as error:
        raise Nonsense from error


def encoded_parts(frame: Encoded, version: int) -> list[Bytes]:
    """A frame as it goes back to the server."""
    head = FROM_WORKER.pack(
        KEYFRAME if frame.keyframe else 0,
        frame.timestamp,
        frame.at,
        version,
        frame.width,
        frame.height,
        frame.level,
        len(frame.payloads),
    )
    sizes = array("H", map(len, frame.payloads)).tobytes()
    return [head, sizes, *frame.payloads]


def read_encoded(message: bytes) -> tuple[Encoded, int]:
    """The frame and the version of the chain that it went through.

    Raises:
        Nonsense: it is not one.
    """
    if len(message) < FROM_WORKER.size:
        raise Nonsense
    flags, timestamp, at, version, width, height, level, count = FROM_WORKER.unpack_from(message)
    start = FROM_WORKER.size + _SIZES * count
    if len(message) < start or not 0 < count <= MAX_PAYLOADS:
        raise Nonsense
    if level > MAX_LEVEL or not math.isfinite(at):
        raise Nonsense
    sizes = array("H", message[FROM_WORKER.size : start])
    if not 0 < min(sizes) <= max(sizes) <= MAX_PAYLOAD:
        raise Nonsense
    payloads = []
    for size in sizes:
        payloads.append(message[start : start + size])
        start += size
    if start != len(message):
        raise Nonsense
    keyframe = bool(flags & KEYFRAME)
    frame = Encoded(timestamp, at, keyframe, tuple(payloads), width, height, level)
    return frame, version
