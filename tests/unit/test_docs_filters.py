"""docs/filters.md against the built-in filters, in both directions."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rooms.effects import FilterInfo
from rooms.filters.loading import load_builtins
from rooms.participant import Kind
from tests.support.filter_docs import parameter_table
from tests.support.goldens import PICTURES, builtins_with_models, golden_path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "filters.md").read_text(encoding="utf-8")
BUILT_IN = PAGE.split("\n## Built-in filters\n", 1)[1].split("\n## ", 1)[0]
SECTIONS = dict(re.findall(r"^### (.*?)\n(.*?)(?=^###|\Z)", BUILT_IN, re.M | re.S))
ALWAYS = {one.info.name for one in load_builtins()}
with TemporaryDirectory() as _models:
    FILTERS = [one.info for one in builtins_with_models(Path(_models))]


def test_every_filter_has_a_heading_and_every_heading_a_filter() -> None:
    """Those that the operator's models make possible say which setting that takes."""
    assert SECTIONS.keys() == {info.name for info in FILTERS}
    always = {name for name, section in SECTIONS.items() if "`filter_models`" not in section}
    assert always == ALWAYS


@pytest.mark.parametrize("info", FILTERS, ids=lambda info: info.name)
def test_a_section_says_what_the_filter_says(info: FilterInfo) -> None:
    section = SECTIONS[info.name]
    meaning = section.partition(f"**{info.title}.** ")[2].partition("\n\n")[0]
    assert len(meaning.split()) > 3
    assert ("Private" in meaning) == info.private
    assert parameter_table(info) in section
    if info.kind is Kind.VIDEO:
        picture = re.search(rf"!\[{re.escape(info.title)}\]\((.*)\)", section)
        assert picture is not None
        assert (DOCS / picture[1]).resolve() == golden_path(info.name)


def test_every_picture_is_shown() -> None:
    shown = set(re.findall(r"\]\(images/filters/(.*?)\)", PAGE))
    assert shown == {path.name for path in PICTURES.iterdir()}
