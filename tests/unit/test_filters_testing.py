"""`check_filter` finds the mistakes that authors make."""

from typing import Any

import av
import cv2
import numpy as np
import pytest

from rooms.filters import (
    BadFilter,
    Context,
    Image,
    Param,
    Samples,
    audio_filter,
    video_filter,
)
from rooms.filters.scenes import moving_picture, moving_sound
from rooms.filters.testing import check_filter

SMALL = ((64, 48), (90, 120))


def test_a_good_filter_passes_and_its_cost_is_told() -> None:
    @video_filter("Edges", format="gray")
    def edges(image: Image, low: float = Param(100, 0, 1000)) -> Image:
        return np.asarray(cv2.Canny(image, low, 200), np.uint8)

    costs = check_filter(edges, sizes=SMALL, max_ms=1000)
    assert costs.keys() == set(SMALL)
    assert all(0 < cost.ms < 1000 and 0 < cost.core < 10 for cost in costs.values())


def test_every_value_at_the_ends_of_its_range_is_tried() -> None:
    seen: dict[str, set[Any]] = {}

    @video_filter("Watches")
    def watches(
        image: Image,
        context: Context,
        times: int = Param(3, 1, 9),
        way: str = Param.choice("up", {"up": "Up", "down": "Down"}),
        on: bool = Param.switch(),
        words: str = Param.text("Hi"),
        ink: tuple[int, int, int] = Param.colour("#112233"),
        logo: Image | None = Param.image(),
    ) -> Image:
        values = {
            "times": times,
            "way": way,
            "on": on,
            "long": len(words) > 150,
            "ink": ink,
            "logo": None if logo is None else logo.shape[2],
            "speaking": context.speaking,
            "size": image.shape[1::-1],
        }
        for name, value in values.items():
            seen.setdefault(name, set()).add(value)
        return image

    check_filter(watches, sizes=SMALL)
    assert seen == {
        "times": {1, 3, 9},
        "way": {"up", "down"},
        "on": {True, False},
        "long": {True, False},
        "ink": {(0, 0, 0), (255, 255, 255), (0x33, 0x22, 0x11)},
        "logo": {None, 4},
        "speaking": {True, False},
        "size": set(SMALL),
    }


def test_a_failure_at_the_end_of_a_range_is_told_with_the_value() -> None:
    @video_filter("Divides")
    def divides(image: Image, by: int = Param(1, 0, 9)) -> Image:
        return np.asarray(image // (10 // by), np.uint8)

    with pytest.raises(AssertionError, match=r"divides at 64x48 with \{'by': 0\}: ZeroDivision"):
        check_filter(divides, sizes=SMALL)


@pytest.mark.parametrize(
    ("form", "result", "sentence"),
    [
        ("bgr", lambda image: image / 2, "must return uint8, not float64"),
        ("bgr", lambda image: image[1:], "both sides must be even"),
        ("bgr", lambda image: image[..., 0], r"must return \(h, w, 3\)"),
        ("gray", lambda image: cv2.blur(image, (3, 3), dst=image), "read-only: write to a copy"),
    ],
)
def test_wrong_results_are_found(form: Any, result: Any, sentence: str) -> None:
    made = video_filter("Wrong", format=form, name="wrong")(result)
    with pytest.raises(AssertionError, match=sentence):
        check_filter(made, sizes=SMALL)


def test_writing_to_a_frame_is_found() -> None:
    @video_filter("Blackens", format="frame")
    def blackens(frame: av.VideoFrame) -> av.VideoFrame:
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        return frame

    with pytest.raises(AssertionError, match="blackens writes to the picture"):
        check_filter(blackens, sizes=SMALL)


def unlocked(array: Any) -> Any:
    array.flags.writeable = True
    return array


def original(array: Any) -> Any:
    """What lies under the view, which no author comes upon by chance."""
    while not (isinstance(array, np.ndarray) and array.flags.writeable):
        array = array.obj if isinstance(array, memoryview) else array.base
    return array


@pytest.mark.parametrize("form", ["bgr", "gray", "yuv420"])
def test_what_is_made_writeable_first_is_found_too(form: Any) -> None:
    @video_filter("Unlocks", format=form)
    def unlocks(image: Image) -> Image:
        unlocked(image)[:8] = 0
        return image

    with pytest.raises(AssertionError, match="read-only: write to a copy"):
        check_filter(unlocks, sizes=SMALL)


def test_writing_around_the_lock_is_found() -> None:
    @video_filter("Digs", format="yuv420")
    def digs(image: Image) -> Image:
        original(image)[:8] = 0
        return image

    @audio_filter("Mutes")
    def mutes(samples: Samples) -> Samples:
        original(samples)[:] = 0
        return samples

    with pytest.raises(AssertionError, match="digs writes to the picture"):
        check_filter(digs, sizes=SMALL)
    with pytest.raises(AssertionError, match="mutes writes to the sound"):
        check_filter(mutes)


def test_sound_that_is_made_writeable_first_is_found() -> None:
    @audio_filter("Unlocks")
    def unlocks(samples: Samples) -> Samples:
        unlocked(samples)[:] = 0
        return samples

    with pytest.raises(AssertionError, match="read-only: write to a copy"):
        check_filter(unlocks)


def test_a_slow_filter_is_found() -> None:
    @video_filter("Sums")
    def sums(image: Image) -> Image:
        total = sum(range(20_000))
        return np.full_like(image, total % 255)

    with pytest.raises(AssertionError, match=r"sums takes .* 0\.001 is the most"):
        check_filter(sums, sizes=SMALL, max_ms=0.001)


def test_a_stop_that_fails_is_found() -> None:
    @video_filter("Leaves")
    class Leaves:
        def __call__(self, image: Image) -> Image:
            return image

        def stop(self) -> None:
            raise OSError("not open")

    with pytest.raises(AssertionError, match="OSError: not open"):
        check_filter(Leaves, sizes=SMALL)


def test_sound_is_tried_with_one_and_two_channels() -> None:
    shapes = set()

    @audio_filter("Quiet")
    def quiet(samples: Samples) -> Samples:
        shapes.add(samples.shape)
        return samples // np.int16(2)

    assert len(check_filter(quiet)) == 1
    assert shapes == {(1, 960), (2, 960)}
    with pytest.raises(AssertionError, match="must return int16"):
        check_filter(audio_filter("Mono", name="mono")(lambda samples: samples[:1]))


def test_what_is_not_decorated_cannot_be_checked() -> None:
    with pytest.raises(BadFilter):
        check_filter(cv2.Canny)


def test_scenes_move_and_are_the_same_each_time() -> None:
    first = moving_picture(64, 48, 3)
    assert first.shape == (72, 64)
    assert np.array_equal(first, moving_picture(64, 48, 3))
    assert not np.array_equal(first, moving_picture(64, 48, 4))
    sound = moving_sound(2, 1)
    assert sound.shape == (2, 960)
    assert sound.dtype == np.int16
    assert np.abs(sound.astype(int)).max() < 32_000
