"""A filter at work in one effect."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from rooms.emitted import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rooms.effects import ParamValue
    from rooms.filters.context import Context
    from rooms.filters.declare import Filter
    from rooms.filters.formats import Image


Hiding = frozenset[tuple[str, str]]
"""The private effects before one, by id and filter."""
_NOTHING: Final[Hiding] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One effect of a chain.

    Attributes:
        id: of the effect: with the same id and filter, state is kept over `Chain.update`.
        params: by name; those not given have their defaults.
        pictures: BGRA by id, for the parameters that are images.
    """

    id: str
    filter: Filter
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    pictures: Mapping[str, Image] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """Raises InvalidEffect: the filter has no such parameter or not this value."""
        return self.filter.arguments(self.params, self.pictures)


class Instance:
    """Calls a filter, and makes, starts and stops its object if it is a class.

    `start` is called with the first frame; if it raises, the object is dropped, without `stop`, and
    the next frame makes a new one.
    """

    __slots__ = ("_arguments", "_call", "_hiding", "_was_hidden", "outbox", "step")

    def __init__(self, step: Step, arguments: dict[str, Any], hiding: Hiding = _NOTHING) -> None:
        self.step = step
        self.outbox: Outbox[str, dict[str, Any]] = Outbox()
        self._arguments = arguments
        self._call: Callable[..., Any] | None = None
        self._hiding = hiding
        self._was_hidden: Hiding | None = None  # by these, in every frame that it has had

    def may_become(self, step: Step, hiding: Hiding) -> bool:
        """Whether it runs the same code and remembers nothing that is to be hidden from it now."""
        same = self.step.filter.target is step.filter.target
        return same and (self._was_hidden is None or hiding <= self._was_hidden)

    def change(self, step: Step, arguments: dict[str, Any], hiding: Hiding = _NOTHING) -> None:
        """Other parameters or another place for the same filter, from the next frame on."""
        self.step = step
        self._arguments = arguments
        self._hiding = hiding

    def __call__(self, given: object, context: Context) -> object:
        """What the filter makes of a picture or of sound. Raises whatever the filter raises."""
        known = self._was_hidden
        self._was_hidden = self._hiding if known is None else known & self._hiding
        if self._call is None or self.step.filter.takes_context:
            context = replace(context, sink=self.outbox.put)
        if self._call is None:
            self._call = self._begin(context)
        if self.step.filter.takes_context:
            return self._call(given, context=context, **self._arguments)
        return self._call(given, **self._arguments)

    def _begin(self, context: Context) -> Callable[..., Any]:
        target = self.step.filter.target
        if not self.step.filter.stateful:
            return target
        made: Callable[..., Any] = target()
        start = getattr(made, "start", None)
        if start is not None:
            start(context) if inspect.signature(start).parameters else start()
        return made

    def stop(self) -> None:
        """Once for what was started, then nothing. Raises whatever the filter raises."""
        made, self._call = self._call, None
        stop = getattr(made, "stop", None) if self.step.filter.stateful else None
        if stop is not None:
            stop()
