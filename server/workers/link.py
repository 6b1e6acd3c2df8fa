"""A worker's end of the socket to the server."""

import select
import socket

from server.workers.wire import PIECE, Assembler, Bytes, Kind, pieces


class Link:
    def __init__(self, descriptor: int) -> None:
        self._sock = socket.socket(fileno=descriptor)
        self._buffer = bytearray(PIECE + 1024)
        self._view = memoryview(self._buffer)
        self._assembler = Assembler()

    def ready(self, within_s: float) -> bool:
        """Wait until something comes, or the end; whether it did."""
        readable, _, _ = select.select([self._sock], [], [], within_s)
        return bool(readable)

    def receive(self, *, wait: bool) -> tuple[Kind, bytes] | None:
        """The next message; None when none is there yet and `wait` is false.

        Raises:
            EOFError: the server has no more to say.
        """
        while True:
            try:
                size = self._sock.recv_into(self._buffer, 0, 0 if wait else socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            except ConnectionError:
                size = 0
            if not size:
                raise EOFError
            message = self._assembler.take(self._view[:size])
            if message is not None:
                return message

    def send(self, kind: Kind, *parts: Bytes) -> None:
        """Raises EOFError: the server is not there any more."""
        try:
            for piece in pieces(kind, parts):
                self._sock.sendmsg(piece)
        except ConnectionError:
            raise EOFError from None
