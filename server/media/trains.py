"""Several packets to one address as one message, which the system cuts up: UDP segmentation.

A frame of video is several packets, and each goes to every subscriber. Sent one by one, the way
through the system costs more than all that happens before it; sent as a train, it is gone through
once. The cars of a train are of one length, only the last may be shorter (Linux, `UDP_SEGMENT`).
"""

import socket
from typing import Any, Final

import numpy as np
import numpy.typing as npt

MAX_CARS: Final = 40
"""Cars of 1,536 bytes that fit into the 64 KiB of one message."""
LOOK_AHEAD: Final = 64
_SOL_UDP: Final = 17
_UDP_SEGMENT: Final = 103
_WORD: Final = 8
_ADDRESS_WORDS: Final = {socket.AF_INET: 1, socket.AF_INET6: 3}
"""Of a destination, all that tells it apart: family, port and address."""

_VECTOR: Final = np.dtype([("base", "u8"), ("length", "u8")])
_MESSAGE: Final = np.dtype(
    {
        "names": ["name", "name_bytes", "vectors", "count", "control", "control_bytes"],
        "formats": ["u8", "u4", "u8", "u8", "u8", "u8"],
        "offsets": [0, 8, 16, 24, 32, 40],
        "itemsize": 64,
    }
)
"""A `struct mmsghdr`; flags and the length that the system fills in are not touched."""
_CONTROL: Final = np.dtype(
    {
        "names": ["bytes", "level", "kind", "size"],
        "formats": ["u8", "i4", "i4", "u2"],
        "offsets": [0, 8, 12, 16],
        "itemsize": 24,
    }
)
"""A `struct cmsghdr` and the length of the cars."""
_CONTROL_USED: Final = 18


class Trains:
    """Makes trains of the packets in a ring. The packets stay where they are.

    Attributes:
        messages: as `sendmmsg` takes them.

    Args:
        ffi: what the ring's structures were made with.
        family: of the ring's socket.
        buffer: of the ring; the destination stands at the beginning of each slot.
        vectors: the ring's `struct iovec` for each of its slots.
        slot_bytes: of a slot.
        name_bytes: of a destination as the system is told it.
    """

    def __init__(
        self,
        ffi: Any,
        family: socket.AddressFamily,
        buffer: bytearray,
        vectors: Any,
        slot_bytes: int,
        name_bytes: int,
    ) -> None:
        slots = len(buffer) // slot_bytes
        words = np.frombuffer(buffer, "u8").reshape(slots, slot_bytes // _WORD)
        self._addresses = words[:, : _ADDRESS_WORDS[family]].T
        self._first_words = memoryview(buffer).cast("Q")[:: slot_bytes // _WORD]
        numbers = np.arange(slots, dtype="u8")
        at = int(ffi.cast("uintptr_t", ffi.from_buffer("char[]", buffer)))
        self._names = at + slot_bytes * numbers
        self._from = np.frombuffer(ffi.buffer(vectors), _VECTOR)
        self._to = np.zeros(slots, _VECTOR)
        self._vectors = self._to.ctypes.data + _VECTOR.itemsize * numbers
        control = np.zeros(slots, _CONTROL)
        control["bytes"], control["level"], control["kind"] = _CONTROL_USED, _SOL_UDP, _UDP_SEGMENT
        self._sizes = control["size"]
        into = np.zeros(slots, _MESSAGE)
        into["name_bytes"] = name_bytes
        into["control"] = control.ctypes.data + _CONTROL.itemsize * numbers
        self._name, self._first, self._count = into["name"], into["vectors"], into["count"]
        self._control_bytes = into["control_bytes"]
        self.messages = ffi.cast("struct mmsghdr *", into.ctypes.data)
        self._order = self._begins = numbers[:0]

    def worthwhile(self, used: int) -> bool:
        """Whether an address may come twice among the first packets of the ring."""
        words = self._first_words
        return words[0] in words[1 : min(used, LOOK_AHEAD)]

    def make(self, used: int) -> int:
        """Put the packets of slots 0 to before `used` into `messages`; answers with how many."""
        addresses = self._addresses[:, :used]
        order = np.lexsort(addresses)
        vectors = self._to[:used] = self._from[order]
        lengths = vectors["length"]
        begins, counts = _cut(addresses[:, order], lengths)
        trains = len(begins)
        self._name[:trains] = self._names[order[begins]]
        self._first[:trains] = self._vectors[begins]
        self._count[:trains] = counts
        self._sizes[:trains] = lengths[begins]
        self._control_bytes[:trains] = _CONTROL.itemsize * (counts > 1)
        self._order, self._begins = order, begins
        return trains

    def slots(self, message: int) -> list[int]:
        """Where the packets of a message are in the ring."""
        begin, end = [*self._begins[message : message + 2], len(self._order)][:2]
        return [int(slot) for slot in self._order[begin:end]]


def _cut(
    addresses: npt.NDArray[np.uint64], lengths: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Where trains begin, and of how many packets they are.

    One begins at another address, at a longer packet, behind a shorter one, and when one is full.
    """
    used = len(lengths)
    new = np.ones(used + 1, bool)
    inner = new[1:used]
    np.greater(lengths[1:], lengths[:-1], out=inner)
    for words in addresses:
        inner |= words[1:] != words[:-1]
    new[2:used] |= lengths[1:-1] < lengths[:-2]
    begins = new.nonzero()[0]
    counts = begins[1:] - begins[:-1]
    if counts.max() > MAX_CARS:
        since = np.arange(used) - begins[:-1].repeat(counts)
        new[:used] = since % MAX_CARS == 0
        begins = new.nonzero()[0]
        counts = begins[1:] - begins[:-1]
    return begins[:-1], counts


def system_cuts(family: int) -> bool:
    """Whether this system cuts trains up."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.setsockopt(_SOL_UDP, _UDP_SEGMENT, 1200)
    except OSError:
        return False
    return True
