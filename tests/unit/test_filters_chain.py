"""What a chain does with instances, parameters, sound and time."""

from typing import Any

import numpy as np
import pytest

from rooms.errors import InvalidEffect, TooManyEffects
from rooms.filters import Context, Image, Param, Samples, audio_filter, video_filter
from rooms.filters.chain import Chain
from rooms.filters.formats import Policy
from rooms.filters.scenes import moving_sound
from tests.support.chains import I420, Log, logging_filter, step, white


def test_a_class_is_started_with_its_first_frame_and_stopped_once() -> None:
    target, happened = logging_filter()
    chain = Chain([step("a", target)])
    assert happened == []
    chain.apply_video(I420, Context(name="Ada"))
    chain.apply_video(I420, Context(name="Grace"))
    chain.stop()
    chain.stop()
    assert happened == ["start Ada", "call 0", "call 0", "stop"]


def test_state_is_kept_while_id_and_code_stay() -> None:
    target, happened = logging_filter()
    chain = Chain([step("a", target)])
    chain.apply_video(I420, Context())
    chain.update([step("b", white), step("a", target, level=9)])
    chain.update([step("a", target, level=7), step("b", white)])
    assert happened == ["start ", "call 0"], "nothing changes between frames"
    assert (chain.apply_video(I420, Context())[:48] == 235).all()
    assert happened == ["start ", "call 0", "call 7"]
    chain.stop()
    assert happened.count("stop") == 1


def test_new_code_replaces_the_old_which_is_stopped_once() -> None:
    old, of_old = logging_filter()
    new, of_new = logging_filter()
    chain = Chain([step("a", old)])
    chain.apply_video(I420, Context())
    chain.update([step("a", new, level=3)])
    chain.apply_video(I420, Context())
    assert of_old == ["start ", "call 0", "stop"]
    assert of_new == ["start ", "call 3"]
    chain.update([])
    assert np.array_equal(chain.apply_video(I420, Context()), I420)
    chain.stop()
    assert (of_old.count("stop"), of_new.count("stop")) == (1, 1)


@video_filter("Hides", format="gray", private=True)
def hides(image: Image) -> Image:
    return np.full_like(image, 99)


class Memory:
    """Shows its first picture for ever."""

    def __init__(self) -> None:
        self.first: Image | None = None

    def __call__(self, image: Image) -> Image:
        if self.first is None:
            self.first = image.copy()
        return self.first


remember = video_filter("Memory", format="gray")(Memory)


@pytest.mark.parametrize(
    "before",
    [("memory",), ("memory", "hide"), ("memory", "white"), ("other", "memory", "hide")],
)
def test_what_remembers_begins_anew_behind_what_comes_to_hide_from_it(
    before: tuple[str, ...],
) -> None:
    steps = {
        "memory": step("memory", remember),
        "hide": step("hide", hides),
        "other": step("other", hides),
        "white": step("white", white),
    }
    chain = Chain([steps[name] for name in before])
    chain.apply_video(I420, Context())
    chain.update([steps["hide"], steps["memory"]])
    assert (chain.apply_video(I420, Context())[:48] == 99).all()


def test_state_is_kept_behind_what_has_hidden_all_of_it() -> None:
    target, happened = logging_filter()
    kept, hide, other = step("a", target), step("h", hides), step("o", hides)
    for steps in ([hide, other, kept], [other, hide, kept], [hide, step("w", white), kept]):
        chain = Chain([hide, other, kept])
        chain.apply_video(I420, Context())
        happened.clear()
        chain.update(steps)
        chain.apply_video(I420, Context())
        assert happened == ["call 0"]


def test_state_that_saw_nothing_while_what_hides_was_away_is_kept() -> None:
    target, happened = logging_filter()
    chain = Chain([step("h", hides), step("a", target)])
    chain.apply_video(I420, Context())
    chain.update([step("a", target)])
    chain.settle()
    chain.update([step("h", hides), step("a", target)])
    chain.apply_video(I420, Context())
    assert happened == ["start ", "call 0", "call 0"]
    chain.update([step("a", target)])
    chain.apply_video(I420, Context())
    chain.update([step("h", hides), step("a", target)])
    chain.apply_video(I420, Context())
    assert happened[3:] == ["call 0", "stop", "start ", "call 0"]


def test_an_instance_that_was_never_shown_a_frame_is_not_stopped() -> None:
    target, happened = logging_filter()
    chain = Chain([step("a", target)])
    chain.update([])
    chain.apply_video(I420, Context())
    chain.stop()
    assert happened == []


def test_each_effect_has_an_instance_of_its_own() -> None:
    target, happened = logging_filter()
    chain = Chain([step("a", target), step("b", target, level=1)])
    chain.apply_video(I420, Context())
    assert happened == ["start ", "call 0", "start ", "call 1"]


def test_who_watches_knows_whose_code_runs() -> None:
    told: list[str | None] = []
    inside: list[str | None] = []

    @video_filter("Looks")
    def looks(image: Image) -> Image:
        inside.append(chain.running)
        return image

    chain = Chain([step("a", white), step("b", looks)], on_running=told.append)
    chain.apply_video(I420, Context())
    assert inside == ["b"]
    assert told == ["a", None, "b", None]


def test_who_watches_knows_whose_stop_runs_also_of_what_is_left_out() -> None:
    told: list[str | None] = []

    class Looks(Log):
        def stop(self) -> None:
            self.happened.append(f"stopping {chain.running}")

    target, happened = logging_filter(Looks)
    chain = Chain([step("a", target), step("b", target)], on_running=told.append)
    chain.apply_video(I420, Context())
    told.clear()
    chain.update([step("b", target)])
    chain.settle()
    chain.stop()
    assert happened[-2:] == ["stopping a", "stopping b"]
    assert told == ["a", None, "b", None]


def test_each_effect_is_measured() -> None:
    ticks = iter(range(100))
    chain = Chain([step("a", white), step("b", white)], clock=lambda: float(next(ticks)))
    chain.apply_video(I420, Context())
    assert chain.ms == {"a": 1000.0, "b": 1000.0}
    chain.update([step("b", white)])
    chain.apply_video(I420, Context())
    assert chain.ms.keys() == {"b"}


def test_values_are_checked_before_anything_changes() -> None:
    target, happened = logging_filter()
    chain = Chain([step("a", target, level=5)])
    with pytest.raises(InvalidEffect, match="Level must be a whole number from 0 to 255"):
        chain.update([step("a", target, level=256)])
    with pytest.raises(InvalidEffect, match="same id"):
        chain.update([step("a", target), step("a", white)])
    with pytest.raises(TooManyEffects):
        chain.update([step(str(index), white) for index in range(9)])
    chain.apply_video(I420, Context())
    assert happened == ["start ", "call 5"]
    Chain([step(str(index), white) for index in range(8)])


def test_one_frame_sees_one_set_of_values() -> None:
    """They change while the filter runs, from what could be another thread."""
    seen: list[tuple[int, int]] = []

    @video_filter("Slow")
    class Slow:
        def __call__(
            self, image: Image, low: int = Param(0, 0, 9), high: int = Param(0, 0, 9)
        ) -> Image:
            chain.update([step("a", Slow, low=low + 1, high=high + 1), step("b", Slow, low=7)])
            seen.append((low, high))
            return image

    chain = Chain([step("a", Slow, low=1, high=1)])
    chain.apply_video(I420, Context())
    assert seen == [(1, 1)]
    chain.apply_video(I420, Context())
    assert seen == [(1, 1), (2, 2), (7, 0)]


def test_context_goes_to_who_names_it_and_events_come_out_with_their_effect() -> None:
    told: list[tuple[str, str, str, dict[str, Any]]] = []

    @video_filter("Tells")
    def tells(image: Image, context: Context) -> Image:
        context.emit("caption", {"text": f"{context.name} {context.time:g} {context.age:g}"})
        return image

    chain = Chain([step("a", white), step("b", tells)], on_emit=lambda *event: told.append(event))
    chain.apply_video(I420, Context(time=2.5, age=0.5, name="Ada"))
    chain.apply_video(I420, Context(time=2.6, name="Ada"))
    assert told == [("b", "tells", "caption", {"text": "Ada 2.5 0.5"})]


def test_a_chain_sees_every_frame_if_one_of_its_filters_wants_to() -> None:
    @video_filter("Counts", policy="all")
    def counts(image: Image) -> Image:
        return image

    assert Chain([step("a", white)]).policy is Policy.LATEST
    assert Chain([step("a", white), step("b", counts)]).policy is Policy.ALL


def test_sound_goes_through_a_chain() -> None:
    @audio_filter("Quieter")
    def quieter(samples: Samples, by: int = Param(2, 1, 8)) -> Samples:
        return samples // np.int16(by)

    samples = moving_sound(2, 3)
    chain = Chain([step("a", quieter), step("b", quieter, by=4)])
    result = chain.apply_audio(samples, Context())
    assert result.dtype == np.int16
    assert np.array_equal(result, samples // 2 // 4)
