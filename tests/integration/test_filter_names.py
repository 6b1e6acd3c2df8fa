"""`greenroom filter`: which filter has a name that several would like to have."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rooms.effects import Origin
from rooms.filters.loading import load_source
from server import filter_choice
from server.__main__ import cli

MINE = """\
from rooms.filters import Param, video_filter

@video_filter("Tired")
def tired(image, after: int = Param(5, 0, 99)):
    return image
"""


def listing(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["filter", "list", *map(str, words)])


def test_names_are_whose_they_are_in_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file goes before a package, and the first of two files before the second."""
    mine, second = tmp_path / "mine.py", tmp_path / "second"
    mine.write_text(MINE)
    second.mkdir()
    (second / "Mine.py").write_text(MINE.replace("Param(5", "Param(7"))
    [packaged] = load_source("packaged.py", MINE.replace("Param(5", "Param(9"), "mine")
    package = packaged.belonging_to("x", Origin.PACKAGE, None)
    named = replace(package, info=replace(package.info, name="mine.tired"))
    monkeypatch.setattr(filter_choice, "load_package_filters", lambda _: [named])

    def usage(*words: str | Path) -> str:
        listed = listing(*words)
        assert listed.exit_code == 0, listed.output
        return next(line for line in listed.output.splitlines() if line.startswith("mine.tired "))

    assert "after=9" in usage()
    assert "after=5" in usage("--filters", mine)
    both = "--filters", mine, "--filters", second, "--filters", mine
    assert "after=5" in usage(*both)
    assert "after=7" in usage("--filters", second, "--filters", mine)
    told = listing(*both).output.splitlines()[0]
    assert told == (
        "greenroom: Mine.py: Its filters would be called as those of mine.py: rename it."
    )
