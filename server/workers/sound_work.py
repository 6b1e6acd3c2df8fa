"""What a worker does with each packet of sound: decode, filter, gain, encode."""

from typing import Any

from rooms.filters import Context
from rooms.filters.formats import SAMPLE_RATE
from rooms.filters.levels import Fader
from server.workers.meter import Meter
from server.workers.orders import Order
from server.workers.rack import Rack
from server.workers.sound import MAX_PACKET, OpusDecoder, OpusEncoder, in_dbfs, level, peak
from server.workers.streams import Encoded


class SoundWork:
    """One packet in, one packet out."""

    clock = SAMPLE_RATE

    def __init__(self, rack: Rack) -> None:
        self._rack = rack
        self._decoder = OpusDecoder()
        self._encoder = OpusEncoder()
        self._gain_db = 0.0
        self._fader = Fader()
        self._peak = 0

    def frame(
        self, data: bytes, timestamp: int, context: Context, *, newer: bool, keyframe: bool
    ) -> Encoded | None:
        samples = self._rack.apply_audio(self._decoder.decode(data), context)
        samples = self._fader.apply(samples, self._gain_db)
        self._peak = max(self._peak, peak(samples))
        packet = self._encoder.encode(samples)
        if packet is None or len(packet) > MAX_PACKET:
            return None
        return Encoded(timestamp, 0.0, True, (packet,), level=level(samples))

    def configure(self, order: Order) -> None:
        self._gain_db = order.gain_db

    def set_bitrate(self, bps: int) -> None:
        """Sound takes little, whatever there is."""

    def second(self, meter: Meter) -> dict[str, Any]:
        loudest, self._peak = self._peak, 0
        return {"degraded": None, "peak_dbfs": in_dbfs(loudest)}
