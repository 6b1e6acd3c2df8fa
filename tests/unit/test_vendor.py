"""What we borrow is what the manifests say, with its licence beside it."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
VENDOR = WEB / "vendor"
LOCAL = VENDOR / "local"
MODELS = ROOT / "rooms" / "filters" / "models"
LICENCES = {"MIT": "MIT License", "Apache-2.0": "Apache License", "ISC": "ISC License"}
SAYS_MIT = "Permission is hereby granted, free of charge"

Entry = dict[str, str]


def entries(folder: Path) -> list[Entry]:
    files: list[Entry] = json.loads((folder / "manifest.json").read_text())["files"]
    return files


FILES = entries(VENDOR)
BORROWED = [
    pytest.param(folder, entry, id=entry["file"])
    for folder in (VENDOR, LOCAL, MODELS)
    for entry in entries(folder)
]


@pytest.mark.parametrize(("folder", "entry"), BORROWED)
def test_a_vendored_file_is_the_one_in_the_manifest(folder: Path, entry: Entry) -> None:
    content = (folder / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    for field in ("name", "version", "source", "integrity"):
        assert entry[field]


@pytest.mark.parametrize(("folder", "entry"), BORROWED)
def test_a_vendored_file_has_its_licence_beside_it(folder: Path, entry: Entry) -> None:
    text = (folder / entry["licence_file"]).read_text()
    assert LICENCES[entry["licence"]] in text or (entry["licence"] == "MIT" and SAYS_MIT in text)


@pytest.mark.parametrize("folder", [VENDOR, LOCAL, MODELS], ids=lambda folder: folder.name)
def test_every_borrowed_file_is_accounted_for(folder: Path) -> None:
    files = entries(folder)
    known = {entry["file"] for entry in files} | {entry["licence_file"] for entry in files}
    ours = {path.name for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    types = {path.name for path in folder.glob("*.d.ts")}
    assert {path.name for path in folder.iterdir()} == known | {"manifest.json"} | ours | types


def test_models_are_in_the_wheel() -> None:
    shipped = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    for entry in entries(MODELS):
        assert f"rooms/filters/models/{entry['file']}" in shipped
        assert f"rooms/filters/models/{entry['licence_file']}" in shipped


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
