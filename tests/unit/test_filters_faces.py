"""Finding faces, and what the face filters make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from rooms.filters.builtin.costumes import COSTUMES, drawn
from rooms.filters.builtin.face import FaceBlur, FaceBox
from rooms.filters.builtin.face_overlay import FaceOverlay
from rooms.filters.context import Context
from rooms.filters.models.faces import Face, FaceDetector, Square, merged
from rooms.filters.models.tracking import MAX_FACES, FaceTracker
from tests.support.goldens import portrait
from tests.support.people import (
    CHEEKS,
    EYES,
    FACE,
    ROCKET,
    detail,
    empty,
    fitting,
    moved,
    started,
    turned,
)

if TYPE_CHECKING:
    from rooms.filters import Image

PLACE = (slice(FACE[1], FACE[1] + FACE[3]), slice(FACE[0], FACE[0] + FACE[2]))


def small_face(left: int, top: int, size: tuple[int, int] = (160, 90)) -> Image:
    """The portrait in a corner of an empty room."""
    room = empty()
    small = cv2.resize(portrait(), size, interpolation=cv2.INTER_AREA)
    room[top : top + size[1], left : left + size[0]] = small
    return room


def eyes_of(face: Face) -> Any:
    return face.points[2:4]


def test_a_face_is_found_with_its_eyes() -> None:
    (face,) = FaceTracker(patience=0).track(portrait())
    assert np.allclose(face.box, FACE, atol=12)
    assert np.allclose(eyes_of(face), EYES, atol=8)
    assert face.score > 0.8


def test_no_face_is_found_in_an_empty_room() -> None:
    tracker = FaceTracker(patience=0)
    assert not any(tracker.track(empty()) for _ in range(6))


@pytest.mark.parametrize(("left", "top"), [(0, 0), (240, 135), (480, 270)])
def test_a_small_face_is_found_wherever_it_is(left: int, top: int) -> None:
    """It is 33 pixels wide: 7 of those that the net sees of a whole picture."""
    (face,) = FaceTracker(patience=0).track(small_face(left, top))
    wanted = np.array(FACE) / 4 + (left, top, 0, 0)
    assert np.allclose(face.box, wanted, atol=6)


@pytest.mark.parametrize("size", [(1280, 720), (360, 640), (322, 182), (160, 90)])
def test_any_picture_will_do(size: tuple[int, int]) -> None:
    (face,) = FaceTracker(patience=0).track(fitting(size))
    width = size[1] * FACE[2] / 360 if size[0] > size[1] else size[0] * FACE[2] / 202
    assert face.size[0] == pytest.approx(width, rel=0.12)


def test_who_comes_later_is_found_within_half_a_second() -> None:
    tracker = FaceTracker(patience=0)
    tracker.track(empty())
    assert any(tracker.track(small_face(480, 270)) for _ in range(15))


def test_a_face_is_followed_without_lagging() -> None:
    tracker = FaceTracker(patience=0)
    centres = [tracker.track(moved(portrait(), way))[0].centre[0] for way in range(0, 161, 16)]
    assert centres[-1] == pytest.approx(298 + 160, abs=8)


def test_a_face_that_stands_still_does_not_tremble() -> None:
    grain = np.random.default_rng(7)
    tracker = FaceTracker(patience=0)
    centres = []
    for _ in range(12):
        noisy = np.clip(portrait() + grain.normal(0, 10, (360, 640, 3)), 0, 255).astype(np.uint8)
        centres.append(tracker.track(noisy)[0].centre)
    assert np.std(centres[4:], axis=0).max() < 0.7


def test_a_lost_face_stays_for_a_while() -> None:
    tracker = FaceTracker(patience=3)
    tracker.track(portrait())
    assert [len(tracker.track(empty())) for _ in range(5)] == [1, 1, 1, 0, 0]


def test_two_people_are_two_faces_and_many_are_four() -> None:
    two = np.hstack((portrait()[:, 100:500], portrait()[:, 100:500]))
    tracker = FaceTracker(patience=0)
    assert len(tracker.track(np.ascontiguousarray(two))) == 2
    six = np.tile(two[::2, ::2], (2, 3, 1))
    assert len(FaceTracker(patience=0).track(np.ascontiguousarray(six))) == MAX_FACES


def test_overlapping_answers_are_one_face() -> None:
    points = np.tile(np.array((100.0, 100.0)), (8, 1))
    points[1] = (50, 50)
    shifted = points.copy()
    shifted[[0, 2, 3, 4, 5, 6, 7]] += 4
    (face,) = merged([Face(shifted, 0.5), Face(points, 0.5)])
    assert face.centre.tolist() == [102, 102]
    assert face.size.tolist() == [50, 50]
    assert len(merged([Face(points, 0.9), Face(points + 200, 0.8)])) == 2


def test_a_part_may_reach_beyond_the_picture() -> None:
    found = FaceDetector().find(portrait(), Square(100, -100, 400))
    assert np.allclose(found[0].box, FACE, atol=12)
    assert FaceDetector().find(portrait(), Square(900, 900, 100)) == []


def test_face_box_draws_around_the_face_alone() -> None:
    before = portrait()
    after = started(FaceBox())(before, colour=(0, 255, 0))
    assert not np.array_equal(after, before)
    assert np.array_equal(after[CHEEKS], before[CHEEKS])
    assert np.array_equal(after[ROCKET], before[ROCKET])


def test_face_box_tells_the_room_only_if_asked() -> None:
    told: list[dict[str, Any]] = []
    context = Context(sink=lambda _, data: told.append(data))
    filter_ = started(FaceBox())
    filter_(portrait(), context)
    assert told == []
    filter_(portrait(), context, tell=True)
    (box,) = told[0]["boxes"]
    assert box["label"] == "face"
    assert box["x"] * 640 == pytest.approx(FACE[0], abs=12)
    assert box["height"] * 360 == pytest.approx(FACE[3], abs=12)


def test_a_box_that_leaves_the_picture_is_cut() -> None:
    told: list[dict[str, Any]] = []
    left = moved(portrait(), -250)
    started(FaceBox())(left, Context(sink=lambda _, data: told.append(data)), tell=True)
    (box,) = told[0]["boxes"]
    assert box["x"] == 0
    assert 0 < box["width"] < FACE[2] / 640


@pytest.mark.parametrize("style", ["blur", "pixels", "solid"])
def test_a_face_is_hidden_and_the_rest_is_not(style: str) -> None:
    before = portrait()
    after = started(FaceBlur())(before, style=style)
    assert np.array_equal(after[ROCKET], before[ROCKET])
    # Squares of a face are still like a face, of nobody.
    if style != "pixels":
        assert FaceDetector().find(after, Square(0, -140, 640)) == []
        assert detail(after[CHEEKS]) < 0.25 * detail(before[CHEEKS])


def test_without_a_face_everything_is_hidden_unless_told_otherwise() -> None:
    room = empty()
    assert detail(started(FaceBlur())(room)) < 0.2 * detail(room)
    assert np.array_equal(started(FaceBlur())(room, unsure=False), room)


def test_a_pattern_that_may_be_a_face_does_not_show_the_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The net takes a part of the rocket for a face, though not surely."""
    room = np.ascontiguousarray(portrait()[:, 440:])
    assert FaceTracker(patience=0, least=0.5).track(room)
    assert not FaceTracker(patience=0).track(room)
    monkeypatch.setattr("rooms.filters.builtin.face.PERHAPS", 0.5)
    assert detail(started(FaceBlur())(room)) < 0.2 * detail(room)


def test_where_a_face_was_lost_it_stays_hidden() -> None:
    filter_ = started(FaceBlur())
    filter_(portrait())
    after = filter_(empty())
    assert detail(after[CHEEKS]) < 0.3 * detail(after[ROCKET])


@pytest.mark.parametrize("name", COSTUMES)
def test_every_costume_is_worn_on_the_head(name: str) -> None:
    before = np.asarray(cv2.resize(portrait(), (640, 360)), np.uint8)
    after = started(FaceOverlay())(before, costume=name)
    changed = np.argwhere((after != before).any(axis=2))
    assert len(changed) > 400
    assert abs(changed[:, 1].mean() - 293) < 25
    assert changed[:, 0].max() < 235


@pytest.mark.parametrize("degrees", [-20, 0, 20])
def test_sunglasses_are_as_slanted_as_the_eyes(degrees: int) -> None:
    before = turned(portrait(), degrees)
    filter_ = started(FaceOverlay())
    after = [filter_(before, costume="sunglasses") for _ in range(4)][-1]
    worn = np.argwhere((after != before).any(axis=2))
    _, _, axes = np.linalg.svd(worn - worn.mean(axis=0), full_matrices=False)
    slant = np.degrees(np.arctan2(axes[0, 0], axes[0, 1]))
    assert (slant + 90) % 180 - 90 == pytest.approx(-degrees, abs=7)


def test_a_picture_of_ones_own_is_worn_instead() -> None:
    mask = np.zeros((200, 200, 4), np.uint8)
    cv2.circle(mask, (100, 100), 90, (0, 0, 255, 255), -1)
    after = started(FaceOverlay())(portrait(), picture=mask)
    assert after[CHEEKS].reshape(-1, 3).mean(axis=0).tolist() == [0, 0, 255]
    assert np.array_equal(after[ROCKET], portrait()[ROCKET])


def test_higher_and_larger() -> None:
    before = portrait()

    def rows_of(**params: int) -> Any:
        after = started(FaceOverlay())(before, costume="moustache", **params)
        return np.argwhere((after != before).any(axis=2))[:, 0]

    assert rows_of(up=100).mean() < rows_of().mean() - 40
    assert len(rows_of(size=150)) > 1.8 * len(rows_of())


def test_a_costume_is_drawn_once_for_a_colour() -> None:
    assert drawn("hat", (1, 2, 3)) is drawn("hat", (1, 2, 3))
