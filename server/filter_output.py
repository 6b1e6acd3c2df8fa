"""The file that `greenroom filter run` writes, and what cannot be written to it, in words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import av

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

    Encoder = TypeVar("Encoder", bound=Stream)

ENCODERS: Final = {"vp9": "libvpx", "h264": "libx264", "libvpx-vp9": "libvpx"}
"""The default of a container where another encoder is several times faster or to be preferred."""
OPTIONS: Final = {
    "libx264": {"crf": "18", "preset": "veryfast"},
    "libvpx": {"deadline": "realtime", "cpu-used": "4", "crf": "8", "b:v": "8M"},
}
NO_PICTURE: Final = frozenset({"none", "png"})
"""What a container has for pictures that move, if it has nothing: PNG is for covers of records."""


class CannotConvert(Exception):
    """A file cannot be read, written, or has nothing that the filter is for."""


class Output:
    """Tracks are added first, then packets are written.

    Args:
        container: where to.
        name: of the file, as it is called in the end.
    """

    def __init__(self, container: OutputContainer, name: str) -> None:
        self._container = container
        self._name = name

    @property
    def holds_sound(self) -> bool:
        return self._container.default_audio_codec != "none"

    def holds(self, stream: Stream) -> bool:
        """Whether the packets of a track may be copied."""
        return stream.codec_context.codec.canonical_name in self._container.supported_codecs

    def add_picture(self, rate: Any) -> av.VideoStream:
        """A track with the container's own codec. Raises CannotConvert: it has none."""
        default = self._container.default_video_codec
        if default in NO_PICTURE:
            raise CannotConvert(f"{self._name} cannot hold a moving picture.")
        codec = ENCODERS.get(default, default)
        options = OPTIONS.get(codec)
        return self._added(av.VideoStream, codec, "a moving picture", rate=rate, options=options)

    def add_sound(self, rate: int, layout: str) -> av.AudioStream:
        """As `add_picture`."""
        codec = self._container.default_audio_codec
        return self._added(av.AudioStream, codec, "sound", rate=rate, layout=layout)

    def add_copy(self, stream: Stream) -> Stream:
        """A track for packets as they are. Raises CannotConvert: it cannot have this one."""
        try:
            return self._container.add_stream_from_template(stream)
        except (ValueError, av.FFmpegError):
            raise self._unfit() from None

    def mux(self, packets: Packet[Any] | Sequence[Packet[Any]]) -> None:
        """Raises CannotConvert: the container does not take them."""
        try:
            self._container.mux(packets)
        except (ValueError, av.FFmpegError):
            raise self._unfit() from None

    def _added(self, kind: type[Encoder], codec: str, what: str, **options: Any) -> Encoder:
        try:
            stream = self._container.add_stream(codec, **options)
        except (ValueError, av.FFmpegError):
            raise CannotConvert(f"{self._name} cannot hold {what}.") from None
        assert isinstance(stream, kind)
        return stream

    def _unfit(self) -> CannotConvert:
        return CannotConvert(f"{self._name} cannot hold this as it is: try another kind of file.")


@contextmanager
def created(path: Path, name: str) -> Iterator[Output]:
    """A file to be written at `path`, which takes the place of `name` in the end.

    Raises:
        CannotConvert: there is no such kind of file, or it cannot be finished.
    """
    try:
        container = av.open(str(path), "w")
    except ValueError:
        kind = path.suffix or "that"
        raise CannotConvert(f"There is no kind of file called {kind}.") from None
    with container:
        yield Output(container, name)
