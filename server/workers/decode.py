"""Encoded pictures to frames. A picture's size is looked at before memory is made for it."""

from typing import Final

import av

_DECODERS: Final = {"VP8": "vp8", "VP9": "vp9", "H264": "h264"}
_ALIGNMENT: Final = 64
"""FFmpeg makes room for sides that are multiples of this, and counts them."""


class Undecodable(Exception):
    """Nothing more can be decoded before a keyframe."""


class PictureDecoder:
    """Decodes one stream, without delay and in this thread alone.

    Args:
        codec: as SDP has it.
        max_width: of a picture, upright or not; so `max_height`. FFmpeg refuses larger ones before
            it makes room.
        max_height: see `max_width`.
    """

    def __init__(self, codec: str, max_width: int, max_height: int) -> None:
        self._codec = codec
        self._limit = max(max_width, max_height), min(max_width, max_height)
        self._context = self._new()
        self._synchronised = False

    def _new(self) -> av.VideoCodecContext:
        context = av.CodecContext.create(_DECODERS[self._codec], "r")
        assert isinstance(context, av.VideoCodecContext)
        pixels = _rounded_up(self._limit[0]) * _rounded_up(self._limit[1])
        context.options = {"max_pixels": str(pixels), "flags": "low_delay"}
        context.thread_count = 1
        return context

    def decode(self, data: bytes) -> av.VideoFrame | None:
        """The picture that this data completes; None when it completes none.

        Its memory is the decoder's: nobody may write to it.

        Raises:
            Undecodable: so may what follows be, and is not tried before a keyframe comes.
        """
        if not self._synchronised and self._codec == "VP8" and (not data or data[0] & 1):
            raise Undecodable
        try:
            frames = self._context.decode(av.Packet(data)) if data else []
        except (av.FFmpegError, ValueError) as error:
            self._synchronised = False
            if self._codec == "VP9":
                # FFmpeg's decoder takes no keyframe any more after one that it found too large.
                self._context = self._new()
            raise Undecodable from error
        if not frames:
            return None
        frame = frames[-1]
        sides = max(frame.width, frame.height), min(frame.width, frame.height)
        too_large = sides[0] > self._limit[0] or sides[1] > self._limit[1]
        begins = self._synchronised or frame.key_frame
        if too_large or frame.is_corrupt or not begins:
            self._synchronised = False
            raise Undecodable
        self._synchronised = True
        return frame


def _rounded_up(side: int) -> int:
    return -(-side // _ALIGNMENT) * _ALIGNMENT
