"""The operator's ONNX models: what their files say, and the filters that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rooms.filters.builtin import detect_objects, style_transfer
from rooms.filters.context import Context
from rooms.filters.declare import describe
from rooms.filters.loading import load_builtins
from rooms.filters.models.detection import MAX_FOUND, ObjectDetector
from rooms.filters.models.onnx_file import NotOnnx, read_onnx
from rooms.filters.models.operator import Task, models_for
from rooms.filters.testing import check_filter
from tests.support.onnx_models import node, save, save_detector, save_negative
from tests.support.people import started

if TYPE_CHECKING:
    from pathlib import Path

    from rooms.filters import Image

RED = (0, 0, 255)
NAMES = {"names": "{0: 'cup', 1: 'pen', 2: 'book'}"}


def plain(colour: tuple[int, int, int] = RED, size: tuple[int, int] = (64, 64)) -> Image:
    picture = np.empty((size[1], size[0], 3), np.uint8)
    picture[:] = colour
    return picture


def columns(*objects: tuple[float, ...], kinds: int = 3) -> Any:
    """As YOLOv8: centre, size and scores in columns, more of them than rows."""
    table = np.zeros((4 + kinds, 20), np.float32)
    for at, values in enumerate(objects):
        table[: len(values), at] = values
    return table


def found(path: Path, picture: Image | None = None, least: float = 0.4) -> Any:
    model = models_for(Task.DETECTION, path.parent)[path.stem]
    return ObjectDetector(model).find(plain() if picture is None else picture, least)


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    path = tmp_path / "desk_things.onnx"
    save_detector(path, columns((32, 16, 20, 8, 0, 0.9), (10, 50, 8, 8, 0.6)), notes=NAMES)
    return path


def test_a_file_says_what_it_wants_gives_and_knows(detector: Path) -> None:
    said = read_onnx(detector)
    assert said.inputs == ((1, 3, 64, 64),)
    assert said.outputs == ((1, 7, 20),)
    assert said.notes == NAMES


def test_an_open_side_is_zero(tmp_path: Path) -> None:
    save_negative(tmp_path / "open.onnx")
    assert read_onnx(tmp_path / "open.onnx").inputs == ((1, 3, 0, 0),)


@pytest.mark.parametrize("broken", [b"", b"\xff" * 40, b"\x07", b"\x3a\x7f\x00", b"\x08\x08"])
def test_another_file_is_not_onnx(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(broken)
    with pytest.raises(NotOnnx):
        read_onnx(path)
    assert models_for(Task.DETECTION, tmp_path) == {}


def test_a_file_cut_off_anywhere_is_passed_over(detector: Path, tmp_path: Path) -> None:
    whole = detector.read_bytes()
    folder = tmp_path / "cut"
    folder.mkdir()
    for end in range(0, len(whole), 7):
        (folder / "cut.onnx").write_bytes(whole[:end])
        models_for(Task.DETECTION, folder)


def test_models_are_told_apart_by_what_they_give(detector: Path) -> None:
    save_negative(detector.with_name("negative.onnx"))
    folder = detector.parent
    assert list(models_for(Task.DETECTION, folder)) == ["desk_things"]
    assert list(models_for(Task.STYLE, folder)) == ["negative"]
    assert models_for(Task.DETECTION, folder)["desk_things"].title == "Desk things"


def test_a_model_of_something_else_is_passed_over(tmp_path: Path) -> None:
    weights = {"minus": -np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1)}
    nodes = [node("Conv", ["image", "minus"], "result", kernel_shape=(1, 1))]
    save(tmp_path / "gray.onnx", nodes, weights, image=(1, 1, 8, 8), result=(1, 1, 8, 8))
    save(tmp_path / "flat.onnx", nodes, weights, image=(1, 3), result=(1, 3, 8))
    save(tmp_path / "huge.onnx", nodes, weights, image=(1, 3, 4096, 8), result=(1, 3, 8, 8))
    save(tmp_path / "class.onnx", nodes, weights, image=(1, 3, 8, 8), result=(1000,))
    assert models_for(Task.DETECTION, tmp_path) == {}
    assert models_for(Task.STYLE, tmp_path) == {}


def test_labels_beside_the_file_count_more_than_those_in_it(detector: Path) -> None:
    def labels() -> tuple[str, ...]:
        return models_for(Task.DETECTION, detector.parent)["desk_things"].labels

    assert labels() == ("cup", "pen", "book")
    detector.with_suffix(".txt").write_text("Tasse\nStift\u0007\n", encoding="utf-8")
    assert labels() == ("Tasse", "Stift")


@pytest.mark.parametrize("names", ["{0: 'a'", "open('x')", "3", "{1: 'b'}", "['a', 'b']"])
def test_odd_notes_are_no_harm(tmp_path: Path, names: str) -> None:
    save_detector(tmp_path / "odd.onnx", columns((32, 32, 8, 8, 0.9)), notes={"names": names})
    model = models_for(Task.DETECTION, tmp_path)["odd"]
    assert all(isinstance(label, str) for label in model.labels)


def test_columns_are_read(detector: Path) -> None:
    first, second = found(detector)
    assert (first.kind, second.kind) == (1, 0)
    assert first.score == pytest.approx(0.9, abs=0.01)
    assert np.allclose(first.box, (22 / 64, 12 / 64, 42 / 64, 20 / 64), atol=0.01)


def test_rows_with_objectness_are_read(tmp_path: Path) -> None:
    """As YOLOv5: the score is that of the kind times that of there being anything."""
    table = np.zeros((20, 8), np.float32)
    table[0] = (32, 16, 20, 8, 0.9, 0, 0.8, 0)
    table[1] = (10, 50, 8, 8, 0.4, 0.9, 0, 0)
    save_detector(tmp_path / "five.onnx", table)
    (one,) = found(tmp_path / "five.onnx")
    assert one.kind == 1
    assert one.score == pytest.approx(0.72, abs=0.01)


def test_finished_rows_are_read(tmp_path: Path) -> None:
    """As YOLOv10: corners, score, kind."""
    table = np.zeros((20, 6), np.float32)
    table[0] = (8, 16, 24, 32, 0.9, 2)
    save_detector(tmp_path / "ten.onnx", table)
    (one,) = found(tmp_path / "ten.onnx")
    assert one.kind == 2
    assert np.allclose(one.box, (8 / 64, 16 / 64, 24 / 64, 32 / 64), atol=0.01)


def test_places_may_be_parts_of_the_sides(tmp_path: Path) -> None:
    save_detector(tmp_path / "parts.onnx", columns((0.5, 0.5, 0.25, 0.5, 0.9)))
    (one,) = found(tmp_path / "parts.onnx")
    assert np.allclose(one.box, (0.375, 0.25, 0.625, 0.75), atol=0.01)


def test_of_one_object_only_the_surest_box_stays(tmp_path: Path) -> None:
    boxes = ((32, 32, 20, 20, 0.9), (33, 32, 20, 20, 0.8), (33, 32, 20, 20, 0, 0.7))
    save_detector(tmp_path / "same.onnx", columns(*boxes))
    assert [(one.kind, round(one.score, 1)) for one in found(tmp_path / "same.onnx")] == [
        (0, 0.9),
        (1, 0.7),
    ]


def test_not_more_than_a_room_is_told(tmp_path: Path) -> None:
    table = np.zeros((5, 60), np.float32)
    table[0], table[1] = np.arange(60) % 10 * 6 + 4, np.arange(60) // 10 * 10 + 4
    table[2:4], table[4] = 4, 0.9
    save_detector(tmp_path / "many.onnx", table)
    assert len(found(tmp_path / "many.onnx")) == MAX_FOUND


def test_a_wide_picture_is_not_squeezed(tmp_path: Path) -> None:
    """The net sees it in the upper half of its square, the lower is gray."""
    save_detector(tmp_path / "wide.onnx", columns((40, 20, 20, 10, 0.9)))
    (one,) = found(tmp_path / "wide.onnx", plain(size=(128, 64)), least=0.1)
    left, top, right, bottom = one.box
    assert (right - left) * 128 / ((bottom - top) * 64) == pytest.approx(2, abs=0.05)


def test_without_models_nothing_is_offered(tmp_path: Path) -> None:
    names = {one.info.name for one in load_builtins(tmp_path)}
    assert not names & {"detect-objects", "style-transfer"}


def test_with_models_the_filters_are_offered(detector: Path) -> None:
    save_negative(detector.with_name("negative.onnx"))
    filters = {one.info.name: one for one in load_builtins(detector.parent)}
    model = filters["detect-objects"].info.params[0]
    assert model.choices == (("desk_things", "Desk things"),)
    check_filter(filters["detect-objects"])
    check_filter(filters["style-transfer"])


def detect(folder: Path) -> Any:
    (filter_,) = detect_objects.with_models(folder)
    assert describe(filter_).category == "detect"
    return started(filter_())


def test_objects_are_drawn_where_they_are(detector: Path) -> None:
    drawn = detect(detector.parent)(plain(size=(256, 256)), labels=False)
    rows, columns_ = np.nonzero((drawn != RED).any(axis=2))
    assert (rows.min(), columns_.min()) == pytest.approx((12 * 4, 6 * 4), abs=5)
    assert (rows.max(), columns_.max()) == pytest.approx((54 * 4, 42 * 4), abs=5)


def test_labels_are_written(detector: Path) -> None:
    filter_ = detect(detector.parent)
    with_labels, without = (filter_(plain(size=(256, 256)), labels=one) for one in (True, False))
    assert np.count_nonzero(with_labels != without) > 100


def test_no_line_goes_through_a_label(tmp_path: Path) -> None:
    """The right side of the surer box crosses where the label of the other one is."""
    cut = (40, 44, 30, 30, 0.6)
    save_detector(tmp_path / "alone.onnx", columns(cut))
    save_detector(tmp_path / "crossed.onnx", columns(cut, (22.5, 36, 20, 40, 0, 0.9)))
    picture, label = plain(size=(256, 256)), np.s_[105:114, 102:150]
    alone, crossed = (detect(tmp_path)(picture, model=name)[label] for name in ("alone", "crossed"))
    assert (alone != RED).any()
    assert np.array_equal(alone, crossed)


def test_the_room_is_told_if_asked(detector: Path) -> None:
    told: list[dict[str, Any]] = []
    context = Context(sink=lambda _, data: told.append(data))
    filter_ = detect(detector.parent)
    filter_(plain(), context)
    assert told == []
    filter_(plain(), context, tell=True)
    assert [box["label"] for box in told[0]["boxes"]] == ["pen", "cup"]


def test_a_higher_score_leaves_some_out(detector: Path) -> None:
    told: list[dict[str, Any]] = []
    context = Context(sink=lambda _, data: told.append(data))
    detect(detector.parent)(plain(), context, score=80, tell=True)
    assert [box["label"] for box in told[0]["boxes"]] == ["pen"]


def test_between_looks_boxes_stay(detector: Path) -> None:
    told: list[dict[str, Any]] = []
    context = Context(sink=lambda _, data: told.append(data))
    filter_ = detect(detector.parent)
    for colour in (RED, (0, 0, 0), (0, 0, 0), (0, 0, 0)):
        filter_(plain(colour), context, every=3, tell=True)
    assert [len(one["boxes"]) for one in told] == [2, 2, 2, 0]


def paint(folder: Path) -> Any:
    (filter_,) = style_transfer.with_models(folder)
    return started(filter_())


@pytest.mark.parametrize("size", [(0, 0), (32, 48)])
def test_a_style_is_painted_at_the_size_of_the_picture(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    save_negative(tmp_path / "negative.onnx", size=size)
    painted = paint(tmp_path)(plain((10, 100, 240), (160, 90)))
    assert painted.shape == (90, 160, 3)
    assert np.allclose(painted, (245, 155, 15), atol=1)


@pytest.mark.parametrize(("values", "top"), [("unit", 1.0), ("signed", 0.0), ("bytes", 255.0)])
def test_light_is_counted_as_the_model_does(tmp_path: Path, values: str, top: float) -> None:
    save_negative(tmp_path / "negative.onnx", top=top)
    painted = paint(tmp_path)(plain((10, 100, 240)), values=values)
    assert np.allclose(painted, (245, 155, 15), atol=1)


def test_colours_may_come_last(tmp_path: Path) -> None:
    nodes = [node("Abs", ["image"], "result")]
    save(tmp_path / "same.onnx", nodes, {}, image=(1, 0, 0, 3), result=(1, 0, 0, 3))
    before = plain((10, 100, 240), (160, 90))
    assert np.allclose(paint(tmp_path)(before), before, atol=1)


def test_half_a_style(tmp_path: Path) -> None:
    save_negative(tmp_path / "negative.onnx")
    painted = paint(tmp_path)(plain((0, 100, 255)), strength=50)
    assert np.allclose(painted, 127.5, atol=1.5)


def test_own_colours_are_kept(tmp_path: Path) -> None:
    save_negative(tmp_path / "negative.onnx")
    red, green, blue = 200, 80, 80
    painted = paint(tmp_path)(plain((blue, green, red)), colours=True)[0, 0]
    assert painted[2] > painted[1] + 60
    assert painted[1] == pytest.approx(painted[0], abs=3)
