"""Finding filters in files and packages, and telling authors what is wrong with them."""

import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.effects import Origin
from rooms.filter_files import prefix_of
from rooms.filters.chain import Chain, Step
from rooms.filters.context import Context
from rooms.filters.failures import BrokenFile, FilterFailed
from rooms.filters.loading import (
    filter_files,
    load_builtins,
    load_file,
    load_package_filters,
    load_source,
)
from rooms.filters.scenes import moving_picture

DOTS = """\
from rooms.filters import Param, video_filter
from rooms.filters.builtin.edges import edges

@video_filter("Dots", format="gray")
def dots(image, size: int = Param(8, 2, 32)):
    return image // size

again = dots
"""


def broken(source: str) -> BrokenFile:
    with pytest.raises(BrokenFile) as caught:
        load_source("/filters/dots.py", source, "dots")
    return caught.value


def test_a_file_offers_the_filters_that_it_defines() -> None:
    [dots] = load_source("/filters/dots.py", DOTS, "dots")
    assert (dots.info.name, dots.info.origin, dots.info.file) == (
        "dots.dots",
        Origin.FILE,
        "dots.py",
    )
    assert dots.file == "/filters/dots.py"
    assert inspect.getsource(dots.target).startswith('@video_filter("Dots"')


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("import cv2\nx = (\n", 2, "SyntaxError: '(' was never closed"),
        ("a = 1\nif a:\nb", 3, "IndentationError: expected an indented block"),
        ("a = 1\n\n1 / 0\n", 3, "ZeroDivisionError: division by zero"),
        ("import json\njson.loads('{')\n", 2, "JSONDecodeError: "),
        ("import no_such_module_here", 1, "ModuleNotFoundError: No module named"),
        ("import sys\nsys.exit(2)", 2, "SystemExit: 2"),
        ("", None, "There is no filter in it"),
        ("a = '\0'", None, "source code string cannot contain null bytes"),
        (DOTS + "dots.__call__ = 3\n@video_filter('x')\ndef y(i, n): ...\n", 10, "n needs a Param"),
        (DOTS + "@video_filter('x', name='dots')\ndef y(i): ...\n", None, "Two filters in it are"),
        (
            DOTS + "for i in range(33):\n a = video_filter('x', name=f'n{i}')(lambda i: i)\n"
            " globals()[f'n{i}'] = a\n",
            None,
            "There are 34 filters in it; 32 is the most",
        ),
    ],
)
def test_a_broken_file_is_told_with_its_line(source: str, line: int | None, message: str) -> None:
    error = broken(source)
    assert error.file == "dots.py"
    assert message in error.message
    assert error.line == line


def test_a_failure_of_edited_code_shows_the_line_that_ran() -> None:
    load_source("/filters/dots.py", DOTS, "dots")
    edited = DOTS.replace("return image // size", "x = 1\n    return image.no_such_thing")
    [dots] = load_source("/filters/dots.py", edited, "dots")
    with pytest.raises(FilterFailed) as caught:
        Chain([Step("a", dots)]).apply_video(moving_picture(64, 48, 0), Context())
    assert (caught.value.file, caught.value.line) == ("dots.py", 7)
    assert "no_such_thing" in caught.value.message


def test_the_line_is_the_authors_though_a_library_raised() -> None:
    source = DOTS.replace("return image // size", "import cv2; return cv2.resize(image, (0, 0))")
    [dots] = load_source("/filters/dots.py", source, "dots")
    with pytest.raises(FilterFailed) as caught:
        Chain([Step("a", dots)]).apply_video(moving_picture(64, 48, 0), Context())
    assert caught.value.line == 6
    assert caught.value.message.startswith("error: (-215:Assertion failed)")


def test_classes_of_a_file_find_their_module() -> None:
    source = """\
from __future__ import annotations
from dataclasses import dataclass
from pathlib import Path
from rooms.filters import video_filter

@video_filter("Counts")
@dataclass
class Counts:
    seen: int = 0
    def __call__(self, image):
        self.seen += 1
        return image

HERE = Path(__file__)
"""
    [counts] = load_source("/filters/counts.py", source, "counts")
    assert counts.stateful
    with pytest.raises(BrokenFile):
        load_source("/filters/counts.py", source + "1 / 0", "counts")
    module = sys.modules[counts.target.__module__]
    assert Path("/filters/counts.py") == module.HERE


def test_files_are_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "My Dots!.py"
    path.write_text(DOTS)
    assert [one.info.name for one in load_file(path)] == ["my-dots.dots"]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenFile, match="it is not UTF-8"):
        load_file(path)
    with pytest.raises(BrokenFile, match=r"gone\.py: It cannot be read: No such file"):
        load_file(tmp_path / "gone.py")


BESIDE = """\
from rooms.filters import video_filter
from greenroom_test_beside import SHADE

@video_filter("Uses", format="gray")
def uses(image):
    import greenroom_test_later
    return image // greenroom_test_later.BY + SHADE
"""


def test_a_file_may_import_what_lies_beside_it(site: Path) -> None:
    """Also while it runs. Nothing beside it hides what is installed."""
    folder = site / "filters"
    folder.mkdir()
    (folder / "greenroom_test_beside.py").write_text("import json\nSHADE = json.loads('7')")
    (folder / "greenroom_test_later.py").write_text("BY = 255")
    (folder / "json.py").write_text("1 / 0")
    (folder / "uses.py").write_text(BESIDE)
    [uses] = load_file(folder / "uses.py")
    result = Chain([Step("a", uses)]).apply_video(moving_picture(64, 48, 0), Context())
    assert (result[:48] == 7).all()
    [again] = load_source(str(folder / "uses.py"), BESIDE, "uses")
    assert again.info == uses.info
    assert sys.path.count(str(folder)) == 1


def test_a_byte_order_mark_is_no_part_of_the_code(tmp_path: Path) -> None:
    path = tmp_path / "dots.py"
    path.write_text(DOTS, encoding="utf-8-sig")
    assert [one.info.name for one in load_file(path)] == ["dots.dots"]


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "zero"):
        with pytest.raises(BrokenFile, match=rf"{name}\.py: It is not a regular file"):
            load_file(tmp_path / f"{name}.py")


def test_a_directory_means_its_files(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "_helpers.py", ".hidden.py", "notes.txt"):
        (tmp_path / name).touch()
    assert filter_files(tmp_path) == [tmp_path / "a.py", tmp_path / "b.py"]
    assert filter_files(tmp_path / "_helpers.py") == [tmp_path / "_helpers.py"]


@pytest.mark.parametrize(
    ("file", "prefix"),
    [
        ("halftone.py", "halftone"),
        ("Light_Painting.py", "light_painting"),
        ("--.py", "file"),
        ("x" * 99 + ".py", "x" * 32),
        ("/x/My halftone.py", "my-halftone"),
        ("caf\udce9.py", "caf"),
        ("_.py", "file"),
    ],
)
def test_prefixes_are_made_of_file_names(file: str, prefix: str) -> None:
    assert prefix_of(file) == prefix


def test_built_in_filters_have_plain_names() -> None:
    filters = load_builtins()
    names = [one.info.name for one in filters]
    assert names == sorted(set(names))
    assert "edges" in names
    assert all(one.info.origin is Origin.BUILT_IN and "." not in one.info.name for one in filters)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory of installed packages."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("greenroom_test_"):
            del sys.modules[name]


def install(site: Path, name: str, source: str, *entries: str) -> None:
    (site / f"greenroom_test_{name}.py").write_text(source)
    info = site / f"greenroom_test_{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: greenroom-{name}\nVersion: 1\n")
    lines = "\n".join(entries)
    (info / "entry_points.txt").write_text(f"[rooms.filters]\n{lines}\n")


def test_packages_offer_filters_by_entry_point(site: Path) -> None:
    install(site, "dots", DOTS, "dots = greenroom_test_dots", "one = greenroom_test_dots:dots")
    filters = load_package_filters()
    assert [one.info.name for one in filters] == ["dots.dots", "one.dots"]
    assert {one.info.origin for one in filters} == {Origin.PACKAGE}
    assert filters[0].target is filters[1].target


def test_a_broken_package_leaves_the_others(site: Path) -> None:
    install(site, "dots", DOTS, "dots = greenroom_test_dots")
    install(site, "bad", "x = 1\nraise ValueError('no GPU')\n", "bad = greenroom_test_bad")
    install(site, "worse", "x = (", "worse = greenroom_test_worse")
    install(site, "gone", DOTS, "gone = greenroom_test_gone:circles")
    install(site, "plain", DOTS, "plain = greenroom_test_plain:Param")
    install(site, "empty", "x = 1", "empty = greenroom_test_empty")
    told: list[BrokenFile] = []
    assert [one.info.name for one in load_package_filters(told.append)] == ["dots.dots"]
    assert [(one.file, one.line) for one in told] == [
        ("greenroom_test_bad.py", 2),
        ("empty", None),
        ("gone", None),
        ("plain", None),
        ("greenroom_test_worse.py", 1),
    ]
    assert told[0].message == "ValueError: no GPU"
    with pytest.raises(BrokenFile, match="no GPU"):
        load_package_filters()
