"""Several packets to one address as one message, which the system cuts up: UDP segmentation.

A frame of video is several packets, and each goes to every subscriber. Sent one by one, the way
through the system costs more than all that happens before it; sent as a train, it is gone through
once. The cars of a train are of one length, only the last may be shorter (Linux, `UDP_SEGMENT`).
"""

import socket
import struct
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Final, Protocol

MAX_CARS: Final = 40
"""Cars of 1,536 bytes that fit into the 64 KiB of one message."""
LOOK_AHEAD: Final = 64
_SOL_UDP: Final = 17
_UDP_SEGMENT: Final = 103
_CONTROL_BYTES: Final = 24
_CONTROL_USED: Final = 18
_VECTOR_BYTES: Final = 16
_MESSAGE_BYTES: Final = 64
IPV4_NAME_BYTES: Final = 16
"""Of which the first eight are family, port and address: all that tells destinations apart."""

_pack_message = struct.Struct("=QI4xQQQQi4x").pack_into
"""name, length of it, vectors, number of them, control, length of it, flags: a `msghdr`."""
_pack_control = struct.Struct("=QiiH").pack_into


class _Keys(Protocol):
    """Of each slot, what tells its destination apart from others."""

    def __getitem__(self, slot: int, /) -> Hashable: ...


class _LongKeys:
    """Names that are longer than a word of the processor."""

    def __init__(self, buffer: bytearray, slot_bytes: int, name_bytes: int) -> None:
        self._buffer = buffer
        self._slot_bytes = slot_bytes
        self._name_bytes = name_bytes

    def __getitem__(self, slot: int, /) -> Hashable:
        at = slot * self._slot_bytes
        return bytes(self._buffer[at : at + self._name_bytes])


class Trains:
    """Makes trains of the packets in a ring. The packets stay where they are.

    Attributes:
        messages: as `sendmmsg` takes them.
        trains: the slots of each message.

    Args:
        ffi: what the ring's structures were made with.
        buffer: of the ring.
        vectors: the ring's `struct iovec` for each of its slots.
        slot_bytes: of a slot; the destination stands at its beginning.
        name_bytes: of a destination as the system is told it.
    """

    def __init__(
        self, ffi: Any, buffer: bytearray, vectors: Any, slot_bytes: int, name_bytes: int
    ) -> None:
        slots = len(buffer) // slot_bytes
        self._slot_bytes = slot_bytes
        self._name_bytes = name_bytes
        self._vectors = ffi.new("struct iovec[]", slots)
        self.messages = ffi.new("struct mmsghdr[]", slots)
        self._control = bytearray(_CONTROL_BYTES * slots)
        held = ffi.from_buffer("char[]", self._control)
        self._keep = held
        self._names_at = int(ffi.cast("uintptr_t", ffi.from_buffer("char[]", buffer)))
        self._vectors_at = int(ffi.cast("uintptr_t", self._vectors))
        self._control_at = int(ffi.cast("uintptr_t", held))
        self._from = memoryview(ffi.buffer(vectors)).cast("B")
        self._to = memoryview(ffi.buffer(self._vectors)).cast("B")
        self._into = memoryview(ffi.buffer(self.messages)).cast("B")
        self._lengths = self._from.cast("Q")
        self._keys: _Keys = memoryview(buffer).cast("Q")[:: slot_bytes // 8]
        if name_bytes > IPV4_NAME_BYTES:
            self._keys = _LongKeys(buffer, slot_bytes, name_bytes)
        self.trains: list[list[int]] = []

    def worthwhile(self, used: int) -> bool:
        """Whether an address comes twice among the first packets of the ring."""
        keys = self._keys
        first = keys[0]
        return any(keys[i] == first for i in range(1, min(used, LOOK_AHEAD)))

    def make(self, used: int) -> int:
        """Put the packets of slots 0 to before `used` into `messages`; answers with how many."""
        to, source = self._to, self._from
        self.trains.clear()
        at = message = 0
        for slots in self._by_address(used):
            for train in self._trains(slots):
                self._couple(message, train[0], at, len(train))
                for slot in train:
                    to[at : at + _VECTOR_BYTES] = source[
                        _VECTOR_BYTES * slot : _VECTOR_BYTES * (slot + 1)
                    ]
                    at += _VECTOR_BYTES
                self.trains.append(train)
                message += 1
        return message

    def _by_address(self, used: int) -> Iterable[list[int]]:
        keys = self._keys
        groups: dict[Hashable, list[int]] = {}
        for slot in range(used):
            key = keys[slot]
            group = groups.get(key)
            if group is None:
                groups[key] = [slot]
            else:
                group.append(slot)
        return groups.values()

    def _trains(self, slots: list[int]) -> Iterator[list[int]]:
        """Cut packets to one address where one is longer than those before, or after a shorter."""
        lengths = self._lengths
        begin, size = 0, lengths[2 * slots[0] + 1]
        for end in range(1, len(slots)):
            length = lengths[2 * slots[end] + 1]
            before = lengths[2 * slots[end - 1] + 1]
            if length > size or before < size or end - begin >= MAX_CARS:
                yield slots[begin:end]
                begin, size = end, length
        yield slots[begin:]

    def _couple(self, message: int, first: int, at: int, count: int) -> None:
        control = control_bytes = 0
        if count > 1:
            size = self._lengths[2 * first + 1]
            offset = _CONTROL_BYTES * message
            _pack_control(self._control, offset, _CONTROL_USED, _SOL_UDP, _UDP_SEGMENT, size)
            control, control_bytes = self._control_at + offset, _CONTROL_BYTES
        _pack_message(
            self._into,
            _MESSAGE_BYTES * message,
            self._names_at + first * self._slot_bytes,
            self._name_bytes,
            self._vectors_at + at,
            count,
            control,
            control_bytes,
            0,
        )


def system_cuts(family: int) -> bool:
    """Whether this system cuts trains up."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.setsockopt(_SOL_UDP, _UDP_SEGMENT, 1200)
    except OSError:
        return False
    return True
