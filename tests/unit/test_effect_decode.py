"""Which pictures a worker decodes."""

import numpy as np
import pytest

from server.workers.decode import PictureDecoder, Undecodable
from tests.support.media_pictures import Vp8
from tests.support.worker_streams import Camera


def keyframe(width: int, height: int) -> bytes:
    grey = np.full((height * 3 // 2, width), 128, np.uint8)
    return Vp8(width, height).encode(grey, keyframe=True)


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (320, 180)])
def test_pictures_within_the_limit_are_decoded_upright_or_not(size: tuple[int, int]) -> None:
    frame = PictureDecoder("VP8", 640, 360).decode(keyframe(*size))
    assert frame is not None
    assert (frame.width, frame.height) == size


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (656, 320), (1280, 720)])
def test_larger_ones_are_not_and_the_next_that_fit_are(size: tuple[int, int]) -> None:
    decoder = PictureDecoder("VP8", 640, 360)
    with pytest.raises(Undecodable):
        decoder.decode(keyframe(*size))
    assert decoder.decode(keyframe(640, 360)) is not None


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264"])
def test_after_one_that_is_far_too_large_a_keyframe_is_decoded(codec: str) -> None:
    decoder, camera = PictureDecoder(codec, 640, 360), Camera(320, 180, codec)
    assert decoder.decode(camera.frame()) is not None
    with pytest.raises(Undecodable):
        decoder.decode(Camera(2048, 2048, codec).frame())
    with pytest.raises(Undecodable):
        decoder.decode(camera.frame())
    for keyframe in (True, False):
        assert decoder.decode(camera.frame(keyframe=keyframe)) is not None
