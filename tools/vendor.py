"""Rebuild web/vendor/ and rooms/filters/models/ from the npm registry: `python tools/vendor.py`.

The page is served as it lies on disk and nothing is fetched at run time, so what they borrow lies
on disk too. Each file has an entry in the manifest.json of its folder; tests/unit/test_vendor.py
holds the two together. npm is needed here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "web" / "vendor"
LOCAL = PAGE / "local"
MODELS = ROOT / "rooms" / "filters" / "models"

ICONS = (
    "activity",
    "arrow-up",
    "audio-lines",
    "bell",
    "check",
    "chevron-down",
    "chevron-up",
    "circle-alert",
    "copy",
    "eighth-note",
    "ellipsis",
    "eye",
    "fan",
    "fence",
    "grip-vertical",
    "hand",
    "image",
    "keyboard",
    "languages",
    "link",
    "lock",
    "log-out",
    "maximize-2",
    "message-square",
    "mic",
    "mic-off",
    "moon",
    "pencil",
    "repeat-2",
    "route",
    "search",
    "server",
    "settings-2",
    "shield",
    "sun",
    "sun-moon",
    "timer",
    "triangle-alert",
    "undo-2",
    "users",
    "video",
    "video-off",
    "volume-2",
    "wand-sparkles",
    "x",
)


class VendorError(Exception):
    """The registry gave something other than what was asked for."""


@dataclass(frozen=True, slots=True)
class Borrowed:
    """One file of ours made from one file of a package; without `convert` it is the same file."""

    file: str
    source: str
    convert: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """One package at one version, its licence text and the files taken from it.

    Attributes:
        folder: where its files go.
        licence_source: its licence text in the package; None if it names the licence without the
            text, which for Apache-2.0 is the text of our own LICENSE.
    """

    name: str
    version: str
    licence: str
    licence_file: str
    files: tuple[Borrowed, ...]
    folder: Path = PAGE
    licence_source: str | None = "LICENSE"


def as_module(text: str) -> str:
    """Make an ES module servable as it is: relative imports, no pointer to a missing map."""
    text = re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", text)
    return text.replace('from"preact"', 'from"./preact.js"')


def as_icons(text: str) -> str:
    """Keep only the icons that the views draw, as element lists."""
    nodes = json.loads(text)
    missing = [name for name in ICONS if name not in nodes]
    if missing:
        raise VendorError(f"lucide-static has no icon named {', '.join(missing)}.")
    lines = (f"  {json.dumps(name)}: {json.dumps(nodes[name])}," for name in ICONS)
    shape = "/** @type {Record<string, [string, Record<string, string>][]>} */"
    return f"{shape}\nexport const icons = {{\n" + "\n".join(lines) + "\n};\n"


SEGMENTER = "selfie_segmentation_solution_simd_wasm_bin"

PACKAGES = (
    Package(
        "preact",
        "11.2.0",
        "MIT",
        "preact.LICENSE",
        (
            Borrowed("preact.js", "dist/preact.mjs", as_module),
            Borrowed("hooks.js", "hooks/dist/hooks.mjs", as_module),
        ),
    ),
    Package(
        "htm",
        "3.1.1",
        "Apache-2.0",
        "htm.LICENSE",
        (Borrowed("htm.js", "dist/htm.mjs", as_module),),
    ),
    Package(
        "socket.io-client",
        "4.8.4",
        "MIT",
        "socket.io.LICENSE",
        (Borrowed("socket.io.js", "dist/socket.io.esm.min.js", as_module),),
    ),
    Package(
        "lucide-static",
        "1.62.0",
        "ISC",
        "lucide.LICENSE",
        (Borrowed("icons.js", "icon-nodes.json", as_icons),),
    ),
    Package(
        "@mediapipe/selfie_segmentation",
        "0.1.1675465747",
        "Apache-2.0",
        "mediapipe.LICENSE",
        (
            Borrowed("selfie_segmentation.js", "selfie_segmentation.js", as_module),
            Borrowed("selfie_segmentation.binarypb", "selfie_segmentation.binarypb"),
            Borrowed(
                "selfie_segmentation_landscape.tflite", "selfie_segmentation_landscape.tflite"
            ),
            Borrowed(f"{SEGMENTER}.js", f"{SEGMENTER}.js", as_module),
            Borrowed(f"{SEGMENTER}.wasm", f"{SEGMENTER}.wasm"),
        ),
        LOCAL,
        licence_source=None,
    ),
    Package(
        "@sapphi-red/web-noise-suppressor",
        "0.4.1",
        "MIT",
        "web-noise-suppressor.LICENSE",
        (
            Borrowed("rnnoise-worklet.js", "dist/rnnoise/workletProcessor.js", as_module),
            Borrowed("rnnoise_simd.wasm", "dist/rnnoise_simd.wasm"),
        ),
        LOCAL,
    ),
    Package(
        "@mediapipe/selfie_segmentation",
        "0.1.1675465747",
        "Apache-2.0",
        "mediapipe.LICENSE",
        (Borrowed("selfie_segmentation_landscape.tflite", "selfie_segmentation_landscape.tflite"),),
        MODELS,
        licence_source=None,
    ),
    Package(
        "@mediapipe/face_detection",
        "0.4.1657300184",
        "Apache-2.0",
        "mediapipe.LICENSE",
        (Borrowed("face_detection_short_range.tflite", "face_detection_short_range.tflite"),),
        MODELS,
        licence_source=None,
    ),
    Package(
        "@mediapipe/pose",
        "0.5.1675469404",
        "Apache-2.0",
        "mediapipe.LICENSE",
        (Borrowed("pose_landmark_lite.tflite", "pose_landmark_lite.tflite"),),
        MODELS,
        licence_source=None,
    ),
)


def fetch(package: Package, folder: Path) -> tuple[Path, str]:
    """Download one package with npm; npm itself checks it against the registry's digest."""
    spec = f"{package.name}@{package.version}"
    done = subprocess.run(
        ["npm", "pack", spec, "--json", "--silent", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    (answer,) = json.loads(done.stdout)
    return folder / answer["filename"], answer["integrity"]


def read(archive: tarfile.TarFile, path: str) -> bytes:
    """Read one file of a package."""
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise VendorError(f"The package has no file {path}.")
    return member.read()


def known_integrity(folder: Path) -> dict[tuple[str, str], str]:
    """Tell what each version looked like last time: a published version never changes."""
    manifest = folder / "manifest.json"
    if not manifest.exists():
        return {}
    entries = json.loads(manifest.read_text())["files"]
    return {(entry["name"], entry["version"]): entry["integrity"] for entry in entries}


def vendor(package: Package) -> list[dict[str, str]]:
    """Write the files of one package and return their manifest entries."""
    entries = []
    known = known_integrity(package.folder)
    with tempfile.TemporaryDirectory() as folder:
        tarball, integrity = fetch(package, Path(folder))
        if known.get((package.name, package.version), integrity) != integrity:
            raise VendorError(f"{package.name} {package.version} is not what it was last time.")
        with tarfile.open(tarball) as archive:
            source = package.licence_source
            licence = read(archive, source) if source else (ROOT / "LICENSE").read_bytes()
            (package.folder / package.licence_file).write_bytes(licence)
            for borrowed in package.files:
                content = read(archive, borrowed.source)
                if borrowed.convert is not None:
                    content = borrowed.convert(content.decode()).encode()
                (package.folder / borrowed.file).write_bytes(content)
                entries.append(
                    {
                        "file": borrowed.file,
                        "sha256": hashlib.sha256(content).hexdigest(),
                        "name": package.name,
                        "version": package.version,
                        "integrity": integrity,
                        "source": borrowed.source,
                        "licence": package.licence,
                        "licence_file": package.licence_file,
                    }
                )
    return entries


def rebuild(folder: Path) -> int:
    """Write all that one folder borrows, with its manifest; return how many files."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [package for package in PACKAGES if package.folder == folder]
    files = [entry for package in chosen for entry in vendor(package)]
    (folder / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n")
    return len(files)


def main() -> int:
    """Rebuild everything, or stop with one sentence."""
    for folder in (PAGE, LOCAL, MODELS):
        name = folder.relative_to(ROOT)
        try:
            count = rebuild(folder)
        except (VendorError, subprocess.SubprocessError, OSError) as error:
            print(f"{name} was not rebuilt: {error}", file=sys.stderr)
            return 1
        print(f"{count} files in {name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
