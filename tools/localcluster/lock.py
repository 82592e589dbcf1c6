# SPDX-License-Identifier: Apache-2.0
"""One command at a time on a cluster; the kernel frees the lock when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import BusyError


@contextmanager
def exclusive(path: Path, busy: str | None) -> Iterator[None]:
    """Hold the lock file for the block; if it is held, raise `BusyError` or wait (None)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
    except BlockingIOError as error:
        os.close(descriptor)
        raise BusyError(busy) from error
    try:
        yield
    finally:
        os.close(descriptor)
