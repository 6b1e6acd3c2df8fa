"""How many files this process may have open: each connection is one."""

import resource

MARGIN = 256
"""For the database, the page's files and people who load it while every connection is in use."""


def raise_open_files_limit() -> float:
    """Take all that this process may have; the answer is how many that is.

    The usual soft limit of 1,024 is there for programs that use select(2), which this one does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):  # a hard limit of infinity is more than some kernels give
        hard = soft
    return float("inf") if hard == resource.RLIM_INFINITY else hard
