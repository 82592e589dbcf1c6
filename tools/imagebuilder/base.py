# SPDX-License-Identifier: Apache-2.0
"""The default base image: a minimal Debian with Python, made once, kept by its recipe's digest."""

import shutil
from pathlib import Path
from typing import Final

from localcluster.shell import run

from .tree import digest

SUITE: Final = "bookworm"
PACKAGES: Final = ("ca-certificates", "libpython3-stdlib", "python3-minimal")
FALLBACK: Final = "python:3.11-slim-bookworm"
_LEFT_OUT: Final = (
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
)
_OPTIONS: Final = (
    "--quiet",
    "--variant=minbase",
    f"--include={','.join(PACKAGES)}",
    *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)


def can_be_made() -> bool:
    """Say whether this machine has the program that makes the default base."""
    return shutil.which("mmdebstrap") is not None


def recipe(images: Path) -> str:
    """Return the digest of everything that says how the base is made."""
    script = (images / "base-customize.sh").read_bytes()
    return digest(iter([SUITE.encode(), *(option.encode() for option in _OPTIONS), script]))


def root_file_system(images: Path, cache: Path) -> Path:
    """Return the archive of the base's root file system, made first (about a minute) if need be."""
    archive = cache / "base" / f"{recipe(images)}.tar"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        new = archive.with_suffix(".new.tar")
        hook = f'--customize-hook={images / "base-customize.sh"} "$1"'
        run("mmdebstrap", *_OPTIONS, hook, SUITE, new)
        new.rename(archive)
    return archive
