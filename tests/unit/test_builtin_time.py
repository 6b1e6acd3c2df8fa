"""Filters that remember earlier frames."""

import numpy as np
import pytest

from rooms.filters import Context, Image
from rooms.filters.builtin.motion import Motion
from rooms.filters.builtin.planes import planes
from rooms.filters.builtin.trail import Trail
from tests.support.pictures import apart, plain, scene, with_square


def at(seconds: float) -> Context:
    return Context(time=1000.0 + seconds)


def test_what_stands_still_does_not_light_up() -> None:
    motion, image = Motion(), scene()
    for number in range(4):
        assert apart(motion(image, at(number / 30), rest="keep"), image) <= 1
    _, u, v = planes(motion(image, at(1), rest="gray"))
    assert set(np.unique(u)) == set(np.unique(v)) == {128}


def moved(linger: float, later: float) -> Image:
    """A square moves in the second frame; what the picture is some time after that."""
    motion, wall = Motion(), plain(60, width=320, height=180)
    before, after = with_square(wall, 40, 60, 40, 200), with_square(wall, 60, 60, 40, 200)
    motion(before, at(0), linger=linger)
    result = motion(after, at(0.03), linger=linger)
    return motion(after, at(0.03 + later), linger=linger) if later else result


def test_what_moves_lights_up_in_the_colour() -> None:
    _, u, v = planes(moved(0.6, 0))
    assert min(u[45, 45], v[45, 45]) < 100  # green has little of both
    assert (u[20, 120], v[20, 120]) == (128, 128)


def test_the_light_fades_within_the_time_that_it_lingers() -> None:
    fresh, half, gone = (planes(moved(0.6, later)).v[45, 45] for later in (0, 0.2, 3))
    assert fresh < half < gone == 128
    assert planes(moved(0, 0.03)).v[45, 45] == 128


def test_a_less_sensitive_filter_overlooks_noise() -> None:
    noise = np.random.default_rng(3).integers(-6, 7, (2, 180, 320))
    frames = []
    for grain in noise:
        image = plain(100, width=320, height=180).copy()
        planes(image).y[:] = 100 + grain
        frames.append(image)
    for sensitivity, sees in ((0, False), (100, True)):
        motion = Motion()
        motion(frames[0], at(0), sensitivity=sensitivity)
        _, _, v = planes(motion(frames[1], at(0.03), sensitivity=sensitivity))
        assert bool((v < 120).any()) is sees


def grays(count: int) -> list[Image]:
    """Frames that are told apart by their light."""
    return [plain(20 + 2 * number) for number in range(count)]


def light(image: Image) -> int:
    return int(planes(image).y[0, 0])


def test_a_delayed_picture_is_the_one_from_then() -> None:
    trail = Trail()
    shown = [
        light(trail(image, at(number / 30), mode="delay", copies=2, gap=0.5))
        for number, image in enumerate(grays(90))
    ]
    assert shown[0] == 20
    # two frames are the step in which frames are kept
    late = [20 + 2 * number - shown[number] for number in range(40, 90)]
    assert 60 <= min(late) <= max(late) <= 64


def test_an_echo_of_a_still_picture_is_the_picture() -> None:
    trail, image = Trail(), scene()
    for number in range(30):
        assert apart(trail(image, at(number / 30)), image) <= 3


def test_a_stronger_echo_keeps_more_of_the_past() -> None:
    past, now = plain(40), plain(200)
    mixed = []
    for strength in (10, 50, 90):
        trail = Trail()
        trail(past, at(0), strength=strength)
        mixed.append(light(trail(now, at(0.05), strength=strength)))
    assert 200 > mixed[0] > mixed[1] > mixed[2] > 40


def test_trails_of_light_keep_the_lighter_with_its_colour() -> None:
    trail = Trail()
    trail(plain(220, 90, 200), at(0), mode="light")
    y, u, v = planes(trail(plain(40), at(0.1), mode="light"))
    assert y[0, 0] > 120
    assert (u[0, 0], v[0, 0]) == (90, 200)


@pytest.mark.parametrize("rate", [5, 30, 120])
def test_only_as_many_frames_are_kept_as_are_needed(rate: int) -> None:
    trail, image = Trail(), scene()
    most = 0
    for number in range(rate * 5):
        trail(image, at(number / rate), copies=6, gap=0.5)
        most = max(most, trail.kept)
    assert most <= 3.0 * 18 + 2
    trail(image, at(5), copies=1, gap=0.05)
    assert trail.kept <= 3


def test_nothing_is_shown_from_before_a_pause_or_of_another_size() -> None:
    trail = Trail()
    trail(plain(200), at(0), mode="delay")
    assert light(trail(plain(40), at(60), mode="delay")) == 40
    trail(plain(90), at(60.1), mode="delay")
    other = trail(plain(50, width=90, height=160), at(60.2), mode="delay")
    assert other.shape == (240, 90)
    assert light(other) == 50
