# SPDX-License-Identifier: Apache-2.0
"""Closing the process: no core dump, no debugger of the same uid (prctl(2), PR_SET_DUMPABLE)."""

import ctypes
import os
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4


def close_to_others() -> None:
    """Makes this process undumpable; children that are forked inherit it. Raises OSError."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_DUMPABLE): {os.strerror(number)}")
