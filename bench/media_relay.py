"""What an effect costs as aiortc's documentation has it: `python -m bench.media_relay PORT`.

The peer that `python -m bench effects` measures in the same run: one publisher, whose picture is
decoded once and filtered once, and encoded for each of any number of subscribers.
"""

import sys

import cv2
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection
from aiortc.contrib.media import MediaBlackhole, MediaRelay
from av import VideoFrame

from bench.relay import Relay, run

LOW, HIGH = 100, 200


class Edges(MediaStreamTrack):
    """A track of which the edges are drawn."""

    kind = "video"

    def __init__(self, track: MediaStreamTrack) -> None:
        super().__init__()
        self._track = track

    async def recv(self) -> VideoFrame:
        frame = await self._track.recv()
        assert isinstance(frame, VideoFrame)
        edges = cv2.Canny(frame.to_ndarray(format="bgr24"), LOW, HIGH)
        image = np.asarray(cv2.cvtColor(edges, cv2.COLOR_GRAY2BGR), np.uint8)
        drawn = VideoFrame.from_ndarray(image, format="bgr24")
        # Left in BGR, the encoders of several subscribers would convert it in several threads,
        # which crashes.
        result = drawn.reformat(format="yuv420p")
        result.pts, result.time_base = frame.pts, frame.time_base
        return result


class EdgesRelay(Relay):
    """The edges are drawn once, and encoded for each subscriber."""

    def __init__(self) -> None:
        super().__init__()
        self._relay = MediaRelay()
        self._drain = MediaBlackhole()
        self._edges: Edges | None = None

    async def take(self, connection: RTCPeerConnection) -> None:
        (transceiver,) = connection.getTransceivers()
        self._edges = Edges(transceiver.receiver.track)
        self._drain.addTrack(self._relay.subscribe(self._edges))
        await self._drain.start()

    def give(self, connection: RTCPeerConnection) -> None:
        assert self._edges is not None
        connection.addTransceiver(self._relay.subscribe(self._edges), direction="sendonly")


if __name__ == "__main__":
    run(EdgesRelay, int(sys.argv[1]))
