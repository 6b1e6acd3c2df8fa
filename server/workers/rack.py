"""The effects of one stream in its worker: which run, which rest after a failure, which hide."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final, TypeVar

import av

from rooms.errors import InvalidPicture, RoomError
from rooms.filters import Context
from rooms.filters.chain import Chain
from rooms.filters.failures import BrokenFile, FilterFailed
from rooms.filters.formats import Image, Policy, Samples
from rooms.filters.instance import Step
from rooms.filters.pictures import decode_picture
from server.workers.orders import Order, StepOrder
from server.workers.repertoire import Repertoire
from server.workers.streams import TroubleKind

REST_S: Final = 0.5
"""A filter that failed is left out for so long and then begins anew."""
_NO_MEMORY: Final = -4
"""OpenCV's error code for it."""

Result = TypeVar("Result")
Tell = Callable[[dict[str, Any]], None]


class Held(Exception):
    """Nothing may be shown: an effect that hides something does not work."""


@dataclass(slots=True)
class _Place:
    """One effect of the chain.

    Attributes:
        step: None: its code cannot be loaded.
        rests_until: seconds of the monotonic clock.
    """

    order: StepOrder
    step: Step | None
    rests_until: float = 0.0


class Rack:
    """Applies the chain to frames and says what failed.

    Args:
        repertoire: where filters are found.
        tell: takes notes to the server: "trouble" and "emitted".
        on_running: see `Chain`; gets the index in the whole chain, also while others rest.
    """

    def __init__(
        self, repertoire: Repertoire, tell: Tell, on_running: Callable[[int], None]
    ) -> None:
        self._repertoire = repertoire
        self._tell = tell
        self._on_running = on_running
        self._pictures: dict[str, Image] = {}
        self._places: list[_Place] = []
        self._indexes: list[int] = []
        self._begins = False
        self._chain = Chain(on_emit=self._emitted, on_running=self._runs, on_failed=self._failed)

    @property
    def policy(self) -> Policy:
        return self._chain.policy

    @property
    def ms(self) -> Mapping[str, float]:
        """Of the last frame, by effect."""
        return self._chain.ms

    @property
    def begins(self) -> bool:
        """Whether filters may be started for the next frame."""
        return self._begins

    def add_picture(self, id_: str, data: bytes) -> None:
        """Decode a picture that effects may use; one that cannot be is as none."""
        with contextlib.suppress(InvalidPicture, MemoryError):
            self._pictures[id_] = decode_picture(data)

    def configure(self, order: Order) -> None:
        """Use another chain from the next frame on. Effects that stay keep their state."""
        resting = {place.order.id: place for place in self._places}
        self._places = []
        for index, wanted in enumerate(order.steps):
            self._on_running(index)
            place = _Place(wanted, self._step(wanted))
            before = resting.get(wanted.id)
            if before is not None and before.step is not None and place.step is not None:
                same = before.step.filter.target is place.step.filter.target
                place.rests_until = before.rests_until if same else 0.0
            self._places.append(place)
        self._on_running(-1)
        used = {value for place in self._places for _, value in place.order.params}
        self._pictures = {id_: image for id_, image in self._pictures.items() if id_ in used}
        self._update(time.monotonic())

    def apply_video(self, source: av.VideoFrame | Image, context: Context) -> Image:
        """I420. Raises Held."""
        return self._apply(lambda: self._chain.apply_video(source, context))

    def apply_audio(self, samples: Samples, context: Context) -> Samples:
        """Raises Held."""
        return self._apply(lambda: self._chain.apply_audio(samples, context))

    def stop(self) -> None:
        self._chain.stop()

    def _apply(self, run: Callable[[], Result]) -> Result:
        now = time.monotonic()
        if any(0.0 < place.rests_until <= now for place in self._places):
            self._update(now)
        if any(self._hides(place) for place in self._places):
            raise Held
        self._begins = False
        try:
            return run()
        except FilterFailed as failure:
            self._failed(failure)
            raise Held from failure

    def _hides(self, place: _Place) -> bool:
        return place.order.private and (place.step is None or place.rests_until > 0.0)

    def _update(self, now: float) -> None:
        """Give the chain all effects that do not rest."""
        steps: list[Step] = []
        self._indexes = []
        for index, place in enumerate(self._places):
            if place.rests_until <= now:
                place.rests_until = 0.0
            if place.step is not None and not place.rests_until:
                steps.append(place.step)
                self._indexes.append(index)
        self._chain.update(steps)
        self._begins = any(step.filter.stateful for step in steps)

    def _step(self, wanted: StepOrder) -> Step | None:
        try:
            if wanted.source is not None:
                self._repertoire.learn(wanted.source)
            path = wanted.source.path if wanted.source is not None else None
            found = self._repertoire.find(wanted.filter, path)
            if found is None:
                raise BrokenFile(PurePath(path or "").name, None, "The filter is not there.")
            step = Step(wanted.id, found, dict(wanted.params), self._pictures)
            step.arguments()
        except BrokenFile as broken:
            self._trouble(wanted.id, TroubleKind.BROKEN_FILE, broken)
            return None
        except RoomError as error:
            failure = FilterFailed(wanted.id, None, None, error.message)
            self._trouble(wanted.id, TroubleKind.ERROR, failure)
            return None
        return step

    def _runs(self, index: int) -> None:
        self._on_running(index if index < 0 else self._indexes[index])

    def _emitted(self, effect_id: str, name: str, kind: str, data: dict[str, Any]) -> None:
        self._tell({"tell": "emitted", "id": effect_id, "filter": name, "kind": kind, "data": data})

    def _failed(self, failure: FilterFailed) -> None:
        """Let the effect rest; it counts as one failure, however many frames that saves it."""
        now = time.monotonic()
        kind = TroubleKind.MEMORY if _out_of_memory(failure.__cause__) else TroubleKind.ERROR
        self._trouble(failure.effect_id, kind, failure)
        for place in self._places:
            if place.order.id == failure.effect_id:
                place.rests_until = now + REST_S
        self._update(now)

    def _trouble(
        self, effect_id: str, kind: TroubleKind, failure: FilterFailed | BrokenFile
    ) -> None:
        self._tell(
            {
                "tell": "trouble",
                "id": effect_id,
                "kind": kind,
                "message": failure.message,
                "file": failure.file,
                "line": failure.line,
            }
        )


def _out_of_memory(error: BaseException | None) -> bool:
    return isinstance(error, MemoryError) or getattr(error, "code", 0) == _NO_MEMORY
