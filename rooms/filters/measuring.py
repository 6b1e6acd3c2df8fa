"""What a filter costs, measured where it is called."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, TypeVar

from rooms.filters.chain import Chain
from rooms.filters.context import Context
from rooms.filters.formats import SAMPLE_RATE
from rooms.filters.scenes import (
    FRAMES_PER_S,
    PACKET_SAMPLES,
    moving_picture,
    moving_sound,
)
from rooms.participant import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rooms.filters.instance import Step

Given = TypeVar("Given")
WARM_UP = 5
"""Frames that do not count: models are loaded, tables made, memory is fetched."""
PACKETS_PER_S = SAMPLE_RATE // PACKET_SAMPLES


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one frame, or of one 20 ms packet of sound.

    Attributes:
        ms: the median.
        slowest_ms: of the nineteen fastest of twenty.
        core: share of a core for a stream in real time, other threads of the filter included.
    """

    ms: float
    slowest_ms: float
    core: float


def measure(step: Step, *, width: int = 640, height: int = 360, frames: int = 90) -> Cost:
    """Run a filter on a moving picture, or on sound.

    Raises:
        FilterFailed: it failed.
        InvalidEffect: a parameter is not one it takes.
    """
    chain = Chain([step])
    if step.filter.info.kind is Kind.AUDIO:
        sounds = [moving_sound(1, number) for number in range(frames)]
        return _measured(chain, chain.apply_audio, sounds, PACKETS_PER_S)
    second = [moving_picture(width, height, number) for number in range(FRAMES_PER_S)]
    pictures = [second[number % FRAMES_PER_S] for number in range(frames)]
    return _measured(chain, chain.apply_video, pictures, FRAMES_PER_S)


def _measured(
    chain: Chain,
    apply: Callable[[Given, Context], object],
    inputs: Sequence[Given],
    per_s: int,
) -> Cost:
    took: list[float] = []
    used = 0.0
    try:
        for number, given in enumerate(inputs):
            if number == WARM_UP:
                used = process_time()
            began = perf_counter()
            apply(given, Context(time=number / per_s, name="Ada Lovelace"))
            took.append((perf_counter() - began) * 1000.0)
        used = process_time() - used
    finally:
        chain.stop()
    took = sorted(took[WARM_UP:])
    return Cost(median(took), took[len(took) * 19 // 20], used / len(took) * per_s)
