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
from server.filter_output import CannotConvert, Output, created
from server.filter_tracks import CopiedTrack, PictureTrack, SoundTrack, Track, filtered, fitting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.stream import Stream

    from rooms.filters.formats import Image
    from rooms.filters.instance import Step

PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
WITH_ALPHA: Final = frozenset({".png", ".webp"})
OPAQUE: Final = 255


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
                _convert_clip(chain, step, source, part, target.name, took)
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
    has_alpha = target.suffix.lower() in WITH_ALPHA and bool((bgra[:, :, 3] < OPAQUE).any())
    size = fitting(bgra.shape[1], bgra.shape[0])
    bgr = np.ascontiguousarray(bgra[:, :, :3]) if has_alpha else _on_white(bgra)
    if size != (bgr.shape[1], bgr.shape[0]):
        bgr = np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    frame = av.VideoFrame.from_ndarray(bgr, format="bgr24")
    made = cv2.cvtColor(chain.apply_video(frame, Context()), cv2.COLOR_YUV2BGR_I420)
    if has_alpha:
        alpha = cv2.resize(bgra[:, :, 3], made.shape[1::-1], interpolation=cv2.INTER_AREA)
        made = np.dstack((made, alpha))
    _, data = cv2.imencode(target.suffix.lower(), made)
    target.write_bytes(data.tobytes())


def _on_white(bgra: Image) -> Image:
    """BGR without what is transparent: the colours under that are anything."""
    alpha = bgra[:, :, 3:].astype(np.uint16)
    laid = (bgra[:, :, :3] * alpha + OPAQUE * (OPAQUE - alpha)) // OPAQUE
    return laid.astype(np.uint8)


def _convert_clip(
    chain: Chain, step: Step, source: Path, part: Path, name: str, took: list[float]
) -> None:
    first = _first_result(chain, step, source)
    with _opened(source) as container, created(part, name) as out:
        tracks: dict[Stream, Track] = {}
        for stream in container.streams:
            track = _track(out, stream, chain, first, took)
            if track is not None:
                tracks[stream] = track
        for packet in container.demux(list(tracks)):
            tracks[packet.stream].take(packet)
        for track in tracks.values():
            track.finish()
    if not took:
        raise CannotConvert(f"{source} has nothing that can be decoded.")


def _first_result(chain: Chain, step: Step, source: Path) -> Image | None:
    """What the filter makes of the first frame; None: it is for sound.

    An encoder has to know the size of the result before anything is written.
    """
    with _opened(source) as container:
        if step.filter.info.kind is Kind.AUDIO:
            if not container.streams.audio:
                raise CannotConvert(f"{source} has no sound.")
            return None
        stream = container.streams.best("video")
        if stream is None:
            raise CannotConvert(f"{source} has no picture.")
        for frame in container.decode(stream):
            if isinstance(frame, av.VideoFrame):
                return filtered(chain, frame)
    raise CannotConvert(f"{source} has no frame that can be decoded.")


def _track(
    out: Output, stream: Stream, chain: Chain, first: Image | None, took: list[float]
) -> Track | None:
    """What becomes of a track; None: it is left out, as all but the first of a kind are."""
    if stream.type not in ("video", "audio"):
        return None
    if stream.container.streams.best(stream.type) is not stream:
        return None
    if isinstance(stream, av.VideoStream) and first is not None:
        return PictureTrack(out, stream, chain, first, took)
    if isinstance(stream, av.AudioStream) and first is None:
        return SoundTrack(out, stream, chain, took)
    if out.holds(stream):
        return CopiedTrack(out, stream)
    if isinstance(stream, av.AudioStream) and out.holds_sound:
        return SoundTrack(out, stream, None, [])
    return None


@contextmanager
def _opened(source: Path) -> Iterator[InputContainer]:
    try:
        with av.open(str(source)) as container:
            yield container
    except (av.FFmpegError, OSError) as error:
        raise CannotConvert(f"{source} cannot be converted: {error.strerror}.") from None
