"""Opus packets to samples and back, of every length that a page may send."""

import av
import numpy as np
import pytest

from rooms.filters.formats import SAMPLE_RATE, Samples
from server.workers.sound import MAX_PACKET, OpusDecoder, OpusEncoder

LAYOUTS = {1: "mono", 2: "stereo"}


def noise(length: int, channels: int, number: int) -> Samples:
    """As hard to encode as sound can be."""
    random = np.random.default_rng(number)
    return random.integers(-20_000, 20_000, (channels, length), dtype=np.int16)


def packets(length: int, channels: int, count: int) -> list[bytes]:
    """As a browser sends them."""
    context = av.CodecContext.create("libopus", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.layout, context.format = SAMPLE_RATE, LAYOUTS[channels], "s16"
    context.options = {"frame_duration": f"{length * 1000 / SAMPLE_RATE:g}"}
    made = []
    for number in range(count):
        samples = noise(length, channels, number)
        packed = np.ascontiguousarray(samples.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=LAYOUTS[channels])
        frame.sample_rate, frame.pts = SAMPLE_RATE, number * length
        made += [bytes(packet) for packet in context.encode(frame)]
    return made


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("milliseconds", [2.5, 5, 10, 20, 40, 60, 80, 100, 120])
def test_each_packet_becomes_one_of_the_same_length_that_can_be_sent(
    milliseconds: float, channels: int
) -> None:
    length = int(milliseconds * SAMPLE_RATE / 1000)
    decoder, encoder, listener = OpusDecoder(), OpusEncoder(), OpusDecoder()
    for number, packet in enumerate(packets(length, channels, 10)):
        samples = decoder.decode(packet)
        assert samples.shape[1] == length
        out = encoder.encode(samples)
        assert out is not None
        assert len(out) <= MAX_PACKET
        heard = listener.decode(out)
        assert number == 0 or np.abs(heard.astype(int)).mean() > 1000
        assert heard.shape == samples.shape
