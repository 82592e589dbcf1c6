# SPDX-License-Identifier: Apache-2.0
"""What a process that holds keys takes away from itself (DESIGN §8, Memory).

Python can't wipe memory. So no core dump may carry it, no debugger may read it, and no page of it
should be swapped; that, and no more, is claimed.
"""

import ctypes
import logging
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT_FUTURE_ONFAULT: Final = 1 | 2 | 4
_log: Final = logging.getLogger("skm_kms")


def harden() -> None:
    """No core dumps, not dumpable, and not swappable where the system lets us; says what failed.

    Open files are allowed as far as the system does: each connection is one.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        _log.warning("the process stays dumpable: error %d", ctypes.get_errno())
    if not _may_lock():
        _log.warning("memory may be swapped: run on nodes without swap, or raise RLIMIT_MEMLOCK")
    elif libc.mlockall(_MCL_CURRENT_FUTURE_ONFAULT) != 0:
        _log.warning("memory may be swapped: mlockall failed by error %d", ctypes.get_errno())


def _may_lock() -> bool:
    """Whether everything may be locked for good: under a limit, a later allocation would fail."""
    _, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
    return hard == resource.RLIM_INFINITY


def give_back_memory() -> None:
    """Give freed memory back to the system: after a burst, the allocator would keep it."""
    ctypes.CDLL(None).malloc_trim(0)
