# SPDX-License-Identifier: Apache-2.0
"""Anonymous files in memory, for interfaces that take a path: no private key meets a disk."""

import os
from types import TracebackType


class MemoryFile:
    """A nameless file that ends with this object; other processes of the same uid can't open it.

    `path` works in this process and in children that it forks.
    """

    def __init__(self, label: str, content: bytes = b"") -> None:
        self._descriptor = os.memfd_create(label, os.MFD_CLOEXEC)
        self.path = f"/proc/self/fd/{self._descriptor}"
        self.write(content)

    def write(self, content: bytes) -> None:
        """Appends the content; raises OSError when memory is short."""
        view = memoryview(content)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def read(self) -> bytes:
        """All that was written, by this process or by a child."""
        return os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)

    def close(self) -> None:
        """Gives the memory back."""
        os.close(self._descriptor)

    def __enter__(self) -> "MemoryFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
