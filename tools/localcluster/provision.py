# SPDX-License-Identifier: Apache-2.0
"""The programs of a cluster: what has to be done to have them, the doing, the folder of links."""

from pathlib import Path

from . import toolchain
from .build import build, is_built
from .modules import Module, modules
from .packages import install, missing
from .preflight import Plan
from .settings import Settings
from .steps import Steps
from .toolchain import Toolchain


def plan(settings: Settings) -> Plan:
    """Return which packages, toolchain and builds are missing for these settings."""
    wanted = modules(settings.kubernetes)
    go = _installed(wanted, settings)
    if go is None:
        return Plan(missing(), True, wanted)
    missing_builds = [one for one in wanted if not is_built(one, go, settings.cache)]
    return Plan(missing(), False, missing_builds)


def provide(settings: Settings, planned: Plan, steps: Steps) -> None:
    """Carry the plan out, and link every program into the cluster's folder of programs."""
    wanted = modules(settings.kubernetes)
    if planned.packages:
        with steps.step(f"Install {' '.join(planned.packages)}"):
            install(planned.packages)
    go = _installed(wanted, settings)
    if go is None:
        with steps.step(f"Install Go {toolchain.pinned_version()}"):
            go = toolchain.install(settings.cache)
    for module in wanted:
        folder = build(module, go, settings.cache, steps)
        for program in module.programs:
            _link(settings.bin / program, folder / program)


def _installed(wanted: list[Module], settings: Settings) -> Toolchain | None:
    needed = max(module.go for module in wanted)
    return toolchain.installed(needed, toolchain.candidates(settings.cache))


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
