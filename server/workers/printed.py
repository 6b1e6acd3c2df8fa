"""What filters have printed, for their author: in the server's log, a few lines a second."""

import asyncio
import socket
from typing import Final

import structlog

from rooms.texts import printable
from server.workers.printer import LINES_A_SECOND, MAX_LINE

_BYTES: Final = 4 * MAX_LINE

log = structlog.get_logger()


class Printed:
    """The server's end of what all workers print.

    Attributes:
        theirs: the end for the workers.
    """

    def __init__(self) -> None:
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ours.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._read()

    def close(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._ours)
        self._ours.close()
        self.theirs.close()

    def _read(self) -> None:
        self._pause = None
        self._loop.add_reader(self._ours, self._line)

    def _line(self) -> None:
        """Log one, and look for the next when it may be: what waits meanwhile is not much."""
        self._loop.remove_reader(self._ours)
        self._pause = self._loop.call_later(1 / LINES_A_SECOND, self._read)
        try:
            line = self._ours.recv(_BYTES).decode(errors="replace")
        except OSError:
            return
        log.info("filter-printed", words=printable(line, MAX_LINE))
