"""Which files there are and which have been saved, found out by looking at them often."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_FILES: Final = 200
GONE_AFTER: Final = 5
"""Looks: editors take a file away for a moment when they save it."""

Signature = tuple[int, int, int]
"""When it was changed, in ns; its size; its number in the file system."""


@dataclass(slots=True)
class _Seen:
    signature: Signature
    reported: Signature | None = None
    missing: int = 0


class Watch:
    """Nothing of it waits, and no thread is needed: a look costs microseconds for each file.

    Args:
        paths: files, and directories whose `*.py` count unless they begin with `_` or `.`.

    Attributes:
        left_out: how many files there are beyond `MAX_FILES`.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = tuple(path.absolute() for path in paths)
        self.left_out = 0
        self._seen: dict[str, _Seen] = {}

    def look(self) -> tuple[list[str], list[str]]:
        """Files that were saved since they were last named here, and those that are gone.

        A file is named when it was the same at two looks, so that it is not read half written.
        """
        present = dict(self._present())
        changed = []
        for path, signature in present.items():
            seen = self._seen.get(path)
            if signature is None:
                if seen is not None:
                    seen.missing = 0
                continue
            if seen is None:
                self._seen[path] = seen = _Seen(signature)
            elif seen.signature == signature and seen.reported != signature:
                seen.reported = signature
                changed.append(path)
            seen.signature, seen.missing = signature, 0
        return changed, self._gone(present.keys())

    def _gone(self, present: Iterable[str]) -> list[str]:
        gone = []
        for path in self._seen.keys() - set(present):
            seen = self._seen[path]
            seen.missing += 1
            if seen.missing >= GONE_AFTER:
                del self._seen[path]
                gone.append(path)
        return gone

    def _present(self) -> Iterator[tuple[str, Signature | None]]:
        """Files, and how they are; None: as they were, because nothing can be learned now."""
        left, self.left_out = MAX_FILES, 0
        for path in self.paths:
            for file in self._files(path):
                if not left:
                    self.left_out += 1
                    continue
                try:
                    stat = os.stat(file)
                except FileNotFoundError:
                    continue
                except OSError:
                    yield file, None
                    continue
                left -= 1
                yield file, (stat.st_mtime_ns, stat.st_size, stat.st_ino)

    def _files(self, path: Path) -> list[str]:
        """Those of a path, or those that it had when it cannot be read: too much may be open."""
        try:
            names = sorted(os.listdir(path))
        except NotADirectoryError:
            return [str(path)]
        except FileNotFoundError:
            return []
        except OSError:
            return [file for file in self._seen if file.startswith(f"{path}{os.sep}")]
        return [str(path / name) for name in names if name.endswith(".py") and name[0] not in "._"]
