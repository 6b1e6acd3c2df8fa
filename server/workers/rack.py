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
from rooms.filters.declare import Filter
from rooms.filters.failures import BrokenFile, FilterFailed
from rooms.filters.formats import Image, Policy, Samples
from rooms.filters.instance import Step
from rooms.filters.pictures import decode_picture
from server.workers.loader import Loader, Loading
from server.workers.orders import Order, StepOrder
from server.workers.streams import TroubleKind
from server.workers.vitals import Vitals

REST_S: Final = 0.5
"""A filter that failed is left out for so long and then begins anew."""
MOMENT_S: Final = 0.25
"""Code of an effect that has none yet is waited for so long: most is there by then."""
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
        step: None: there is no code for it, or not yet. While newer code is loaded, the old.
        sought: its code as it was ordered is still to be found.
        rests_until: seconds of the monotonic clock.
    """

    order: StepOrder
    step: Step | None = None
    sought: bool = True
    rests_until: float = 0.0


class Rack:
    """Applies the chain to frames and says what failed.

    Args:
        loader: where filters are found.
        tell: takes notes to the server: "trouble" and "emitted".
        vitals: told whose code runs, and whose is being loaded.
    """

    def __init__(self, loader: Loader, tell: Tell, vitals: Vitals) -> None:
        self._loader = loader
        self._tell = tell
        self._vitals = vitals
        self._pictures: dict[str, Image] = {}
        self._places: list[_Place] = []
        self._seats: dict[str, tuple[int, int]] = {}
        """Index and version of the chain, by effect: also of those that are yet to be stopped."""
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

    @property
    def loading(self) -> bool:
        """Whether code is being loaded: `look` is to be called often."""
        return any(place.sought for place in self._places)

    def add_picture(self, id_: str, data: bytes) -> None:
        """Decode a picture that effects may use; one that cannot be is as none."""
        with contextlib.suppress(InvalidPicture, MemoryError):
            self._pictures[id_] = decode_picture(data)

    def configure(self, order: Order) -> None:
        """Use another chain from the next frame on. Effects that stay keep their state.

        While the code of one is being loaded, it is as it was, or left out if it was not there.
        """
        before = {place.order.id: place for place in self._places}
        now = time.monotonic()
        self._places = [self._place(step, before.get(step.id), now) for step in order.steps]
        self._seats |= {step.id: (at, order.version) for at, step in enumerate(order.steps)}
        used = {value for place in self._places for _, value in place.order.params}
        self._pictures = {id_: image for id_, image in self._pictures.items() if id_ in used}
        self._seek(now)
        if any(place.sought and place.step is None for place in self._places):
            self._loader.wait(MOMENT_S)
            self._seek(now)
        self._update(now)

    def look(self) -> None:
        """Take what has been loaded by now into use, from the next frame on."""
        now = time.monotonic()
        if self.loading and self._seek(now):
            self._update(now)

    def settle(self) -> None:
        """Become what is wanted by now, and stop the filters that are not any more."""
        now = time.monotonic()
        if any(0.0 < place.rests_until <= now for place in self._places):
            self._update(now)
        self._chain.settle()
        if len(self._seats) > len(self._places):
            self._seats = {place.order.id: self._seats[place.order.id] for place in self._places}

    def apply_video(self, source: av.VideoFrame | Image, context: Context) -> Image:
        """I420. Raises Held."""
        return self._apply(lambda: self._chain.apply_video(source, context))

    def apply_audio(self, samples: Samples, context: Context) -> Samples:
        """Raises Held."""
        return self._apply(lambda: self._chain.apply_audio(samples, context))

    def stop(self) -> None:
        self._chain.stop()

    def _apply(self, run: Callable[[], Result]) -> Result:
        self.settle()
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
        for place in self._places:
            if place.rests_until <= now:
                place.rests_until = 0.0
            if place.step is not None and not place.rests_until:
                steps.append(place.step)
        self._chain.update(steps)
        self._begins = any(step.filter.stateful for step in steps)

    def _place(self, wanted: StepOrder, before: _Place | None, now: float) -> _Place:
        """What is ordered, with the code that this effect has now until that is found."""
        place = _Place(wanted)
        # What did not hide anything must not stand in for what does.
        hides_as_before = before is not None and before.order.private >= wanted.private
        if before is not None and before.order.filter == wanted.filter and hides_as_before:
            place.rests_until, place.step = before.rests_until, before.step
            if before.step is not None:
                with contextlib.suppress(RoomError):
                    place.step = self._checked(wanted, before.step.filter)
        if wanted.rests:
            place.rests_until = now + REST_S
        return place

    def _seek(self, now: float) -> bool:
        """Look for the code that is ordered; whether something has come of it."""
        found = False
        seat = -1, 0
        for place in self._places:
            if place.sought and (place.step is not None or place.rests_until <= now):
                try:
                    self._vitals.loading(*self._seats[place.order.id])
                    self._find(place)
                    found = True
                except Loading:
                    seat = self._seats[place.order.id]
        self._vitals.loading(*seat)
        return found

    def _find(self, place: _Place) -> None:
        """Raises Loading: its code is not there yet."""
        wanted = place.order
        try:
            filter_ = self._loader.find(wanted)
            if filter_ is None:
                file = PurePath(wanted.source.path if wanted.source else "").name
                raise BrokenFile(file, None, "The filter is not there.")
            step = self._checked(wanted, filter_)
        except BrokenFile as broken:
            self._trouble(wanted.id, TroubleKind.BROKEN_FILE, broken)
        except RoomError as error:
            failure = FilterFailed(wanted.id, None, None, error.message)
            self._trouble(wanted.id, TroubleKind.ERROR, failure)
        else:
            if place.step is not None and place.step.filter.target is not filter_.target:
                place.rests_until = 0.0
            place.step = step
        place.sought = False

    def _checked(self, wanted: StepOrder, filter_: Filter) -> Step:
        """Raises InvalidEffect: the filter does not take these values."""
        step = Step(wanted.id, filter_, dict(wanted.params), self._pictures)
        step.arguments()
        return step

    def _runs(self, effect_id: str | None) -> None:
        if effect_id is None:
            self._vitals.running(-1)
        else:
            self._vitals.running(*self._seats[effect_id])

    def _emitted(self, effect_id: str, name: str, kind: str, data: dict[str, Any]) -> None:
        self._tell({"tell": "emitted", "id": effect_id, "filter": name, "kind": kind, "data": data})

    def _failed(self, failure: FilterFailed) -> None:
        """Let the effect rest; it counts as one failure, however many frames that saves it."""
        now = time.monotonic()
        kind = TroubleKind.MEMORY if is_memory_error(failure.__cause__) else TroubleKind.ERROR
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


def is_memory_error(error: BaseException | None) -> bool:
    """As Python, FFmpeg and OpenCV raise it."""
    return isinstance(error, MemoryError) or getattr(error, "code", 0) == _NO_MEMORY
