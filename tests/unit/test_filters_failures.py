"""What a chain does when a filter fails."""

import asyncio
import signal
from pathlib import Path

import numpy as np
import pytest

from rooms.filters import Context, Image, Param, Samples, audio_filter, video_filter
from rooms.filters.chain import Chain
from rooms.filters.failures import FilterFailed
from rooms.filters.scenes import moving_sound
from tests.support.chains import I420, Log, logging_filter, step, white


@video_filter("Fails", format="gray")
def fails(image: Image) -> Image:
    raise ValueError("too dark")


@video_filter("Fails to hide", format="gray", private=True)
def fails_to_hide(image: Image) -> Image:
    raise ValueError("no face")


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
    assert (failure.effect_id, failure.file) == ("b", Path(__file__).name)
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


def test_an_event_of_the_wrong_form_is_the_filters_failure() -> None:
    @video_filter("Shouts")
    def shouts(image: Image, context: Context) -> Image:
        context.emit("caption", {"text": "a" * 999})
        return image

    with pytest.raises(FilterFailed, match="A caption is one line of at most 200") as caught:
        Chain([step("a", shouts)]).apply_video(I420, Context())
    assert caught.value.line == shouts.__code__.co_firstlineno + 2


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
