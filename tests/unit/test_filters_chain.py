"""What a chain does with instances, parameters, failures and time."""

import asyncio
import signal
from typing import Any

import numpy as np
import pytest

from rooms.effects import ParamValue
from rooms.errors import InvalidEffect, TooManyEffects
from rooms.filters import Context, Image, Param, Samples, audio_filter, video_filter
from rooms.filters.chain import Chain, Step
from rooms.filters.declare import filter_of
from rooms.filters.failures import FilterFailed
from rooms.filters.formats import Policy
from rooms.filters.scenes import moving_picture, moving_sound

I420 = moving_picture(64, 48, 0)


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


@video_filter("Fails", format="gray")
def fails(image: Image) -> Image:
    raise ValueError("too dark")


@video_filter("Fails to hide", format="gray", private=True)
def fails_to_hide(image: Image) -> Image:
    raise ValueError("no face")


@video_filter("White", format="gray")
def white(image: Image) -> Image:
    return np.full_like(image, 235)


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


def test_a_start_that_fails_is_tried_anew_and_never_stopped() -> None:
    class CannotStart(Log):
        def start(self, context: Context) -> None:
            super().start(context)
            if len(self.happened) < 2:
                raise OSError("no model")

    target, happened = logging_filter(CannotStart)
    chain = Chain([step("a", target)])
    with pytest.raises(FilterFailed, match="OSError: no model"):
        chain.apply_video(I420, Context())
    chain.apply_video(I420, Context())
    chain.stop()
    assert happened == ["start ", "start ", "call 0", "stop"]


def test_a_call_that_fails_leaves_the_instance_to_be_stopped_once() -> None:
    class FailsOnce(Log):
        def __call__(self, image: Image, level: int = Param(0, 0, 255)) -> Image:
            result = super().__call__(image, level)
            if self.happened.count("call 0") == 1:
                raise ValueError("once")
            return result

    target, happened = logging_filter(FailsOnce)
    chain = Chain([step("a", target)])
    with pytest.raises(FilterFailed, match="once"):
        chain.apply_video(I420, Context())
    chain.apply_video(I420, Context())
    chain.update([step("a", white)])
    chain.apply_video(I420, Context())
    chain.stop()
    assert happened == ["start ", "call 0", "call 0", "stop"]


def test_every_filter_is_stopped_though_one_cannot() -> None:
    class CannotStop(Log):
        def stop(self) -> None:
            super().stop()
            raise RuntimeError("stuck")

    first, of_first = logging_filter(CannotStop)
    second, of_second = logging_filter()
    chain = Chain([step("a", first), step("b", second)])
    chain.apply_video(I420, Context())
    with pytest.raises(FilterFailed, match="stuck") as caught:
        chain.stop()
    assert caught.value.effect_id == "a"
    chain.stop()
    assert (of_first.count("stop"), of_second.count("stop")) == (1, 1)


def test_a_failure_says_where() -> None:
    chain = Chain([step("a", white), step("b", fails)])
    with pytest.raises(FilterFailed) as caught:
        chain.apply_video(I420, Context())
    failure = caught.value
    assert (failure.effect_id, failure.file) == ("b", "test_filters_chain.py")
    assert failure.message == "ValueError: too dark"
    assert failure.line == fails.__code__.co_firstlineno + 2
    assert chain.running is None


def test_the_chain_goes_on_without_what_failed() -> None:
    failures: list[FilterFailed] = []
    chain = Chain([step("a", fails), step("b", white)], on_failed=failures.append)
    assert (chain.apply_video(I420, Context())[:48] == 235).all()
    assert [failure.effect_id for failure in failures] == ["a"]


def test_a_private_filter_that_fails_lets_no_picture_out() -> None:
    failures: list[FilterFailed] = []
    chain = Chain([step("a", fails_to_hide)], on_failed=failures.append)
    with pytest.raises(FilterFailed, match="no face"):
        chain.apply_video(I420, Context())
    assert failures == []


def test_a_filter_that_exits_has_only_failed() -> None:
    @video_filter("Exits")
    def exits(image: Image) -> Image:
        raise SystemExit(3)

    with pytest.raises(FilterFailed, match="SystemExit: 3"):
        Chain([step("a", exits)]).apply_video(I420, Context())


@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit, BaseException])
def test_whatever_a_filter_raises_is_its_own_failure(error: type[BaseException]) -> None:
    failures: list[FilterFailed] = []

    @video_filter("Raises")
    class Raises:
        def __call__(self, image: Image) -> Image:
            raise error

        def stop(self) -> None:
            raise error

    chain = Chain([step("a", Raises), step("b", white)], on_failed=failures.append)
    assert (chain.apply_video(I420, Context())[:48] == 235).all()
    chain.stop()
    assert [failure.effect_id for failure in failures] == ["a", "a"]


def test_ctrl_c_ends_the_process_where_it_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    @video_filter("Interrupts")
    def interrupts(image: Image) -> Image:
        raise KeyboardInterrupt

    chain = Chain([step("a", interrupts)])
    with pytest.raises(KeyboardInterrupt):
        chain.apply_video(I420, Context())
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.SIG_IGN)
    with pytest.raises(FilterFailed, match="KeyboardInterrupt"):
        chain.apply_video(I420, Context())


def test_an_error_whose_words_fail_is_told_by_its_name() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    @video_filter("Silent")
    def silent(image: Image) -> Image:
        raise Silent

    with pytest.raises(FilterFailed, match=r"^Silent$"):
        Chain([step("a", silent)]).apply_video(I420, Context())


def test_a_long_error_is_cut() -> None:
    @video_filter("Talks")
    def talks(image: Image) -> Image:
        raise ValueError("word\n" * 999)

    with pytest.raises(FilterFailed) as caught:
        Chain([step("a", talks)]).apply_video(I420, Context())
    assert len(caught.value.message) == 200
    assert caught.value.message.startswith("ValueError: word word")


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


def test_an_event_of_the_wrong_form_is_the_filters_failure() -> None:
    @video_filter("Shouts")
    def shouts(image: Image, context: Context) -> Image:
        context.emit("caption", {"text": "a" * 999})
        return image

    with pytest.raises(FilterFailed, match="A caption is one line of at most 200") as caught:
        Chain([step("a", shouts)]).apply_video(I420, Context())
    assert caught.value.line == shouts.__code__.co_firstlineno + 2


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


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (None, "numpy array, not NoneType"),
        (np.zeros((2, 960), np.float32), "not float32"),
        (np.zeros((2, 959), np.int16), r"not int16 \(2, 959\)"),
        (np.zeros(960, np.int16), r"not int16 \(960,\)"),
    ],
)
def test_wrong_sound_is_told_in_words(result: object, sentence: str) -> None:
    made = audio_filter("Wrong", name="wrong")(lambda samples: result)
    with pytest.raises(FilterFailed, match=sentence):
        Chain([step("a", made)]).apply_audio(moving_sound(2, 0), Context())


def test_sound_that_a_filter_gets_cannot_be_written_to() -> None:
    @audio_filter("Mute")
    def mute(samples: Samples) -> Samples:
        samples[:] = 0
        return samples

    samples = moving_sound(1, 0)
    with pytest.raises(FilterFailed, match="write to a copy"):
        Chain([step("a", mute)]).apply_audio(samples, Context())
    assert samples.any()
    assert samples.flags.writeable
