# SPDX-License-Identifier: Apache-2.0
"""Python packages as layers: pinned by hash, installed on this machine, kept by content."""

import platform
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from localcluster.shell import run

from .catalog import PACKAGE_LAYERS, PackageLayer
from .errors import BadRequirementsError
from .tree import compile_modules, digest, kept

PLACE: Final = "/opt/skm/lib"
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==[^\s;\\]+")
_ARCHITECTURES: Final = {"arm64": "aarch64", "amd64": "x86_64"}
# What an installer leaves behind that no process reads.
_USELESS: Final = ("bin", "*/tests", "*/test", "**/*.pyx", "**/*.pxd", "**/*.c", "**/*.h")


def pins(text: str) -> dict[str, str]:
    """Split a locked requirements file by package; raises `BadRequirementsError`."""
    blocks: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        if not (match := _PIN.match(block)) or "--hash=sha256:" not in block:
            raise BadRequirementsError(
                f"No pinned version with a hash: {block.partition(chr(10))[0]!r}."
            )
        blocks[match[1].lower()] = block
    return blocks


def select(layer: PackageLayer, sets: dict[str, dict[str, str]]) -> str:
    """Return the requirements of one layer; raises `BadRequirementsError` where two sets differ."""
    names = set.intersection(*(set(sets[name]) for name in layer.sets))
    names = names.difference(*(sets[name] for name in layer.without))
    chosen = {name: sets[layer.sets[0]][name] for name in sorted(names)}
    for other in sets.values():
        if clash := next(
            (name for name in chosen if other.get(name, chosen[name]) != chosen[name]), None
        ):
            raise BadRequirementsError(
                f"Two requirement files pin {clash} differently: lock them again."
            )
    return "".join(f"{block}\n" for block in chosen.values())


def read_sets(folder: Path) -> dict[str, dict[str, str]]:
    """Read every requirements file that images are made of."""
    names = sorted({name for layer in PACKAGE_LAYERS for name in layer.sets})
    return {name: pins((folder / f"{name}.txt").read_text()) for name in names}


def install(requirements: str, cache: Path) -> Path:
    """Return a folder that holds these packages, compiled, installed at most once."""
    machine = platform.machine()
    architecture = _ARCHITECTURES.get(machine, machine)
    name = digest(iter([requirements.encode(), architecture.encode(), b"3"]))

    def make(folder: Path) -> None:
        wanted = folder.parent / "requirements.txt"
        wanted.write_text(requirements)
        run(*_installer(architecture), "--target", folder, "--requirement", wanted)
        _strip(folder)
        compile_modules(folder, PLACE)

    return kept(cache / "packages" / name, make)


def _installer(architecture: str) -> tuple[str, ...]:
    common = ("--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:")
    if uv := shutil.which("uv"):
        where = ("--python-platform", f"{architecture}-manylinux_2_36", "--python-version", "3.11")
        return (uv, "pip", "install", *common, *where, "--link-mode", "copy")
    tags = [
        word for n in (17, 28, 34) for word in ("--platform", f"manylinux_2_{n}_{architecture}")
    ]
    return (
        sys.executable,
        "-m",
        "pip",
        "install",
        *common,
        *tags,
        "--python-version",
        "3.11",
        "--no-compile",
    )


def _strip(folder: Path) -> None:
    for pattern in _USELESS:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
