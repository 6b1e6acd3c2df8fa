"""Whom a worker process may signal: itself and what it has started, where the kernel can say so.

See landlock(7), "Scope of a domain"; Linux has it since 6.12. Elsewhere a worker may signal what
its user may.
"""

import ctypes
import os
from struct import Struct
from typing import Final

_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
"""System calls; they have these numbers on every architecture."""
_VERSION: Final = 1
_SIGNALS_SINCE: Final = 6
_SIGNALS: Final = 2
_PR_SET_NO_NEW_PRIVS: Final = 38
_RULESET: Final = Struct("=QQQ")
"""Rights to files and to the network, of which none is taken away, and scopes."""
_libc = ctypes.CDLL(None, use_errno=True)


def can_scope() -> bool:
    """Whether the kernel can do it."""
    return bool(_libc.syscall(_CREATE_RULESET, None, 0, _VERSION) >= _SIGNALS_SINCE)


def scope_signals() -> None:
    """Give up signalling other processes than one's own descendants, for good, if that can be."""
    if not can_scope():
        return
    rules = _RULESET.pack(0, 0, _SIGNALS)
    ruleset = _libc.syscall(_CREATE_RULESET, rules, len(rules), 0)
    if ruleset >= 0:
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _libc.syscall(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)
