# SPDX-License-Identifier: Apache-2.0
"""Environment and command line of every process of the machine, those of the pods included.

In file mode not even the pods that may know the password have it there.
"""

from collections.abc import Iterator
from pathlib import Path


def process_texts() -> Iterator[tuple[str, bytes]]:
    """What it is, and its bytes, for each process that lives while it is read."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        for name in ("environ", "cmdline"):
            try:
                yield f"{name} of process {folder.name}", (folder / name).read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
