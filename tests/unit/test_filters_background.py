"""Finding people, and what the background filters make of it."""

import cv2
import numpy as np
import pytest

from rooms.filters.builtin.background import BackgroundBlur, BackgroundReplace
from rooms.filters.models.segmentation import Segmenter
from tests.support.goldens import portrait
from tests.support.people import (
    CHEEKS,
    ROCKET,
    WALL,
    as_bgr,
    as_yuv,
    detail,
    empty,
    fitting,
    portrait_planes,
    started,
)

PERSON = (slice(60, 300), slice(270, 330))
"""Face, neck and chest."""


def flipped() -> np.ndarray:
    return np.ascontiguousarray(portrait()[:, ::-1])


def test_a_mask_is_one_on_people_and_nothing_elsewhere() -> None:
    mask = Segmenter().mask(portrait_planes())
    assert mask.shape == (360, 640)
    assert mask[PERSON].min() > 0.98
    assert mask[ROCKET].mean() < 0.02
    assert mask[WALL].max() < 0.05
    assert mask.min() > -1e-6
    assert mask.max() < 1 + 1e-6


def test_nobody_is_found_in_an_empty_room() -> None:
    assert Segmenter().mask(portrait_planes(empty())).mean() < 0.02


@pytest.mark.parametrize("size", [(1280, 720), (360, 640), (322, 182), (160, 90)])
def test_any_picture_will_do(size: tuple[int, int]) -> None:
    mask = Segmenter().mask(portrait_planes(fitting(size)))
    assert mask.shape == (size[1], size[0])
    middle = size[0] * 46 // 100 if size[0] > size[1] else size[0] // 2
    assert mask[size[1] // 4 : size[1] * 4 // 5, middle].min() > 0.95


def test_noise_hardly_moves_a_mask() -> None:
    grain = np.random.default_rng(1)
    segmenter = Segmenter()
    steady, bare = [], []
    for _ in range(5):
        noisy = np.clip(portrait() + grain.normal(0, 12, (360, 640, 3)), 0, 255).astype(np.uint8)
        steady.append(segmenter.mask(portrait_planes(noisy)))
        bare.append(Segmenter().mask(portrait_planes(noisy)))
    assert np.abs(np.diff(steady, axis=0)).mean() < 0.7 * np.abs(np.diff(bare, axis=0)).mean()


def test_who_moves_is_followed_at_once() -> None:
    segmenter = Segmenter()
    segmenter.mask(portrait_planes())
    after = portrait_planes(flipped())
    assert np.abs(segmenter.mask(after) - Segmenter().mask(after)).mean() < 0.01


def test_fast_looks_at_every_second_picture() -> None:
    segmenter = Segmenter()
    segmenter.mask(portrait_planes(), every_second=True)
    after = portrait_planes(flipped())
    old, new = (segmenter.mask(after, every_second=True) for _ in range(2))
    assert old[:, 110:170].mean() < 0.6 < 0.9 < new[100:300, 310:370].mean()
    assert np.abs(old - new).mean() > 0.05


def test_another_size_begins_anew() -> None:
    segmenter = Segmenter()
    segmenter.mask(portrait_planes())
    half = np.asarray(cv2.resize(flipped(), (320, 180)), np.uint8)
    after = portrait_planes(half)
    assert np.array_equal(segmenter.mask(after, every_second=True), Segmenter().mask(after))


def test_blur_keeps_people_sharp_and_nothing_else() -> None:
    before = portrait()
    after = as_bgr(started(BackgroundBlur())(as_yuv(before)))
    assert detail(after[CHEEKS]) > 0.9 * detail(as_bgr(as_yuv(before))[CHEEKS])
    assert detail(after[ROCKET]) < 0.3 * detail(before[ROCKET])


def test_stronger_is_blurrier() -> None:
    filter_ = started(BackgroundBlur())
    picture = as_yuv(portrait())
    details = [detail(as_bgr(filter_(picture, strength=s))[ROCKET]) for s in (5, 30, 100)]
    assert details[0] > details[1] > details[2]


def test_people_have_no_halo_of_their_colours() -> None:
    """Beside the dark hair the wall stays as bright as it was; a plain blur darkens it."""
    before = portrait()
    beside = (slice(60, 110), slice(406, 416))
    plain = cv2.GaussianBlur(before, (0, 0), 21)
    after = as_bgr(started(BackgroundBlur())(as_yuv(before)))
    wall = before[WALL].mean()
    assert plain[beside].mean() < wall - 8
    assert abs(after[beside].mean() - wall) < 4


def test_a_colour_is_put_behind_people() -> None:
    before = portrait()
    after = as_bgr(started(BackgroundReplace())(as_yuv(before), colour=(200, 40, 40)))
    assert np.abs(after[CHEEKS].astype(int) - before[CHEEKS]).mean() < 4
    blue, green, red = after[ROCKET].reshape(-1, 3).mean(axis=0)
    assert blue > 150
    assert max(green, red) < 60
    assert detail(after[ROCKET]) < 3


def test_a_picture_covers_what_is_behind_people() -> None:
    """A tall one loses its upper and lower ends, and is not squeezed."""
    picture = np.zeros((400, 100, 4), np.uint8)
    picture[..., 3] = 255
    picture[:, :50, 2], picture[:, 50:, 0] = 255, 255
    picture[:100, :, 1] = picture[300:, :, 1] = 255
    after = as_bgr(started(BackgroundReplace())(as_yuv(portrait()), picture=picture))
    left, right = after[20:60, 20:60].mean(axis=(0, 1)), after[20:60, -60:-20].mean(axis=(0, 1))
    assert left[2] > 240 > 20 > left[0]
    assert right[0] > 240 > 20 > right[2]
    assert max(left[1], right[1]) < 20


def test_the_colour_shows_through_a_picture() -> None:
    clear = np.zeros((90, 160, 4), np.uint8)
    after = as_bgr(
        started(BackgroundReplace())(as_yuv(portrait()), picture=clear, colour=(30, 200, 30))
    )
    assert np.allclose(after[ROCKET].reshape(-1, 3).mean(axis=0), (30, 200, 30), atol=6)


def test_a_backdrop_is_made_anew_when_it_changes() -> None:
    filter_ = started(BackgroundReplace())
    picture = as_yuv(portrait())
    first = as_bgr(filter_(picture, colour=(200, 40, 40)))[ROCKET].mean(axis=(0, 1))
    second = as_bgr(filter_(picture, colour=(40, 40, 200)))[ROCKET].mean(axis=(0, 1))
    assert first[0] > 150 > 60 > second[0]
