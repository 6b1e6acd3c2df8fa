"""Filters and steps for tests of chains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rooms.filters import Context, Image, Param, video_filter
from rooms.filters.chain import Step
from rooms.filters.declare import filter_of
from rooms.filters.scenes import moving_picture

if TYPE_CHECKING:
    from rooms.effects import ParamValue

I420: Final = moving_picture(64, 48, 0)


class Log:
    """A class filter that writes down what is done to it, in `happened` of the class."""

    happened: list[str]

    def start(self, context: Context) -> None:
        self.happened.append(f"start {context.name}")

    def __call__(self, image: Image, level: int = Param(0, 0, 255)) -> Image:
        self.happened.append(f"call {level}")
        return np.full_like(image, level)

    def stop(self) -> None:
        self.happened.append("stop")


def logging_filter(base: type[Log] = Log) -> tuple[type[Log], list[str]]:
    happened: list[str] = []
    made = type("Logged", (base,), {"happened": happened})
    return video_filter("Log", format="gray")(made), happened


def step(id_: str, target: object, **params: ParamValue) -> Step:
    return Step(id_, filter_of(target), params)


@video_filter("White", format="gray")
def white(image: Image) -> Image:
    return np.full_like(image, 235)
