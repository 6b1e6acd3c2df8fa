"""docs/design.md names every shelf, and every shelf it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`((?:rooms|server|web|tests|bench|tools|examples|docs)(?:/[\w./-]*)?)`", PAGE)
FILES = [
    str(path.relative_to(ROOT))
    for pattern in ("rooms/**/*.py", "server/**/*.py", "web/core/*.js", "web/*.js")
    for path in ROOT.glob(pattern)
    if path.name != "__init__.py" and "_web" not in path.parts
]
FOLDERS = [
    str(path.relative_to(ROOT))
    for parent in ("web", "tests")
    for path in (ROOT / parent).iterdir()
    if path.is_dir() and path.name not in ("__pycache__", "core", "assets")
]


@pytest.mark.parametrize("name", FILES + FOLDERS)
def test_every_file_and_folder_is_on_the_map(name: str) -> None:
    assert name in NAMED


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_everything_on_the_map_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_every_decision_has_its_three_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert pages
    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]
