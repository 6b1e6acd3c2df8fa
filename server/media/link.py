"""An established DTLS-SRTP transport, as the packet code sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from server.media.datagrams import Ring
from server.media.seam import CData, Srtp

Receive = Callable[[bytearray, CData, int, float, int], bool]
"""Takes a datagram: its buffer, a pointer to the buffer, its length, the monotonic time at which
its batch was read, and the same time as abs-send-time counts it (24 bits). Answers with whether the
peer had sent it: others may write its address on theirs."""


@dataclass(eq=False, slots=True)
class Link:
    """Where packets of one peer come from and go to.

    Attributes:
        ring: where outgoing packets are written.
        name: the peer's address as the ring wants it.
        tx: the libsrtp session for what is sent; `rx` for what is received.
        size: what libsrtp is told, and tells, the length of a packet by.
        receive: gets each SRTP and SRTCP datagram of the peer, still encrypted.
        on_moved: called after `ring` or `name` has changed: the peer has another address.
        heard_at: monotonic seconds of the peer's last datagram that was believed.
    """

    ring: Ring
    name: bytes
    srtp: Srtp
    tx: CData
    rx: CData
    size: CData
    receive: Receive | None = None
    on_moved: Callable[[], None] | None = None
    heard_at: float = 0.0

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt a compound and send it with what else leaves now."""
        protected = self.srtp.protect_rtcp(packet)
        if protected is not None:
            self.ring.put(self.name, protected)

    def move(self, ring: Ring, name: bytes) -> None:
        """Follow the peer to another address."""
        self.ring, self.name = ring, name
        if self.on_moved is not None:
            self.on_moved()
