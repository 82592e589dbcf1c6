# SPDX-License-Identifier: Apache-2.0
"""Building Go modules into a cache folder keyed by version and digest: built once, then found."""

import shutil
from pathlib import Path

from .lock import exclusive
from .modules import Module
from .shell import run
from .steps import Steps
from .toolchain import Toolchain


def cached(module: Module, toolchain: Toolchain, cache: Path) -> Path:
    """Return the folder in which the module's programs are, or will be."""
    key = f"{module.name}-{module.version}-{module.digest(toolchain.version)}"
    return cache / "programs" / key


def is_built(module: Module, toolchain: Toolchain, cache: Path) -> bool:
    """Tell whether the module's programs are in the cache."""
    folder = cached(module, toolchain, cache)
    return all((folder / program).exists() for program in module.programs)


def build(module: Module, toolchain: Toolchain, cache: Path, steps: Steps) -> Path:
    """Build the module's programs unless they are cached, and return their folder.

    Two builds of the same module at once wait for each other. A build that is interrupted leaves
    nothing that the next could take for whole: the folder appears under its name when complete.
    """
    folder = cached(module, toolchain, cache)
    with exclusive(folder.with_name(f".{folder.name}.lock"), busy=None):
        if not is_built(module, toolchain, cache):
            fresh = folder.with_name(f"{folder.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            for program, package in module.programs.items():
                with steps.step(f"Build {program} {module.version}"):
                    _build_one(module, toolchain, package, fresh / program)
            fresh.rename(folder)
    return folder


def _build_one(module: Module, toolchain: Toolchain, package: str, output: Path) -> None:
    environment = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    run(
        toolchain.go, "build", *module.flags, "-o", output, package,
        env=environment, cwd=module.folder,
    )  # fmt: skip
