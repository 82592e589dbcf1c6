# SPDX-License-Identifier: Apache-2.0
"""Folders that become layers: the same files give the same bytes."""

import compileall
import fcntl
import hashlib
import os
import py_compile
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from .errors import ImageBuilderError

# All files carry this time (2026-01-01), so that a layer's digest tells its content only.
TIMESTAMP: Final = 1_767_225_600
_PYTHON: Final = (3, 11)


def digest(parts: Iterator[bytes]) -> str:
    """Return 16 hex digits that stand for a sequence of byte strings, each with its length."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big") + part)
    return hasher.hexdigest()[:16]


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Wait until no other build works on this cache, and keep others waiting until the end."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def kept(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return `folder`, made first if it isn't there; it appears complete or not at all."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=".new-") as temporary:
        new = Path(temporary) / "tree"
        new.mkdir()
        make(new)
        normalize(new)
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    return folder


def require_python(version: tuple[int, int] | None = None) -> None:
    """Raise `ImageBuilderError` unless this is the Python of the images: modules are compiled."""
    if (version or sys.version_info[:2]) != _PYTHON:
        raise ImageBuilderError("Build the images with Python 3.11, the version that they run.")


def compile_modules(folder: Path, place: str) -> None:
    """Compile every module below `folder`, which will stand at `place` in the image."""
    require_python()
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(
        folder, quiet=2, stripdir=str(folder), prependdir=place, invalidation_mode=mode, force=True
    )


def normalize(folder: Path) -> None:
    """Give every file and folder one time and modes that anyone may read and nobody may raise."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        runnable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runnable else 0o644)
        os.utime(path, (TIMESTAMP, TIMESTAMP))
