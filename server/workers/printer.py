"""What filters print, on its way from all workers to the server's log."""

import io
import socket
import time
from typing import Final

MAX_LINE: Final = 200
LINES_A_SECOND: Final = 20


class Printer(io.TextIOBase):
    """Stands for a worker's standard output. It never waits: what is too much is lost.

    Args:
        sock: of datagrams, one for each line; all workers share it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._begun = ""
        self._second = 0
        self._lines = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, rest = (self._begun + text[-MAX_LINE * LINES_A_SECOND :]).split("\n")
        self._begun = rest[:MAX_LINE]
        for line in lines:
            self._send(line)
        return len(text)

    def _send(self, line: str) -> None:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += 1
        if line.strip() and self._lines <= LINES_A_SECOND:
            try:
                data = line[:MAX_LINE].encode(errors="replace")
                self._sock.send(data, socket.MSG_DONTWAIT)
            except OSError:
                return  # there is no room, or no server any more
