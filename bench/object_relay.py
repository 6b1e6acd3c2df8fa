"""What forwarding costs when it is done with aiortc's objects: `python -m bench.object_relay PORT`.

The peer that `python -m bench forward` measures in the same run: one publisher, any number of
subscribers, each packet parsed into an RtpPacket, and written and sent once for each of them.
"""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiortc import RTCPeerConnection, RTCRtpTransceiver
from aiortc.clock import current_ntp_time
from aiortc.rtp import HeaderExtensions, HeaderExtensionsMap, RtpPacket

from bench.relay import Relay, run

KINDS = ("audio", "video")

Send = Callable[[RtpPacket], Awaitable[None]]


class ObjectRelay(Relay):
    """Each packet is written and sent once for each subscriber."""

    def __init__(self) -> None:
        super().__init__()
        self._senders: dict[str, list[Send]] = {kind: [] for kind in KINDS}

    async def take(self, connection: RTCPeerConnection) -> None:
        for transceiver in connection.getTransceivers():
            self._relay(transceiver)

    def give(self, connection: RTCPeerConnection) -> None:
        for kind in KINDS:
            self._send_from(connection.addTransceiver(kind, "sendonly"))

    def _relay(self, transceiver: RTCRtpTransceiver) -> None:
        senders = self._senders[transceiver.kind]

        async def relay(packet: RtpPacket, arrival_time_ms: int) -> None:
            for send in senders:
                await send(packet)

        receiver: Any = transceiver.receiver
        receiver._handle_rtp_packet = relay

    def _send_from(self, transceiver: RTCRtpTransceiver) -> None:
        """Take the place of the sender's own tasks, which wait for a track to encode."""
        sender: Any = transceiver.sender
        extensions = HeaderExtensionsMap()

        async def begin(parameters: Any) -> None:
            extensions.configure(parameters)
            payload_type = parameters.codecs[0].payloadType

            async def send(packet: RtpPacket) -> None:
                copy = RtpPacket(
                    payload_type=payload_type,
                    marker=packet.marker,
                    sequence_number=packet.sequence_number,
                    timestamp=packet.timestamp,
                    ssrc=sender._ssrc,
                    payload=packet.payload,
                )
                sent_at = (current_ntp_time() >> 14) & 0x00FFFFFF
                copy.extensions = HeaderExtensions(abs_send_time=sent_at)
                await sender.transport._send_rtp(copy.serialize(extensions))

            self._senders[transceiver.kind].append(send)

        sender.send = begin


if __name__ == "__main__":
    run(ObjectRelay, int(sys.argv[1]))
