"""Ctrl-C, which may come while a filter's code runs."""

from __future__ import annotations

import signal


def ends_process(error: BaseException) -> bool:
    """Whether it is no filter's failure, whatever code it came through: somebody pressed Ctrl-C.

    Where that signal is ignored, as in workers, a filter has raised it by itself.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return isinstance(error, KeyboardInterrupt) and not ignored
