"""What docs/filters.md shows to authors works as it stands there."""

import re
import tomllib
from pathlib import Path

import pytest

from rooms import emitted
from rooms.effects import MAX_TEXT
from rooms.filters import context, declare, loading
from rooms.filters.chain import Chain, Step
from rooms.filters.formats import Format
from rooms.filters.loading import load_source
from rooms.filters.scenes import moving_picture
from rooms.filters.testing import check_filter

PAGE = (Path(__file__).parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
AUTHORS = PAGE.split("\n## Built-in filters\n", 1)[0]
BLOCKS = re.findall(r"^```python\n(.*?)^```", AUTHORS, re.M | re.S)
FILTERS = [block for block in BLOCKS if "_filter(" in block and "def test_" not in block]


@pytest.mark.parametrize("source", FILTERS, ids=lambda source: source.split("(")[1].split(",")[0])
def test_a_filter_on_the_page_runs(source: str) -> None:
    [one] = load_source("page.py", source, "page")
    check_filter(one, sizes=((320, 180),))


def test_the_first_one_has_ten_lines_at_most_and_is_tested_as_shown() -> None:
    assert len(FILTERS[0].splitlines()) <= 10
    [lines] = load_source("lines.py", FILTERS[0], "lines")
    assert lines.info.name == "lines.lines"
    [shown] = [block for block in BLOCKS if "def test_" in block]
    names = {"lines": lines.target}
    exec(shown, names)
    names["test_lines"]()


def test_every_declaration_of_a_parameter_runs() -> None:
    declared = re.findall(r"^\| `(.*Param.*?)` \|", AUTHORS, re.M)
    assert len(declared) == 7
    arguments = ", ".join(declared)
    source = (
        "from rooms.filters import Param, video_filter\n"
        f'@video_filter("All")\ndef every(image, *, {arguments}): return image\n'
    )
    [every] = load_source("every.py", source, "every")
    assert len({info.kind for info in every.info.params}) == 6
    Chain([Step("a", every)]).apply_video(moving_picture(64, 48, 0), context.Context())


def test_limits_on_the_page_are_those_of_the_code() -> None:
    for sentence in (
        f"at most {loading.MAX_FILTERS} filters",
        f"at most {declare.MAX_PARAMS}.",
        f"one line, at most {MAX_TEXT} characters",
        f"at most {emitted.MAX_BOXES}, a label of at most {emitted.MAX_LABEL} characters",
        f"one line, at most {emitted.MAX_CAPTION} characters",
    ):
        assert sentence in AUTHORS
    for format_ in set(Format) - {Format.SOUND}:
        assert f'`"{format_}"`' in AUTHORS


def test_the_package_on_the_page_offers_its_filter() -> None:
    [shown] = re.findall(r"^```toml\n(.*?)^```", AUTHORS, re.M | re.S)
    project = tomllib.loads(shown)
    assert project["project"]["entry-points"][loading.GROUP] == {"lines": "lines"}
