"""Rebuild web/vendor/ from the npm registry: `python tools/vendor.py`.

The page is served as it lies on disk, so what it borrows lies on disk too. Each file has an entry
in web/vendor/manifest.json; tests/unit/test_vendor.py holds the two together. npm is needed here
and nowhere else.
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

VENDOR = Path(__file__).resolve().parent.parent / "web" / "vendor"

ICONS = (
    "activity",
    "arrow-up",
    "bell",
    "check",
    "chevron-down",
    "chevron-up",
    "circle-alert",
    "copy",
    "ellipsis",
    "eye",
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
    "route",
    "server",
    "settings-2",
    "sun",
    "sun-moon",
    "timer",
    "users",
    "video",
    "video-off",
    "volume-2",
    "x",
)


class VendorError(Exception):
    """The registry gave something other than what was asked for."""


@dataclass(frozen=True, slots=True)
class Borrowed:
    """One file of ours made from one file of a package."""

    file: str
    source: str
    convert: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Package:
    """One package at one version, its licence text and the files taken from it."""

    name: str
    version: str
    licence: str
    licence_file: str
    files: tuple[Borrowed, ...]


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


def read(archive: tarfile.TarFile, path: str) -> str:
    """Read one text file of a package."""
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise VendorError(f"The package has no file {path}.")
    return member.read().decode()


def known_integrity() -> dict[tuple[str, str], str]:
    """Tell what each version looked like last time: a published version never changes."""
    manifest = VENDOR / "manifest.json"
    if not manifest.exists():
        return {}
    entries = json.loads(manifest.read_text())["files"]
    return {(entry["name"], entry["version"]): entry["integrity"] for entry in entries}


def vendor(package: Package, known: dict[tuple[str, str], str]) -> list[dict[str, str]]:
    """Write the files of one package and return their manifest entries."""
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        tarball, integrity = fetch(package, Path(folder))
        if known.get((package.name, package.version), integrity) != integrity:
            raise VendorError(f"{package.name} {package.version} is not what it was last time.")
        with tarfile.open(tarball) as archive:
            (VENDOR / package.licence_file).write_text(read(archive, "LICENSE"))
            for borrowed in package.files:
                text = borrowed.convert(read(archive, borrowed.source))
                (VENDOR / borrowed.file).write_text(text)
                entries.append(
                    {
                        "file": borrowed.file,
                        "sha256": hashlib.sha256(text.encode()).hexdigest(),
                        "name": package.name,
                        "version": package.version,
                        "integrity": integrity,
                        "source": borrowed.source,
                        "licence": package.licence,
                        "licence_file": package.licence_file,
                    }
                )
    return entries


def main() -> int:
    """Rebuild everything, or stop with one sentence."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    try:
        known = known_integrity()
        files = [entry for package in PACKAGES for entry in vendor(package, known)]
    except (VendorError, subprocess.SubprocessError, OSError) as error:
        print(f"web/vendor was not rebuilt: {error}", file=sys.stderr)
        return 1
    (VENDOR / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n")
    print(f"{len(files)} files in web/vendor.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
