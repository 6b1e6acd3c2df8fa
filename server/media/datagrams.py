"""Many datagrams with one system call, in both directions.

`recvmmsg` and `sendmmsg` are called through cffi. Where the system has neither, the same classes
receive and send one datagram after the other.
"""

import socket
import struct
import sys
from typing import Any, Final

from cffi import FFI

from server.media.counters import Counters
from server.media.seam import CData, packet_pointer
from server.media.trains import Trains, system_cuts

SLOT_BYTES: Final = 1536
"""A destination, a packet of one Ethernet frame, and what SRTP adds behind it."""
SLOTS: Final = 512
RECEIVED_AT_ONCE: Final = 64
RECEIVE_BYTES: Final = 2048
NAME_BYTES: Final = {socket.AF_INET: 16, socket.AF_INET6: 32}
_SOCKADDR_BYTES: Final = {socket.AF_INET: 16, socket.AF_INET6: 28}

_ffi = FFI()
_ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen; int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned msg_len; };
    int recvmmsg(int, struct mmsghdr *, unsigned, int, void *);
    int sendmmsg(int, struct mmsghdr *, unsigned, int);
    """
)
_MSG_DONTWAIT: Final = 0x40
_BYTE_ORDER: Final = sys.byteorder
_MESSAGE_BYTES: Final = 64
_VECTOR_BYTES: Final = 16


def _load() -> Any:
    """The C library, if it is one whose structures are those above; None otherwise."""
    if sys.platform != "linux" or _ffi.sizeof("struct mmsghdr") != _MESSAGE_BYTES:
        return None
    try:
        library = _ffi.dlopen(None)
    except OSError:
        return None
    known = all(hasattr(library, name) for name in ("recvmmsg", "sendmmsg"))
    return library if known else None


_c = _load()


def pack_name(family: int, address: tuple[str, int]) -> bytes:
    """A `sockaddr`, zero-padded to the bytes that a ring keeps for it.

    Args:
        family: AF_INET or AF_INET6.
        address: host and port; the host in digits.
    """
    host, port = address
    head = family.to_bytes(2, _BYTE_ORDER) + port.to_bytes(2, "big")
    if family == socket.AF_INET:
        return head + socket.inet_pton(family, host) + bytes(8)
    return head + bytes(4) + socket.inet_pton(family, host) + bytes(8)


def unpack_name(name: bytes) -> tuple[str, int]:
    """Host and port of a `sockaddr`."""
    port = int.from_bytes(name[2:4], "big")
    if int.from_bytes(name[:2], _BYTE_ORDER) == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, name[4:8]), port
    return socket.inet_ntop(socket.AF_INET6, name[8:24]), port


class Ring:
    """Outgoing packets of one socket, kept until they are sent together.

    Slot i begins at `i * SLOT_BYTES` of `buffer` with the destination as `pack_name` makes it; the
    packet follows `name_bytes` later. A writer fills slot `used`, puts the length of the packet at
    `lengths[2 * i + 1]` and adds one to `used`; before the ring is full it calls `flush`.

    Attributes:
        held: somebody will flush in a moment, so that `put` need not.
    """

    def __init__(self, sock: socket.socket, counters: Counters, *, batched: bool = True) -> None:
        self.name_bytes = NAME_BYTES[sock.family]
        self.buffer = bytearray(SLOTS * SLOT_BYTES)
        self.used = 0
        self.held = False
        self.packets: list[CData] = [
            packet_pointer(self.buffer, i * SLOT_BYTES + self.name_bytes) for i in range(SLOTS)
        ]
        self._sock = sock
        self._fd = sock.fileno()
        self._counters = counters
        self._view = memoryview(self.buffer)
        self._trains: Trains | None = None
        if batched and _c is not None:
            self.lengths = self._prepare(socket.AddressFamily(sock.family))
            self._send = self._send_batch
        else:
            self.lengths = memoryview(bytearray(SLOTS * _VECTOR_BYTES)).cast("Q")
            self._send = self._send_singly

    def _prepare(self, family: socket.AddressFamily) -> memoryview:
        """Point `sendmmsg` at the slots, once for all; answers with the lengths it goes by."""
        self._base = _ffi.from_buffer("char[]", self.buffer)
        self._vectors = _ffi.new("struct iovec[]", SLOTS)
        self._messages = _ffi.new("struct mmsghdr[]", SLOTS)
        for i in range(SLOTS):
            at = self._base + i * SLOT_BYTES
            self._vectors[i].iov_base = at + self.name_bytes
            header = self._messages[i].msg_hdr
            header.msg_name, header.msg_namelen = at, _SOCKADDR_BYTES[family]
            header.msg_iov, header.msg_iovlen = self._vectors + i, 1
        if system_cuts(family):
            self._trains = Trains(
                _ffi, family, self.buffer, self._vectors, SLOT_BYTES, _SOCKADDR_BYTES[family]
            )
        return memoryview(_ffi.buffer(self._vectors)).cast("B").cast("Q")

    def flush(self) -> None:
        """Send what is in the ring. What the system does not take is counted, and gone."""
        used, self.used = self.used, 0
        if used:
            self._send(used)

    def put(self, name: bytes, packet: bytes) -> None:
        """Add one packet that is ready to be sent; one that is too long is counted, and gone."""
        n = self.name_bytes
        if len(packet) > SLOT_BYTES - n:
            self._counters.unsent += 1
            return
        if self.used >= SLOTS:
            self.flush()
        i = self.used
        at = i * SLOT_BYTES
        self.buffer[at : at + n] = name
        self.buffer[at + n : at + n + len(packet)] = packet
        self.lengths[2 * i + 1] = len(packet)
        self.used = i + 1
        if not self.held:
            self.flush()

    def close(self) -> None:
        """Send nothing any more: the number of the socket may soon be another one's."""
        self._send = self._lose

    def _lose(self, used: int) -> None:
        self._counters.unsent += used

    def _send_batch(self, used: int) -> None:
        trains = self._trains
        if trains is None or not trains.worthwhile(used):
            self._send_messages(used, 0)
            return
        count = trains.make(used)
        sent = 0
        while sent < count:
            n = _c.sendmmsg(self._fd, trains.messages + sent, count - sent, _MSG_DONTWAIT)
            if n <= 0:
                # No way there, or one on which nothing can cut trains up: then car by car.
                for slot in trains.slots(sent):
                    self._send_messages(slot + 1, slot)
                n = 1
            sent += n

    def _send_messages(self, end: int, sent: int) -> None:
        """Send the packets of the slots from `sent` to before `end`, each for itself."""
        messages = self._messages
        while sent < end:
            n = _c.sendmmsg(self._fd, messages + sent, end - sent, _MSG_DONTWAIT)
            if n <= 0:
                # The first of them failed (buffer full, no way there): go on with the next.
                self._counters.unsent += 1
                n = 1
            sent += n

    def _send_singly(self, used: int) -> None:
        for i in range(used):
            at = i * SLOT_BYTES
            start = at + self.name_bytes
            try:
                self._sock.sendto(
                    self._view[start : start + self.lengths[2 * i + 1]],
                    unpack_name(bytes(self._view[at:start])),
                )
            except OSError:
                self._counters.unsent += 1


class Intake:
    """Incoming datagrams of one socket, up to 64 with one call.

    After `receive` answered n, datagram i < n is the first `sizes[i]` bytes of `buffers[i]` (with
    `pointers[i]` for SRTP), and came from `name(i)`. Addresses are told apart by `key_of_name`: on
    IPv4 that is `keys[i]` too, on IPv6 `read_key(names, NAME_BYTES[AF_INET6] * i)[0]`.
    """

    def __init__(self, sock: socket.socket, *, batched: bool = True) -> None:
        self._sock = sock
        self._fd = sock.fileno()
        self._family = sock.family
        self._step = NAME_BYTES[sock.family]
        self.buffers = [bytearray(RECEIVE_BYTES) for _ in range(RECEIVED_AT_ONCE)]
        self.pointers: list[CData] = [packet_pointer(buffer, 0) for buffer in self.buffers]
        self.names = bytearray(self._step * RECEIVED_AT_ONCE)
        self.keys = memoryview(self.names).cast("Q")[:: self._step // 8]
        if batched and _c is not None:
            lengths = self._prepare()
            self.receive = self._receive_batch
        else:
            lengths = memoryview(bytearray(_MESSAGE_BYTES * RECEIVED_AT_ONCE)).cast("I")
            self.receive = self._receive_singly
        self.sizes = lengths[_LENGTH_AT // 4 :: _MESSAGE_BYTES // 4]

    def _prepare(self) -> memoryview:
        """Point `recvmmsg` at the buffers, once for all; answers with its messages."""
        self._keep = [_ffi.from_buffer("char[]", buffer) for buffer in self.buffers]
        names = _ffi.from_buffer("char[]", self.names)
        self._keep.append(names)
        self._vectors = _ffi.new("struct iovec[]", RECEIVED_AT_ONCE)
        self._messages = _ffi.new("struct mmsghdr[]", RECEIVED_AT_ONCE)
        for i in range(RECEIVED_AT_ONCE):
            self._vectors[i].iov_base, self._vectors[i].iov_len = self._keep[i], RECEIVE_BYTES
            header = self._messages[i].msg_hdr
            header.msg_name, header.msg_namelen = names + i * self._step, self._step
            header.msg_iov, header.msg_iovlen = self._vectors + i, 1
        return memoryview(_ffi.buffer(self._messages)).cast("B").cast("I")

    def name(self, i: int) -> bytes:
        """Where datagram i came from, as `pack_name` makes it."""
        at = i * self._step
        if self._family == socket.AF_INET:
            return bytes(self.names[at : at + self._step])
        # The system writes the scope behind it, which tells no addresses apart here.
        return bytes(self.names[at : at + _KEY_BYTES]) + _PAD

    def _receive_batch(self) -> int:
        """How many came; fewer than 64 say that no more are there just now."""
        n: int = _c.recvmmsg(self._fd, self._messages, RECEIVED_AT_ONCE, _MSG_DONTWAIT, _ffi.NULL)
        return max(n, 0)

    def _receive_singly(self) -> int:
        for i in range(RECEIVED_AT_ONCE):
            try:
                size, address = self._sock.recvfrom_into(self.buffers[i])
            except OSError:
                return i
            self.sizes[i] = size
            at = i * self._step
            self.names[at : at + self._step] = pack_name(self._family, address[:2])
        return RECEIVED_AT_ONCE


_LENGTH_AT: Final = 56
"""Of `msg_len` in a `struct mmsghdr`."""
_KEY_BYTES: Final = 24
_PAD: Final = bytes(NAME_BYTES[socket.AF_INET6] - _KEY_BYTES)
read_key: Final = struct.Struct(f"{_KEY_BYTES}s").unpack_from


def key_of_name(name: bytes) -> int | bytes:
    """What an address is known by: on IPv4 the half of the name that is not zero, as a number."""
    if len(name) == NAME_BYTES[socket.AF_INET]:
        return int.from_bytes(name[:8], _BYTE_ORDER)
    return name[:_KEY_BYTES]
