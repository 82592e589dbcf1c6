# SPDX-License-Identifier: Apache-2.0
"""Files on a disk as the disk has them: nothing of a memory file system that is mounted there.

A node's tmpfs volumes, where the secrets live, are mounts of the node's own mount namespace; seen
from the machine their mount points are empty folders. What is mounted here is told by its device.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from demo.canary.scan import Found, Needle, scan


def regular_files(root: Path) -> Iterator[Path]:
    """Every regular file below `root` on the same device, each inode once."""
    device, seen = root.stat().st_dev, set()
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if _device(Path(folder, name)) == device]
        for name in names:
            path = Path(folder, name)
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode) and status.st_size and status.st_ino not in seen:
                seen.add(status.st_ino)
                yield path


def scan_file(path: Path, needles: tuple[Needle, ...]) -> set[Found]:
    """What one file holds; a file that is gone meanwhile holds nothing.

    It is read whole: a mapping ends the process when its file is cut meanwhile, as logs are.
    """
    try:
        return scan(path.read_bytes(), needles)
    except FileNotFoundError:
        return set()


def _device(path: Path) -> int | None:
    try:
        return path.lstat().st_dev
    except FileNotFoundError:
        return None
