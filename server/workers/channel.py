"""One end of a SEQPACKET socketpair on the event loop: nothing of it waits."""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from server.workers.wire import PIECE, SEND_BUFFER, Assembler, Bytes, Kind, Nonsense, pieces

MAX_WAITING: Final = 8 << 20
"""Bytes that wait for room. A process that lets more gather has stopped reading."""
_AT_ONCE: Final = 16
"""Messages that are read before others have their turn."""

log = structlog.get_logger()
Files = tuple[int, ...]
_LAST_MESSAGES: Final = 16
_buffer = bytearray(PIECE + 1024)
_view = memoryview(_buffer)


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Ours, which does not block, and the other process's, which does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    ours.setblocking(False)
    return ours, theirs


class Channel:
    """Whole messages, in order, to and from one process.

    Args:
        sock: not blocking; closed with the channel.
        on_message: called with what came. If it raises, the other process has lost its mind, or
            ours cannot cope with it: it is taken for gone.
        on_gone: called once when the other end is closed; the channel is closed by then.
    """

    def __init__(
        self,
        sock: socket.socket,
        on_message: Callable[[Kind, bytes], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._sock = sock
        self._on_message = on_message
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._assembler = Assembler()
        self._waiting: deque[tuple[Sequence[Bytes], Files]] = deque()
        self._waiting_bytes = 0
        self._open = True
        self._ending = False
        self._loop.add_reader(sock, self._readable)

    @property
    def congested(self) -> bool:
        """Whether something waits for room already."""
        return bool(self._waiting)

    def send(self, kind: Kind, *parts: Bytes, files: Files = ()) -> None:
        """Send a message now, or when there is room.

        Args:
            kind: of the message.
            parts: of it, in order.
            files: descriptors that go with it. They are the channel's from now on: it closes them.
        """
        for piece in pieces(kind, parts):
            if not self._open or self._ending:
                break
            if self._waiting or not self._sent(piece, files):
                self._wait(piece, files)
            files = ()
        _close(files)

    def _sent(self, piece: Sequence[Bytes], files: Files) -> bool:
        try:
            if files:
                socket.send_fds(self._sock, [b"".join(piece)], list(files))
            else:
                self._sock.sendmsg(piece)
        except BlockingIOError:
            return False
        except OSError:  # the other end is closed
            self._loop.call_soon(self._gone)
        _close(files)
        return True

    def _wait(self, piece: Sequence[Bytes], files: Files) -> None:
        if not self._waiting:
            self._loop.add_writer(self._sock, self._writable)
        self._waiting.append((piece, files))
        self._waiting_bytes += sum(map(len, piece))
        if self._waiting_bytes > MAX_WAITING:
            self._loop.call_soon(self._gone)

    def _writable(self) -> None:
        while self._waiting:
            piece, files = self._waiting[0]
            if not self._sent(piece, files):
                return
            self._waiting.popleft()
            self._waiting_bytes -= sum(map(len, piece))
        self._loop.remove_writer(self._sock)
        if self._ending:
            self._sock.shutdown(socket.SHUT_WR)

    def _readable(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                size = self._sock.recv_into(_buffer)
            except BlockingIOError:
                return
            except OSError:
                size = 0
            if not size or not self._understood(size):
                self._gone()
            if not self._open:
                return

    def _understood(self, size: int) -> bool:
        try:
            message = self._assembler.take(_view[:size])
            if message is not None:
                self._on_message(*message)
        except Nonsense:
            log.warning("filter-process-cut-off")
            return False
        except Exception:  # operators' code runs over there: it may not upset what runs here
            log.exception("filter-process-cut-off")
            return False
        return True

    def _gone(self) -> None:
        if self._open:
            self.close()
            self._on_gone()

    def drain(self) -> None:
        """Read what is still there of a process that has ended."""
        for _ in range(_LAST_MESSAGES):
            if self._open:
                self._readable()

    def end(self) -> None:
        """Let the other side read what was sent, and then the end."""
        if self._open and not self._ending:
            self._ending = True
            if not self._waiting:
                self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._sock)
            self._loop.remove_writer(self._sock)
            self._sock.close()
            for _, files in self._waiting:
                _close(files)
            self._waiting.clear()


def _close(files: Files) -> None:
    for file in files:
        os.close(file)
