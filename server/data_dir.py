"""The directory in which everything is kept: for its owner only, and for one server at a time."""

import fcntl
import os
from pathlib import Path

LOCK_FILE = "greenroom.lock"


class DataDirTaken(Exception):
    """Another server keeps its data there; the message is a sentence that says so."""


class DataDirLock:
    """Keeps a second server out of a directory until `release`, or until the process dies.

    Two servers would each write the rooms they remember over those of the other. The lock belongs
    to the open file, so the kernel lets go of it whatever way the process ends, and the file itself
    may stay.

    Raises:
        DataDirTaken: another server holds it.
        OSError: the directory cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        # Chat is in there: nobody else on this machine may read it.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise DataDirTaken(
                f"{directory} is in use by another Greenroom: stop that one, or choose another "
                "directory with --data-dir."
            ) from None
        except OSError:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        os.close(self._descriptor)
