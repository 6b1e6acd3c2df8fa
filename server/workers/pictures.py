"""Pictures that people chose for their effects: checked by their first bytes, bounded, kept."""

import asyncio
import contextlib
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Final

import structlog

from rooms.errors import InvalidPicture, TooManyEffects
from rooms.requests import MAX_PICTURE_CHARACTERS

MAX_BYTES: Final = MAX_PICTURE_CHARACTERS * 3 // 4
"""What a page can send: base64 has four characters for three of them."""
MAX_SIDE: Final = 2048
MAX_PER_OWNER: Final = 8
MAX_PICTURES: Final = 256
"""Of a server."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_SOF: Final = frozenset({0xC0, 0xC1, 0xC2})
"""JPEG's markers of frames that everybody can decode: baseline, extended, progressive."""
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})

log = structlog.get_logger()


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height, as the file says them.

    Raises:
        InvalidPicture: it is neither PNG nor JPEG nor WebP.
    """
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    elif data[:3] == b"\xff\xd8\xff":
        size = _jpeg_size(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        size = _webp_size(data)
    else:
        raise InvalidPicture
    if not all(size):
        raise InvalidPicture
    return size


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """From the frame header (ITU-T T.81, B.2.2); zeros when there is none."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _SOF:
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        if marker == 0xFF:
            at += 1
        else:
            at += 2
            at += 0 if marker in _ALONE else max(2, int.from_bytes(data[at : at + 2], "big"))
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    """From the first chunk (RFC 9649, sections 2.5 to 2.7); zeros when it is none of these."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        return 0, 0
    if kind == b"VP8X":
        return _little(body[4:7]) + 1, _little(body[7:10]) + 1
    if kind == b"VP8L":
        bits = _little(body[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF
    return 0, 0


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


class Pictures:
    """By id, in memory and, so that effects survive a restart, in a directory.

    Args:
        directory: None: they are forgotten with the process.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._owned: dict[str, list[str]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def add(self, owner: str, data: bytes, used: Container[str]) -> str:
        """Keep one; its id, which nobody can guess.

        Where there are too many, the oldest one makes room that nobody uses: first among its
        owner's, then among all.

        Args:
            owner: whose it is.
            data: the file.
            used: ids of all that are part of somebody's effects.

        Raises:
            InvalidPicture: it is no picture that can be used, or too large.
            TooManyEffects: all that would have to go are in use.
        """
        if len(data) > MAX_BYTES or max(picture_size(data)) > MAX_SIDE:
            raise InvalidPicture
        owned = [id_ for id_ in self._owned.get(owner, []) if id_ in self._kept]
        for id_ in owned:
            if self._kept[id_] == data:
                return id_
        if len(owned) >= MAX_PER_OWNER:
            self._make_room(owned, used, "Eight of your pictures are in use already.")
        if len(self._kept) >= MAX_PICTURES:
            self._make_room(self._kept, used, "No more pictures can be kept on this server.")
        id_ = secrets.token_urlsafe(16)
        self._kept[id_] = data
        self._owned[owner] = [one for one in owned if one in self._kept] + [id_]
        if self._directory is not None:
            self._later(self._directory / id_, data)
        return id_

    def _make_room(self, ids: Iterable[str], used: Container[str], refusal: str) -> None:
        """Drop the first that is not in use. Raises TooManyEffects: there is none."""
        unused = next((id_ for id_ in ids if id_ not in used), None)
        if unused is None:
            raise TooManyEffects(refusal)
        self._drop(unused)

    def get(self, id_: str) -> bytes | None:
        """Also one that was kept by an earlier process."""
        if id_ not in self._kept and self._directory is not None and _ID.fullmatch(id_):
            with contextlib.suppress(OSError):
                self._kept[id_] = (self._directory / id_).read_bytes()[:MAX_BYTES]
                os.utime(self._directory / id_)  # it was used, so `tidy` lets others go first
        if id_ not in self._kept:
            return None
        self._kept.move_to_end(id_)
        return self._kept[id_]

    def forget(self, owner: str) -> None:
        """Somebody has left for good."""
        for id_ in self._owned.pop(owner, []):
            self._drop(id_)

    async def tidy(self) -> None:
        """Remove what was not used for longest of earlier processes' pictures, if they are many."""
        if self._directory is not None:
            await asyncio.to_thread(_tidy, self._directory)

    async def close(self) -> None:
        """Wait for what is being written."""
        while self._writing:
            await asyncio.wait(self._writing)

    def _drop(self, id_: str) -> None:
        self._kept.pop(id_, None)
        if self._directory is not None:
            self._later(self._directory / id_, None)

    def _later(self, path: Path, data: bytes | None) -> None:
        task = asyncio.create_task(asyncio.to_thread(_store, path, data))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)


def _store(path: Path, data: bytes | None) -> None:
    """Write or remove a file. A picture that could not be kept is gone after the next restart."""
    try:
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = path.with_suffix(".new")
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(data)
            unfinished.replace(path)
    except OSError as error:
        log.warning("picture-not-kept", reason=error.strerror)


def _tidy(directory: Path) -> None:
    with contextlib.suppress(OSError):
        files = sorted(directory.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[MAX_PICTURES:]:
            file.unlink(missing_ok=True)
