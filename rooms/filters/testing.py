"""Help for authors who test their filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import numpy as np

from rooms.effects import ParamInfo, ParamKind, ParamValue
from rooms.filters.chain import Chain
from rooms.filters.context import Context
from rooms.filters.declare import Filter, filter_of
from rooms.filters.failures import FilterFailed
from rooms.filters.formats import Format
from rooms.filters.instance import Step
from rooms.filters.measuring import Cost, measure
from rooms.filters.scenes import FRAMES_PER_S, moving_picture, moving_sound
from rooms.participant import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from rooms.filters.formats import Image

SIZES = ((640, 360), (1280, 720), (360, 640), (322, 182))
"""What cameras send, upright too, and one whose rows are not a multiple of anything."""
_FRAMES = 4
_LONG_TEXT = "Ωmega “quoted” — " * 11


def check_filter(
    target: object,
    *,
    sizes: Sequence[tuple[int, int]] = SIZES,
    max_ms: float | None = None,
) -> dict[tuple[int, int], Cost]:
    """Run a filter as the server would, with every parameter at its ends, and look for mistakes.

    It must return the declared type and shape, leave what it was given alone, and take what it is
    allowed to take: sizes in turn, values at the ends of their range, empty and long text, no
    picture and a small one.

    Args:
        target: the decorated function or class.
        sizes: of the pictures, (width, height), even. Sound is tried with one and two channels.
        max_ms: the most that a frame may take in the middle, at the first size.

    Returns:
        What a frame costs at each size, with the defaults.

    Raises:
        AssertionError: with the reason, and the parameters with which it happened.
    """
    filter_ = filter_of(target)
    for params in _settings(filter_.info.params):
        _run(filter_, params, sizes)
    costs = {
        (width, height): measure(Step("check", filter_), width=width, height=height, frames=30)
        for width, height in (sizes if filter_.info.kind is Kind.VIDEO else sizes[:1])
    }
    first = next(iter(costs.values()))
    if max_ms is not None and first.ms > max_ms:
        raise AssertionError(
            f"{filter_.info.name} takes {first.ms:.1f} ms a frame; {max_ms:g} is the most."
        )
    return costs


def _settings(infos: Sequence[ParamInfo]) -> Iterator[dict[str, ParamValue]]:
    """The defaults, then one parameter after the other at each of its ends."""
    yield {}
    for info in infos:
        for value in _ends(info):
            yield {info.name: value}


def _ends(info: ParamInfo) -> list[ParamValue]:
    match info.kind:
        case ParamKind.NUMBER:
            return [info.low, info.high]
        case ParamKind.CHOICE:
            return [value for value, _ in info.choices]
        case ParamKind.SWITCH:
            return [True, False]
        case ParamKind.TEXT:
            return ["", _LONG_TEXT]
        case ParamKind.COLOUR:
            return ["#000000", "#ffffff"]
        case ParamKind.IMAGE:
            return ["", "picture"]


def _run(filter_: Filter, params: dict[str, ParamValue], sizes: Sequence[tuple[int, int]]) -> None:
    chain = Chain([Step("check", filter_, params, {"picture": _overlay()})])
    shown = f" with {params}" if params else ""
    try:
        if filter_.info.kind is Kind.AUDIO:
            for channels in (1, 2):
                for number in range(_FRAMES):
                    given = moving_sound(channels, number)
                    before = given.copy()
                    chain.apply_audio(given, _context(number))
                    _same(before, given, filter_)
        else:
            for width, height in sizes:
                shown = f" at {width}x{height} with {params}"
                for number in range(_FRAMES):
                    _show(chain, filter_, width, height, number)
        chain.stop()
    except FilterFailed as failed:
        where = f"{failed.file}:{failed.line}" if failed.line else failed.file
        raise AssertionError(f"{filter_.info.name}{shown}: {failed.message} ({where})") from failed


def _show(chain: Chain, filter_: Filter, width: int, height: int, number: int) -> None:
    """One picture. Arrays are read-only, but there are ways around that."""
    before = moving_picture(width, height, number)
    if filter_.format is Format.FRAME:
        frame = av.VideoFrame.from_ndarray(before, format="yuv420p")
        chain.apply_video(frame, _context(number))
        _same(before, frame.to_ndarray(), filter_)
    else:
        given = before.copy()
        chain.apply_video(given, _context(number))
        _same(before, given, filter_)


def _same(before: npt.NDArray[Any], after: npt.NDArray[Any], filter_: Filter) -> None:
    if not np.array_equal(before, after):
        what = "sound" if filter_.info.kind is Kind.AUDIO else "picture"
        raise AssertionError(f"{filter_.info.name} writes to the {what} that it is given.")


def _context(number: int) -> Context:
    return Context(
        time=number / FRAMES_PER_S,
        age=0.01,
        name="Ada Lovelace",
        speaking=number % 2 == 0,
        hand_raised=number % 2 == 1,
    )


def _overlay() -> Image:
    """A small picture, half of it clear: BGRA."""
    picture = np.full((48, 64, 4), 255, np.uint8)
    picture[:, 32:, 3] = 0
    return picture
