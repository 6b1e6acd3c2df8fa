"""The fork server: a small process that has loaded everything and forks a worker when asked to.

`python -m server.workers.fork CONTROL PRINTED`, two descriptors: a SEQPACKET socket to the server,
and one that takes what filters print. Nothing of the operator's is loaded here, and there is one
thread, so a fork is safe and takes milliseconds. It ends with its server, whatever way that ended,
and takes its workers along.
"""

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
from typing import Any, Final, NoReturn

from server.workers.boundaries import NICE, NICENESS, enclose
from server.workers.jobs import prepare, run
from server.workers.printer import Printer
from server.workers.scope import scope_signals
from server.workers.wire import PIECE, Kind, Nonsense, note, read_note

_FILES: Final = 2
"""With a request come the worker's socket and its page of vitals."""


class ForkServer:
    def __init__(self, control: socket.socket, printed: socket.socket) -> None:
        self._control = control
        self._printed = printed
        self._process = os.getpid()
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._workers: dict[int, tuple[int, int]] = {}
        """By ticket: process id and its descriptor."""

    def run(self) -> None:
        """Until the server is gone."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._control:
                    self._reap(key.data)
                elif not self._serve():
                    self._end()
                    return

    def _serve(self) -> bool:
        try:
            message, files, _, _ = socket.recv_fds(self._control, PIECE, _FILES)
        except OSError:
            return False
        if not message:
            return False
        try:
            self._obey(read_note(message[1:]), files)
        except (Nonsense, LookupError, TypeError) as error:
            # Whoever waits for this does so in vain; all workers there are go on.
            print(f"fork server: {type(error).__name__} in a request", file=sys.stderr)
        finally:
            for file in files:
                os.close(file)
        return True

    def _obey(self, request: dict[str, Any], files: list[int]) -> None:
        if request["do"] == "fork":
            self._fork(request, files)
        else:
            self._kill(request["ticket"])

    def _fork(self, request: dict[str, Any], files: list[int]) -> None:
        try:
            process = os.fork()
        except OSError as error:
            self._tell(request["ticket"], -1, error=error.strerror or "")
        else:
            if not process:
                self._become(request, files)
            handle = os.pidfd_open(process)
            self._workers[request["ticket"]] = process, handle
            self._selector.register(handle, selectors.EVENT_READ, request["ticket"])

    def _become(self, request: dict[str, Any], files: list[int]) -> NoReturn:
        """Be a worker, and nothing of the fork server any more."""
        code = 1
        try:
            self._selector.close()
            for _, handle in self._workers.values():
                os.close(handle)
            self._control.close()
            job = request["job"]
            niceness = NICENESS.get(job.get("kind"), NICE)
            enclose(self._process, request["memory_mb"], niceness)
            scope_signals()
            sys.stdout = sys.stderr = Printer(self._printed)
            run(job, *files)
            code = 0
        finally:
            os._exit(code)

    def _kill(self, ticket: int) -> None:
        if ticket in self._workers:
            _kill_group(self._workers[ticket][0])

    def _reap(self, ticket: int) -> None:
        process, handle = self._workers.pop(ticket)
        self._selector.unregister(handle)
        os.close(handle)
        # What it has started dies with it. Until it is waited for, its number is nobody else's.
        _kill_group(process)
        _, status = os.waitpid(process, 0)
        self._tell(ticket, os.waitstatus_to_exitcode(status))

    def _tell(self, ticket: int, code: int, error: str = "") -> None:
        with contextlib.suppress(OSError):  # the server is gone: the next read tells
            message = note({"ticket": ticket, "code": code, "error": error})
            self._control.send(bytes((Kind.NOTE,)) + message)

    def _end(self) -> None:
        for process, _ in self._workers.values():
            _kill_group(process)


def _kill_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)


def main() -> None:
    control, printed = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    settings = read_note(control.recv(PIECE)[1:])
    prepare(settings)
    # What is there now is shared by all workers; looking through it for garbage would copy it.
    gc.collect()
    gc.freeze()
    control.send(bytes((Kind.NOTE,)) + note({"ready": True}))
    ForkServer(control, printed).run()


if __name__ == "__main__":
    main()
