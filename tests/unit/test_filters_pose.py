"""Finding how somebody sits, and the figure that is drawn of it."""

import numpy as np
import pytest

from rooms.filters.builtin.pose import PoseFigure
from rooms.filters.models.poses import PATIENCE, PoseTracker
from tests.support.goldens import portrait
from tests.support.people import EYES, ROCKET, empty, fitting, moved, started

NOSE, LEFT_EYE, RIGHT_EYE, LEFT_SHOULDER, RIGHT_SHOULDER = 0, 2, 5, 11, 12
INK, PAPER = (10, 220, 30), (200, 30, 60)


def inked(picture: np.ndarray) -> np.ndarray:
    """Where it has the colour of the figure."""
    return np.asarray(np.abs(picture.astype(int) - INK).max(axis=2) < 30)


def test_head_and_shoulders_are_where_they_are() -> None:
    pose = PoseTracker().track(portrait())
    assert pose is not None
    assert np.allclose(pose.points[[RIGHT_EYE, LEFT_EYE]], EYES, atol=14)
    assert np.allclose(pose.points[NOSE], (291, 168), atol=14)
    right, left = pose.points[RIGHT_SHOULDER], pose.points[LEFT_SHOULDER]
    assert right[0] < 240 < 340 < left[0]
    assert 215 < min(right[1], left[1]) < max(right[1], left[1]) < 300
    assert pose.seen[[LEFT_SHOULDER, RIGHT_SHOULDER]].min() > 0.9


def test_nobody_is_found_in_an_empty_room() -> None:
    tracker = PoseTracker()
    assert [tracker.track(empty()) for _ in range(3)] == [None, None, None]


def test_who_moves_is_followed() -> None:
    tracker = PoseTracker()
    pose = None
    for right in range(0, 121, 15):
        pose = tracker.track(moved(portrait(), right))
    assert pose is not None
    assert pose.points[NOSE][0] == pytest.approx(291 + 120, abs=16)


def test_who_leaves_is_given_up_after_a_while() -> None:
    tracker = PoseTracker()
    tracker.track(portrait())
    seen = [tracker.track(empty()) is not None for _ in range(PATIENCE + 2)]
    assert seen == [True] * PATIENCE + [False] * 2


def test_fast_looks_at_every_second_picture() -> None:
    tracker = PoseTracker()
    first = tracker.track(portrait(), every_second=True)
    second = tracker.track(moved(portrait(), 60), every_second=True)
    third = tracker.track(moved(portrait(), 60), every_second=True)
    assert first is second
    assert third is not second


@pytest.mark.parametrize("style", ["pictogram", "stick"])
def test_a_figure_stands_on_paper_and_shows_nothing_else(style: str) -> None:
    after = started(PoseFigure())(portrait(), style=style, colour=INK, backdrop=PAPER)
    ink = inked(after)
    paper = np.abs(after.astype(int) - PAPER).max(axis=2) < 30
    assert (ink | paper).mean() > 0.99
    assert 0.02 < ink.mean() < 0.6
    rows, columns = np.nonzero(ink)
    assert rows.min() < 110
    assert rows.max() == 359
    assert 200 < columns.mean() < 360


def test_a_head_is_filled_or_a_ring() -> None:
    nose = (168, 291)
    pictogram = started(PoseFigure())(portrait(), colour=INK, backdrop=PAPER)
    stick = started(PoseFigure())(portrait(), style="stick", colour=INK, backdrop=PAPER)
    assert inked(pictogram)[nose]
    assert not inked(stick)[nose]


def test_lines_may_lie_on_the_picture() -> None:
    after = started(PoseFigure())(portrait(), style="over", colour=INK)
    assert np.array_equal(after[ROCKET], portrait()[ROCKET])
    assert inked(after).mean() > 0.01


def test_wider_lines() -> None:
    def ink(width: int) -> float:
        after = started(PoseFigure())(portrait(), style="stick", colour=INK, width=width)
        return float(inked(after).mean())

    assert ink(200) > 1.5 * ink(100)


def test_without_a_person_there_is_only_paper() -> None:
    after = started(PoseFigure())(empty(), backdrop=PAPER)
    assert (after == PAPER).all()


@pytest.mark.parametrize("size", [(1280, 720), (360, 640), (160, 90)])
def test_any_picture_will_do(size: tuple[int, int]) -> None:
    pose = PoseTracker().track(fitting(size))
    assert pose is not None
    nose = 291 / 640 if size[0] > size[1] else 0.47
    assert pose.points[NOSE][0] / size[0] == pytest.approx(nose, abs=0.06)
