"""Using the codecs once in the fork server: their tables are made then, for all workers."""

import numpy as np

from rooms.filters.formats import SAMPLE_RATE
from server.workers.decode import PictureDecoder
from server.workers.sound import OpusDecoder, OpusEncoder
from server.workers.vp8 import Vp8Encoder

_SIDE = 64


def warm_up() -> None:
    """Starts no thread, and leaves nothing open."""
    picture = np.full((_SIDE * 3 // 2, _SIDE), 128, np.uint8)
    encoder, decoder = Vp8Encoder(100_000), PictureDecoder("VP8", _SIDE, _SIDE)
    for timestamp in range(2):
        decoder.decode(encoder.encode(picture, timestamp, keyframe=False))
    packet = OpusEncoder().encode(np.zeros((1, SAMPLE_RATE // 50), np.int16))
    assert packet is not None
    OpusDecoder().decode(packet)
