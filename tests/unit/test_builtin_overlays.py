"""Text, clock and pictures that are laid over the camera's."""

from datetime import UTC, datetime

import numpy as np
import pytest

from rooms.filters import Context, Image
from rooms.filters.builtin import clock as clock_module
from rooms.filters.builtin.caption import caption
from rooms.filters.builtin.clock import Clock, elapsed
from rooms.filters.builtin.lettering import broken, lettered, text_width
from rooms.filters.builtin.picture import Picture
from rooms.filters.builtin.planes import planes, yuv
from rooms.filters.builtin.stamps import lay, stamp
from tests.support.pictures import apart, plain, scene, sealed

NOBODY = Context()


def square(colour: tuple[int, int, int, int], side: int = 40) -> Image:
    return np.full((side, side, 4), colour, np.uint8)


def test_without_text_and_name_there_is_no_caption() -> None:
    image = scene()
    assert caption(image, NOBODY) is image
    assert caption(image, NOBODY, text="   ") is image


def test_the_caption_is_the_name_unless_there_is_a_text() -> None:
    image = scene(640, 360)
    named = caption(image, Context(name="Ada"))
    assert apart(named, image) > 50
    assert apart(named, caption(image, NOBODY, text="Ada")) == 0
    assert apart(named, caption(image, Context(name="Ada"), text="Bob")) > 50


@pytest.mark.parametrize(("place", "rows"), [("top", (0, 120)), ("bottom", (240, 360))])
def test_a_caption_is_where_it_should_be(place: str, rows: tuple[int, int]) -> None:
    image = scene(640, 360)
    changed = np.nonzero(planes(image).y != planes(caption(image, NOBODY, "Hi", place)).y)[0]
    assert rows[0] < changed.min() <= changed.max() < rows[1]


def test_letters_of_many_languages_are_drawn() -> None:
    drawn = [lettered([text], 40, (255, 255, 255), 0.5).colour.y for text in "?陈明하あжÜ"]
    assert all(letter.max() > 200 for letter in drawn)
    shapes = {letter.tobytes() for letter in drawn}
    assert len(shapes) == len(drawn)


def test_lines_are_broken_between_words_and_between_chinese_letters() -> None:
    width = text_width("one two", 30)
    assert broken("one two three", 30, width) == ["one two", "three"]
    assert broken("你好我是陈", 30, text_width("你好我", 30)) == ["你好我", "是陈"]


def test_a_full_stop_does_not_begin_a_line() -> None:
    assert broken("你好我。", 30, text_width("你好我", 30)) == ["你好", "我。"]


@pytest.mark.parametrize("text", ["W" * 200, "word " * 40, "陈" * 200, "a"])
@pytest.mark.parametrize("size", [4, 25])
def test_a_caption_never_leaves_the_picture(text: str, size: int) -> None:
    lines = broken(text, 20, 500)
    assert all(text_width(line, 20) <= 500 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    image = plain(128, width=640, height=360)
    luma = planes(caption(image, NOBODY, text=text, size=size)).y
    border = np.concatenate([luma[0], luma[-1], luma[:, 0], luma[:, -1]])
    assert set(border) == {128}


def test_the_clock_shows_the_shifted_time(monkeypatch: pytest.MonkeyPatch) -> None:
    image = scene(640, 360)

    def at(hour: int, shift: float) -> Image:
        now = datetime(2026, 7, 4, hour, 30, tzinfo=UTC)
        monkeypatch.setattr(clock_module, "wall_clock", lambda: now)
        return Clock()(image, NOBODY, show="date", shift=shift)

    assert apart(at(10, 2.5), at(13, -0.5)) == 0
    assert apart(at(10, 2), at(10, 0)) > 50


def test_the_wall_clock_knows_its_zone() -> None:
    assert clock_module.wall_clock().tzinfo is not None


def test_the_stopwatch_counts_from_the_first_frame() -> None:
    image = scene(640, 360)

    def after(began: float, seconds: float) -> Image:
        watch = Clock()
        watch(image, Context(time=began), show="stopwatch")
        return watch(image, Context(time=began + seconds), show="stopwatch")

    assert apart(after(1000, 65.2), after(5, 65.9)) == 0
    assert apart(after(0, 65), after(0, 66)) > 50
    assert [elapsed(seconds) for seconds in (-1, 0, 125.9, 3725)] == [
        "00:00",
        "00:00",
        "02:05",
        "1:02:05",
    ]


def test_a_clear_picture_changes_nothing_and_a_full_one_all() -> None:
    image = scene()
    for alpha, expected in ((0, image), (255, None)):
        result = image.copy()
        lay(stamp(square((0, 0, 0, alpha), 160)), planes(result), 0, 0)
        if expected is not None:
            assert apart(result, expected) == 0
        else:
            assert {int(plane.max()) for plane in planes(result)} == {16, 128}


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)])
def test_a_laid_picture_keeps_its_colour(colour: tuple[int, int, int]) -> None:
    result = Picture()(plain(50), sealed(square((*colour, 255))), x=50, y=50, size=30)
    y, u, v = planes(result)
    assert np.abs(np.subtract((y[45, 80], u[22, 40], v[22, 40]), yuv(colour))).max() <= 2


def test_half_opacity_is_half_of_each() -> None:
    white = sealed(square((255, 255, 255, 255)))
    y, _, _ = planes(Picture()(plain(35), white, x=50, y=50, opacity=50))
    assert abs(int(y[45, 80]) - 135) <= 2


def test_without_a_picture_there_is_nothing_to_lay() -> None:
    image = scene()
    assert Picture()(image, None) is image


@pytest.mark.parametrize("shape", [(2048, 1), (1, 2048), (1, 1), (3, 5), (2048, 2048)])
@pytest.mark.parametrize("place", [(0, 0), (100, 100), (50, 50)])
def test_any_picture_fits_anywhere(shape: tuple[int, int], place: tuple[int, int]) -> None:
    picture = sealed(np.full((*shape, 4), 200, np.uint8))
    image = scene(322, 182)
    result = Picture()(image, picture, x=place[0], y=place[1], size=200)
    assert result.shape == image.shape
    assert place != (50, 50) or not np.array_equal(result, image)


def test_a_stamp_is_made_once_and_anew_when_something_changes() -> None:
    overlay = Picture()
    image, first, second = scene(), square((0, 0, 255, 255)), square((255, 0, 0, 255))
    red = overlay(image, first)
    assert apart(overlay(image, first), red) == 0
    assert apart(overlay(image, second), red) > 50
    assert apart(overlay(image, first, size=60), red) > 50
    assert apart(overlay(image, first, opacity=20), red) > 50
