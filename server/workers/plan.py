"""From what a participant wants to what a worker can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rooms.effects import Effect, FilterInfo, ParamKind, ParamValue
from rooms.errors import InvalidEffect, UnknownFilter
from server.workers.orders import SourceText, StepOrder
from server.workers.streams import Trouble, TroubleKind


@dataclass(frozen=True, slots=True)
class FileTrouble:
    """Why a file as it is now cannot be used.

    Attributes:
        file: its name without its directory.
        line: from 1; None when no line is to blame.
    """

    file: str
    line: int | None
    message: str


class Shelf(Protocol):
    """Where filters and pictures are found."""

    def find(self, name: str) -> FilterInfo:
        """Raises UnknownFilter: there is none of this name."""

    def source_of(self, name: str) -> SourceText | None:
        """The text that a filter from a file is made of; None for others."""

    def trouble_of(self, name: str) -> FileTrouble | None:
        """What is wrong with the file that a filter is from, if the newest text is not in use."""

    def go_back(self, source: SourceText, trouble: FileTrouble) -> bool:
        """Use an earlier text again, if this one was saved a moment ago; whether it was.

        Streams are told that the library has changed, also before this returns.
        """

    def picture(self, id_: str) -> bytes | None:
        """The file of a picture; None when it is gone."""


@dataclass(slots=True)
class Plan:
    """What a chain comes to.

    Attributes:
        held: an effect that hides something cannot be used: nothing may be shown.
        pictures: ids of those that the steps use.
        troubles: what is to be told of effects that are left out, or whose file is broken.
    """

    steps: list[StepOrder] = field(default_factory=list)
    held: bool = False
    pictures: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def private(self) -> bool:
        """Whether one of the steps hides something."""
        return any(step.private for step in self.steps)


def make_plan(chain: Sequence[Effect], shelf: Shelf, is_off: Callable[[str], bool]) -> Plan:
    """Find the filters of a chain.

    Args:
        chain: in order.
        shelf: where filters are.
        is_off: whether the effect of this id is left out for its failures.
    """
    plan = Plan()
    for effect in chain:
        info = _find(shelf, effect.filter)
        broken = shelf.trouble_of(effect.filter)
        if broken is not None:
            plan.troubles.append(_file_trouble(effect, broken))
        elif info is None:
            plan.troubles.append(_missing(effect))
        private = effect.private or (info is not None and info.private)
        if info is None or info.broken or is_off(effect.id):
            plan.held |= private
            continue
        params = _params(info, effect)
        source = shelf.source_of(effect.filter)
        plan.steps.append(StepOrder(effect.id, effect.filter, params, private, source))
        plan.pictures |= _pictures(info, params)
    return plan


def _find(shelf: Shelf, name: str) -> FilterInfo | None:
    try:
        return shelf.find(name)
    except UnknownFilter:
        return None


def _params(info: FilterInfo, effect: Effect) -> tuple[tuple[str, ParamValue], ...]:
    """All that the filter takes now; its parameters may be others than when they were chosen."""
    chosen = dict(effect.params)
    params = []
    for param in info.params:
        try:
            value = param.checked(chosen.get(param.name, param.default))
        except InvalidEffect:
            value = param.default
        params.append((param.name, value))
    return tuple(params)


def _pictures(info: FilterInfo, params: Sequence[tuple[str, ParamValue]]) -> set[str]:
    images = {param.name for param in info.params if param.kind is ParamKind.IMAGE}
    return {str(value) for name, value in params if name in images and value}


def _file_trouble(effect: Effect, broken: FileTrouble) -> Trouble:
    return Trouble(
        effect.id,
        effect.filter,
        effect.title,
        TroubleKind.BROKEN_FILE,
        broken.message,
        broken.file,
        broken.line,
    )


def _missing(effect: Effect) -> Trouble:
    message = "This filter is not on the server any more."
    return Trouble(effect.id, effect.filter, effect.title, TroubleKind.BROKEN_FILE, message)
