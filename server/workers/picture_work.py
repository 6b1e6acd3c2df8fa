"""What a worker does with each picture: decode, filter, encode."""

from typing import Any, Final

import av
import cv2
import numpy as np

from rooms.filters import Context
from rooms.filters.formats import MAX_PIXELS, MAX_SIDE, Image, Policy
from rooms.filters.images import Picture
from server.workers.decode import PictureDecoder
from server.workers.meter import Meter
from server.workers.orders import Order, StreamJob
from server.workers.pressure import Pressure
from server.workers.rack import Rack
from server.workers.streams import Encoded
from server.workers.vp8 import CLOCK, Packetiser, Vp8Encoder, is_keyframe
from server.workers.worker import Late

_SMALLEST: Final = 4


class PictureWork:
    clock = CLOCK

    def __init__(self, job: StreamJob, rack: Rack) -> None:
        self._rack = rack
        self._decoder = PictureDecoder(job.codec, job.max_width, job.max_height)
        self._encoder = Vp8Encoder(job.bitrate_bps)
        self._packetiser = Packetiser()
        self._pressure = Pressure()
        self._last_time: float | None = None
        self._width = 0

    def frame(
        self, data: bytes, timestamp: int, context: Context, *, newer: bool, keyframe: bool
    ) -> Encoded | None:
        frame = self._decoder.decode(data)
        if frame is None:
            return None
        self._came(frame, context)
        latest = self._rack.policy is Policy.LATEST
        if newer and latest and self._pressure.is_late(context.age):
            raise Late
        picture = self._rack.apply_video(self._fitting(frame), context)
        encoded = self._encoder.encode(picture, timestamp, keyframe=keyframe)
        if not encoded:
            return None
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        payloads = self._packetiser.split(encoded)
        return Encoded(timestamp, 0.0, is_keyframe(encoded), payloads, width, height)

    def _came(self, frame: av.VideoFrame, context: Context) -> None:
        self._width = frame.width
        if self._last_time is not None:
            self._pressure.came(context.time - self._last_time)
        self._last_time = context.time

    def _fitting(self, frame: av.VideoFrame) -> av.VideoFrame | Image:
        """As filters can take it, and smaller under pressure."""
        if frame.format.name == "yuv420p" and not self._pressure.halved and _fits(frame):
            return frame
        picture = Picture.of_frame(frame).i420()
        if self._pressure.halved:
            picture = _halved(picture)
        while picture.shape[1] > MAX_SIDE or picture.size > MAX_PIXELS * 3 // 2:
            picture = _halved(picture)
        return picture

    def configure(self, order: Order) -> None:
        """Another chain may be another burden."""
        self._pressure = Pressure(interval_s=self._pressure.interval_s)

    def set_bitrate(self, bps: int) -> None:
        self._encoder.bitrate_bps = bps

    def second(self, meter: Meter) -> dict[str, Any]:
        self._pressure.second(meter.came, meter.late, meter.ms, self._width)
        return {"degraded": self._pressure.degraded, "peak_dbfs": None}


def _fits(frame: av.VideoFrame) -> bool:
    return max(frame.width, frame.height) <= MAX_SIDE and frame.width * frame.height <= MAX_PIXELS


def _halved(picture: Image) -> Image:
    """I420 at half the width and height, both made even."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    new_height, new_width = (max(_SMALLEST, side // 4 * 2) for side in (height, width))
    smaller = np.empty((new_height * 3 // 2, new_width), np.uint8)
    u, v = picture[height:].reshape(2, height // 2, width // 2)
    new_u, new_v = smaller[new_height:].reshape(2, new_height // 2, new_width // 2)
    for old, new in ((picture[:height], smaller[:new_height]), (u, new_u), (v, new_v)):
        new[:] = cv2.resize(old, new.shape[::-1], interpolation=cv2.INTER_AREA)
    return smaller
