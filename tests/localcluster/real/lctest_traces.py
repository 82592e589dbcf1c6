# SPDX-License-Identifier: Apache-2.0
"""What a cluster could leave behind on the machine."""

from collections.abc import Iterator
from pathlib import Path

from localcluster import Settings


def traces(name: str) -> dict[str, set[str]]:
    """What a cluster could leave on the machine, that of running other clusters left aside."""
    others = {path.name for path in Path("/run/secure-key-manager/localcluster").glob("*/")}
    others.discard(name)
    foreign = tuple(f"lc-{other}" for other in others)
    links = {path.name for path in Path("/sys/class/net").iterdir()}
    namespaces = {path.name for path in Path("/run/netns").glob("*")}
    top = Path("/sys/fs/cgroup")
    cgroups = [*top.glob("localcluster-*"), *top.glob("*/localcluster-*")]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4] for line in mounts]
    return {
        "processes": set(cluster_processes(others)),
        "mounts": {point for point in points if point.startswith(("/run/", "/var/lib/", "/sys"))},
        "cgroups": {str(path) for path in cgroups if path.name[13:] not in others},
        "namespaces": {one for one in namespaces if not one.startswith(foreign)},
        "interfaces": {one for one in links if not one.startswith(foreign)},
        "held": held_namespaces(others),
    }


def cluster_processes(others: set[str]) -> Iterator[str]:
    """Yield the processes, of any cgroup but the others', that run a program of the cache."""
    programs = str(Settings().cache / "programs")
    for process in outside_of(others):
        try:
            program = str((process / "exe").readlink())
        except OSError:
            continue
        if program.startswith(programs):
            yield f"{process.name} {program}"


def held_namespaces(others: set[str]) -> set[str]:
    """The network namespaces that processes outside the other clusters are in."""
    found = set()
    for process in outside_of(others):
        try:
            found.add(str((process / "ns/net").readlink()))
        except OSError:
            continue
    return found


def outside_of(others: set[str]) -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            cgroup = (process / "cgroup").read_text()
        except OSError:
            continue
        if not any(f"/localcluster-{other}/" in cgroup for other in others):
            yield process
