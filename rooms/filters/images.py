"""A picture on its way through a chain, converted only when a filter wants another form."""

from __future__ import annotations

from typing import Any, Final

import av
import cv2
import numpy as np

from rooms.filters.failures import BadFilter
from rooms.filters.formats import MAX_PIXELS, MAX_SIDE, Chroma, Format, Image, sealed

NEUTRAL: Final = 128
"""Of both chroma planes: no colour."""

cv2.setNumThreads(1)  # a stream has one thread, and its neighbours have the others

Planes = tuple[Image, Image]
"""U and V, each (h / 2, w / 2)."""


class Picture:
    """One picture, in each form that was asked for: made at most once, and read-only.

    I420 is the hub: pictures come decoded as I420 and go to the encoder as I420, so a gray filter
    alone costs no conversion. Sides are even: an odd row or column of a frame is cut off.
    """

    __slots__ = ("_bgr", "_chroma", "_frame", "_i420", "_luma", "height", "width")

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._frame: av.VideoFrame | None = None
        self._i420: Image | None = None
        self._bgr: Image | None = None
        self._luma: Image | None = None
        self._chroma: Planes | None = None

    @classmethod
    def of(cls, source: av.VideoFrame | Image) -> Picture:
        """A decoded frame of any pixel format, or I420."""
        return cls.of_frame(source) if isinstance(source, av.VideoFrame) else cls.of_i420(source)

    @classmethod
    def of_frame(cls, frame: av.VideoFrame) -> Picture:
        if frame.format.name != "yuv420p":
            converted = frame.reformat(format="yuv420p")
            converted.pts = frame.pts
            if frame.time_base is not None:
                converted.time_base = frame.time_base
            frame = converted
        picture = cls(frame.width & ~1, frame.height & ~1)
        picture._frame = frame
        return picture

    @classmethod
    def of_i420(cls, i420: Image) -> Picture:
        picture = cls(i420.shape[1], i420.shape[0] * 2 // 3)
        picture._i420 = sealed(np.ascontiguousarray(i420))
        return picture

    @classmethod
    def of_bgr(cls, bgr: Image) -> Picture:
        picture = cls(bgr.shape[1], bgr.shape[0])
        picture._bgr = sealed(np.ascontiguousarray(bgr))
        return picture

    @classmethod
    def of_luma(cls, luma: Image, chroma: Planes | None) -> Picture:
        """A luma plane with the colour of `chroma`; None: without colour."""
        height, width = luma.shape
        picture = cls(width, height)
        picture._luma = sealed(luma)
        if chroma is None or chroma[0].shape == (height // 2, width // 2):
            picture._chroma = chroma
        else:
            u, v = (np.asarray(cv2.resize(plane, (width // 2, height // 2))) for plane in chroma)
            picture._chroma = u.astype(np.uint8, copy=False), v.astype(np.uint8, copy=False)
        return picture

    def form(self, wanted: Format) -> Any:
        """What a filter of that format is called with."""
        match wanted:
            case Format.BGR:
                return self.bgr()
            case Format.GRAY:
                return self.luma()
            case Format.YUV420:
                return self.i420()
            case _:
                return self.frame()

    def luma(self) -> Image:
        if self._luma is None:
            if self._i420 is None and self._frame is not None:
                self._luma = _plane(self._frame, 0, self.width, self.height)
            else:
                self._luma = self.i420()[: self.height]
        return self._luma

    def chroma(self) -> Planes | None:
        if self._chroma is None and self._i420 is None:
            if self._frame is not None:
                half = self.width // 2, self.height // 2
                self._chroma = _plane(self._frame, 1, *half), _plane(self._frame, 2, *half)
            elif self._bgr is not None:
                self.i420()
        if self._chroma is None and self._i420 is not None:
            self._chroma = _chroma_of(self._i420)
        return self._chroma

    def i420(self) -> Image:
        if self._i420 is None:
            if self._bgr is not None:
                converted = cv2.cvtColor(self._bgr, cv2.COLOR_BGR2YUV_I420)
                self._i420 = sealed(converted.astype(np.uint8, copy=False))
            else:
                self._i420 = self._assembled()
        return self._i420

    def bgr(self) -> Image:
        if self._bgr is None:
            converted = cv2.cvtColor(self.i420(), cv2.COLOR_YUV2BGR_I420)
            self._bgr = sealed(converted.astype(np.uint8, copy=False))
        return self._bgr

    def frame(self) -> av.VideoFrame:
        if self._frame is None:
            self._frame = av.VideoFrame.from_ndarray(self.i420(), format="yuv420p")
        return self._frame

    def _assembled(self) -> Image:
        i420 = np.empty((self.height * 3 // 2, self.width), np.uint8)
        i420[: self.height] = self.luma()
        chroma = self.chroma()
        if chroma is None:
            i420[self.height :] = NEUTRAL
        else:
            for part, plane in zip(_chroma_of(i420), chroma, strict=True):
                part[:] = plane
        return sealed(i420)


def returned(value: object, by: Format, chroma: Chroma, before: Picture) -> Picture:
    """What a filter returned, as the picture for the next one.

    Args:
        value: the filter's.
        by: the filter's format.
        chroma: whether a gray result gets back the colour of `before`.
        before: what the filter was given.

    Raises:
        BadFilter: it is nothing that a filter may return.
    """
    if by is Format.FRAME:
        if not isinstance(value, av.VideoFrame):
            raise BadFilter(f"It must return an av.VideoFrame, not {_name(value)}.")
        picture = Picture.of_frame(value)
        _check_size(value.width, value.height)
        return picture
    if not isinstance(value, np.ndarray):
        raise BadFilter(f"It must return a numpy array, not {_name(value)}.")
    if value.dtype != np.uint8:
        raise BadFilter(f"It must return uint8, not {value.dtype}.")
    shape = value.shape
    if by is Format.BGR and value.ndim == 3 and shape[2] == 3:
        _check_size(shape[1], shape[0])
        return Picture.of_bgr(value)
    if by is Format.GRAY and value.ndim == 2:
        _check_size(shape[1], shape[0])
        return Picture.of_luma(value, before.chroma() if chroma is Chroma.KEEP else None)
    if by is Format.YUV420 and value.ndim == 2 and shape[0] % 3 == 0:
        _check_size(shape[1], shape[0] * 2 // 3)
        return Picture.of_i420(value)
    form = {Format.BGR: "(h, w, 3)", Format.GRAY: "(h, w)"}.get(by, "(h * 3 / 2, w)")
    raise BadFilter(f"It must return {form}, not {shape}.")


def _check_size(width: int, height: int) -> None:
    if width % 2 or height % 2 or not width or not height:
        raise BadFilter(f"It returned {width}x{height}; both sides must be even.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadFilter(f"It returned {width}x{height}; 1920x1080 is the most.")


def _name(value: object) -> str:
    return "None" if value is None else type(value).__name__


def _plane(frame: av.VideoFrame, index: int, width: int, height: int) -> Image:
    """A view of a plane; its rows are longer than the picture is wide."""
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return sealed(rows[:height, :width])


def _chroma_of(i420: Image) -> Planes:
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    u, v = i420[height:].reshape(2, height // 2, width // 2)
    return u, v
