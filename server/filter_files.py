"""Filters applied to files: pictures, clips, sounds."""

from __future__ import annotations

import os
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Final

import av
import cv2
import numpy as np

from rooms.errors import InvalidPicture
from rooms.filters.chain import Chain
from rooms.filters.context import Context
from rooms.filters.pictures import decode_picture
from rooms.participant import Kind
from server.filter_tracks import CopiedTrack, PictureTrack, SoundTrack, Track, fitted, fitting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

    from rooms.filters.formats import Image
    from rooms.filters.instance import Step

PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})


class CannotConvert(Exception):
    """A file cannot be read, written, or has nothing that the filter is for."""


def convert(step: Step, source: Path, target: Path) -> str:
    """Write what the filter makes of a file, and say what it cost.

    Pictures larger than a call allows are made smaller first. What the filter is not for, such as
    the sound of a clip, is copied. `target` appears, or is replaced, only when all is done.

    Raises:
        CannotConvert: with a sentence.
        FilterFailed: the filter did.
    """
    still = source.suffix.lower() in PICTURES
    if still != (target.suffix.lower() in PICTURES):
        raise CannotConvert(f"A picture becomes a picture, a clip a clip: not {target.name}.")
    if still and step.filter.info.kind is Kind.AUDIO:
        raise CannotConvert(f"{step.filter.info.name} is for sound, and {source.name} has none.")
    took: list[float] = []
    chain = Chain([step])
    with _replacing(target) as part:
        try:
            if still:
                _convert_picture(chain, source, part)
                took.append(chain.ms[step.id])
            else:
                _convert_clip(chain, step, source, part, took)
        finally:
            chain.stop()
    unit = "packets" if step.filter.info.kind is Kind.AUDIO else "frames"
    return f"{target}: {len(took)} {unit}, {median(took):.2f} ms each"


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A file beside `target` that takes its place in the end, or is removed."""
    part = target.with_name(f".part-{target.name}")
    try:
        part.touch()
        yield part
        os.replace(part, target)
    except OSError as error:
        raise CannotConvert(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)


def _convert_picture(chain: Chain, source: Path, target: Path) -> None:
    try:
        bgra = decode_picture(source.read_bytes())
    except OSError as error:
        raise CannotConvert(f"{source} cannot be read: {error.strerror}.") from None
    except InvalidPicture:
        raise CannotConvert(f"{source} is no picture that can be read.") from None
    height, width = bgra.shape[:2]
    bgr = np.ascontiguousarray(bgra[:, :, :3])
    size = fitting(width, height)
    if size != (width, height):
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24")
    result: Image = chain.apply_video(frame, Context())
    made = cv2.cvtColor(result, cv2.COLOR_YUV2BGR_I420)
    _, data = cv2.imencode(target.suffix.lower(), made)
    target.write_bytes(data.tobytes())


def _convert_clip(chain: Chain, step: Step, source: Path, target: Path, took: list[float]) -> None:
    size = _result_size(step, source)
    with _opened(source) as container, _created(target) as out:
        tracks: dict[Stream, Track] = {}
        for stream in container.streams:
            track = _track(out, stream, chain, size, took)
            if track is not None:
                tracks[stream] = track
        for packet in container.demux(list(tracks)):
            tracks[packet.stream].take(packet)
        for track in tracks.values():
            track.finish()
    if not took:
        raise CannotConvert(f"{source} has nothing that can be decoded.")


def _result_size(step: Step, source: Path) -> tuple[int, int] | None:
    """What the filter makes of the first frame: an encoder has to know before anything is written.

    None: the filter is for sound.
    """
    with _opened(source) as container:
        if step.filter.info.kind is Kind.AUDIO:
            if not container.streams.audio:
                raise CannotConvert(f"{source} has no sound.")
            return None
        if not container.streams.video:
            raise CannotConvert(f"{source} has no picture.")
        chain = Chain([step])
        try:
            for frame in container.decode(video=0):
                height, width = chain.apply_video(fitted(frame), Context()).shape
                return width, height * 2 // 3
        finally:
            chain.stop()
    raise CannotConvert(f"{source} has no frame that can be decoded.")


def _track(
    out: OutputContainer,
    stream: Stream,
    chain: Chain,
    size: tuple[int, int] | None,
    took: list[float],
) -> Track | None:
    """What becomes of a track; None: it is left out, as all but the first of a kind are."""
    if stream.type not in ("video", "audio"):
        return None
    if stream.container.streams.best(stream.type) is not stream:
        return None
    if isinstance(stream, av.VideoStream) and size is not None:
        return PictureTrack(out, stream, chain, size, took)
    if isinstance(stream, av.AudioStream) and size is None:
        return SoundTrack(out, stream, chain, took)
    if stream.codec_context.codec.canonical_name in out.supported_codecs:
        return CopiedTrack(out, stream)
    if isinstance(stream, av.AudioStream) and out.default_audio_codec != "none":
        return SoundTrack(out, stream, None, [])
    return None


@contextmanager
def _opened(source: Path) -> Iterator[InputContainer]:
    try:
        with av.open(str(source)) as container:
            yield container
    except (av.FFmpegError, OSError) as error:
        raise CannotConvert(f"{source} cannot be converted: {error.strerror}.") from None


@contextmanager
def _created(target: Path) -> Iterator[OutputContainer]:
    try:
        out = av.open(str(target), "w")
    except ValueError:
        kind = target.suffix or "that"
        raise CannotConvert(f"There is no kind of file called {kind}.") from None
    with out:
        yield out
