"""What the page borrows is what the manifest says, with its licence beside it."""

import hashlib
import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
VENDOR = WEB / "vendor"
FILES: list[dict[str, str]] = json.loads((VENDOR / "manifest.json").read_text())["files"]
LICENCES = {"MIT": "MIT License", "Apache-2.0": "Apache License", "ISC": "ISC License"}
SAYS_MIT = "Permission is hereby granted, free of charge"


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_the_one_in_the_manifest(entry: dict[str, str]) -> None:
    content = (VENDOR / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    for field in ("name", "version", "source", "integrity"):
        assert entry[field]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["file"])
def test_a_vendored_file_has_its_licence_beside_it(entry: dict[str, str]) -> None:
    text = (VENDOR / entry["licence_file"]).read_text()
    assert LICENCES[entry["licence"]] in text or (entry["licence"] == "MIT" and SAYS_MIT in text)


def test_every_file_in_the_vendor_folder_is_accounted_for() -> None:
    known = {entry["file"] for entry in FILES} | {entry["licence_file"] for entry in FILES}
    ours = {"manifest.json"} | {path.name for path in VENDOR.glob("*.d.ts")}
    assert {path.name for path in VENDOR.iterdir()} == known | ours


def test_vendored_modules_import_only_what_is_served() -> None:
    for entry in FILES:
        text = (VENDOR / entry["file"]).read_text()
        assert "sourceMappingURL" not in text
        for specifier in re.findall(r'\b(?:from|import)\s*"([^"]+)"', text):
            assert (VENDOR / specifier).is_file(), f"{entry['file']} imports {specifier}"


def test_every_vendored_icon_is_drawn_somewhere() -> None:
    views = "".join(path.read_text() for path in (WEB / "ui").glob("*.js"))
    for name in re.findall(r'^  "([a-z0-9-]+)":', (VENDOR / "icons.js").read_text(), re.MULTILINE):
        assert f'"{name}"' in views, f"No view draws the icon {name}."
