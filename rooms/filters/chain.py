"""Effects in a row: one decoded picture in, one I420 picture out."""

from __future__ import annotations

from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from rooms.effects import MAX_EFFECTS
from rooms.errors import InvalidEffect, TooManyEffects
from rooms.filters.failures import BadFilter, FilterFailed, explain
from rooms.filters.formats import Policy, sealed
from rooms.filters.images import Picture, returned
from rooms.filters.instance import Instance, Step
from rooms.filters.interrupts import ends_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    import av

    from rooms.filters.context import Context
    from rooms.filters.formats import Image, Samples

__all__ = ["Chain", "Step"]

Value = TypeVar("Value")
Emit: TypeAlias = "Callable[[str, str, str, dict[str, Any]], None]"
"""Effect id, name of the filter, kind and data of the event."""


class Chain:
    """The effects of one stream, all run by one thread; `update` may be called by any.

    Args:
        steps: at most eight, all of pictures or all of sound.
        on_emit: takes what filters tell the room.
        on_running: told the id of the effect whose code begins to run: its call, `start` or `stop`;
            None when it has ended. Who watches from outside then knows which filter to blame for a
            thread that hangs. It may be the id of an effect that `update` has just left out.
        on_failed: takes the failure of a filter that is not private; the chain goes on without it
            for that frame. Without `on_failed`, and for a private filter, the failure is raised.
        clock: in seconds; it goes forward.

    Raises:
        TooManyEffects: more than eight.
        InvalidEffect: a value is not for its parameter, or two ids are the same.
    """

    def __init__(
        self,
        steps: Sequence[Step] = (),
        *,
        on_emit: Emit | None = None,
        on_running: Callable[[str | None], None] | None = None,
        on_failed: Callable[[FilterFailed], None] | None = None,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.running: str | None = None
        """The effect whose code runs."""
        self.ms: dict[str, float] = {}
        """What each effect took of the last frame, by its id; conversions for it included."""
        self._on_emit = on_emit
        self._on_running = on_running
        self._on_failed = on_failed
        self._clock = clock
        self._instances: list[Instance] = []
        # a deque, because its two ends may be in two threads
        self._wanted: deque[list[tuple[Step, dict[str, Any]]]] = deque(maxlen=1)
        self.policy = Policy.LATEST
        self.update(steps)

    def update(self, steps: Sequence[Step]) -> None:
        """Another chain from the next frame on.

        An effect that keeps its id and its filter's code keeps its state, unless that may hold
        what a private filter before it hides now. Errors: as for a new chain; then nothing changes.
        """
        if len(steps) > MAX_EFFECTS:
            raise TooManyEffects
        if len({step.id for step in steps}) < len(steps):
            raise InvalidEffect("Two effects of a chain have the same id.")
        self._wanted.append([(step, step.arguments()) for step in steps])
        every = any(step.filter.policy is Policy.ALL for step in steps)
        self.policy = Policy.ALL if every else Policy.LATEST

    def apply_video(self, source: av.VideoFrame | Image, context: Context) -> Image:
        """Run the chain on a picture.

        Args:
            source: a decoded frame, or I420.
            context: of this frame.

        Returns:
            I420, read-only and contiguous. It may be memory of a filter: use it before the next
            frame.

        Raises:
            FilterFailed: see `on_failed`.
        """
        return self._pass(Picture.of(source), context, _on_picture).i420()

    def apply_audio(self, samples: Samples, context: Context) -> Samples:
        """Run the chain on int16 (channels, n) at 48 kHz; errors as for pictures."""
        return self._pass(samples, context, _on_sound)

    def settle(self) -> None:
        """Become what `update` wants now, and not with the next frame: filters may be stopped.

        Raises:
            FilterFailed: see `on_failed`.
        """
        if not self._wanted:
            return
        wanted = self._wanted.pop()
        before = {instance.step.id: instance for instance in self._instances}
        self._instances = []
        hiding: frozenset[tuple[str, str]] = frozenset()
        for step, arguments in wanted:
            instance = before.get(step.id)
            if instance is None or not instance.may_become(step, hiding):
                instance = Instance(step, arguments, hiding)
            else:
                del before[step.id]
                instance.change(step, arguments, hiding)
            self._instances.append(instance)
            if step.filter.info.private:
                hiding |= {(step.id, step.filter.info.name)}
        self._stop(before.values())

    def stop(self) -> None:
        """Stop all filters. Raises FilterFailed: one could not; all were stopped nevertheless."""
        self._wanted.clear()
        instances, self._instances = self._instances, []
        self._stop(instances)

    def _pass(
        self,
        value: Value,
        context: Context,
        apply: Callable[[Instance, Value, Context], Value],
    ) -> Value:
        self.settle()
        self.ms = {}
        for instance in self._instances:
            self._run(instance.step.id)
            began = self._clock()
            try:
                value = apply(instance, value, context)
            except BaseException as error:
                if ends_process(error):
                    raise
                self._fail(_failure(instance.step, error), hidden=instance.step.filter.info.private)
            finally:
                self._run(None)
                ended = self._clock()
                self.ms[instance.step.id] = (ended - began) * 1000.0
            self._emit(instance, ended)
        return value

    def _run(self, effect_id: str | None) -> None:
        self.running = effect_id
        if self._on_running is not None:
            self._on_running(effect_id)

    def _emit(self, instance: Instance, now: float) -> None:
        event = instance.outbox.take(now)
        if event is not None and self._on_emit is not None:
            self._on_emit(instance.step.id, instance.step.filter.info.name, *event)

    def _stop(self, instances: Iterable[Instance]) -> None:
        failures = []
        for instance in instances:
            self._run(instance.step.id)
            try:
                instance.stop()
            except BaseException as error:
                if ends_process(error):
                    raise
                failures.append(_failure(instance.step, error))
            finally:
                self._run(None)
        for failure in failures:
            self._fail(failure)

    def _fail(self, failure: FilterFailed, *, hidden: bool = False) -> None:
        if self._on_failed is None or hidden:
            raise failure
        self._on_failed(failure)


def _on_picture(instance: Instance, picture: Picture, context: Context) -> Picture:
    form = instance.step.filter.format
    result = instance(picture.form(form), context)
    return returned(result, form, instance.step.filter.chroma, picture)


def _on_sound(instance: Instance, samples: Samples, context: Context) -> Samples:
    result = instance(sealed(samples), context)
    if not isinstance(result, np.ndarray):
        raise BadFilter(f"It must return a numpy array, not {type(result).__name__}.")
    if result.dtype != np.int16 or result.shape != samples.shape:
        raise BadFilter(f"It must return int16 {samples.shape}, not {result.dtype} {result.shape}.")
    return np.ascontiguousarray(result)


def _failure(step: Step, error: BaseException) -> FilterFailed:
    failure = FilterFailed(step.id, *explain(error, step.filter.file))
    failure.__cause__ = error
    return failure
