"""What the media plane has counted since it started: plain integers, read for the metrics."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Sums over all rooms. Packets and bytes are RTP, without UDP and IP headers.

    Attributes:
        unrouted: datagrams from addresses that no connection knows.
        malformed: datagrams that are neither STUN, DTLS nor SRTP as their standards have them.
        unauthentic: SRTP and SRTCP packets that did not pass their authentication.
        refused: packets that a limit refused: too many SSRCs, pictures too large, queues full.
        unsent: packets that the system did not take.
        lost: RTP packets of publishers that never came, retransmissions included.
        retransmitted: RTP packets sent again to subscribers.
        recovered: RTP packets of publishers that came by retransmission.
        forwarding_s: time from waking up for datagrams until the last of them was sent on.
        wakeups: how often datagrams were waited for and came.
    """

    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    unrouted: int = 0
    malformed: int = 0
    unauthentic: int = 0
    refused: int = 0
    unsent: int = 0
    lost: int = 0
    recovered: int = 0
    retransmitted: int = 0
    nacks_in: int = 0
    nacks_out: int = 0
    plis_in: int = 0
    plis_out: int = 0
    switches: int = 0
    wakeups: int = 0
    forwarding_s: float = 0.0
