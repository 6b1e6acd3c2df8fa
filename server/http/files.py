"""The page's files: read only, nothing outside the web root, no links, no listing."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from server.http.errors import NotFound

CONTENT_TYPES = {
    ".binarypb": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tflite": "application/octet-stream",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_PART = re.compile(r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")


def web_root() -> Path:
    """Where the page is: inside the package when installed, beside it in a checkout."""
    server = Path(__file__).resolve().parent.parent
    packaged = server / "_web"
    return packaged if packaged.is_dir() else server.parent / "web"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent, with the stamp of the state that was read."""

    content: bytes
    content_type: str
    etag: str
    stamp: tuple[int, int]


class Files:
    """Serves what is below `root`. Contents are kept, and read again when a file changes."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._assets: dict[Path, Asset] = {}

    async def answer(self, request: web.Request, path: str) -> web.Response:
        """The file at `path`, or 304 when the browser has it.

        Raises:
            NotFound: there is no such file, or it is not one for browsers.
        """
        asset = await asyncio.to_thread(self._load, path)
        headers = {"ETag": asset.etag, "Cache-Control": "no-cache"}
        if _matches(request.headers.get("If-None-Match", ""), asset.etag):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = asset.content_type
        return web.Response(body=asset.content, headers=headers)

    def _load(self, path: str) -> Asset:
        file = self._resolve(path)
        try:
            state = file.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            known = self._assets.get(file)
            if known is None or known.stamp != stamp:
                content = file.read_bytes()
                etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
                known = Asset(content, CONTENT_TYPES[file.suffix], etag, stamp)
                self._assets[file] = known
        except OSError:
            raise NotFound from None
        return known

    def _resolve(self, path: str) -> Path:
        parts = path.split("/")
        if not all(_PART.fullmatch(part) for part in parts):
            raise NotFound
        file = self._root.joinpath(*parts)
        if file.suffix not in CONTENT_TYPES or file.name.endswith(".d.ts"):
            raise NotFound
        try:
            # A path that resolves to something else has a symbolic link in it.
            if file.resolve(strict=True) != file or not file.is_file():
                raise NotFound
        except (OSError, RuntimeError):
            raise NotFound from None
        return file


def _matches(if_none_match: str, etag: str) -> bool:
    candidates = [value.strip().removeprefix("W/") for value in if_none_match.split(",")]
    return etag in candidates or "*" in candidates
