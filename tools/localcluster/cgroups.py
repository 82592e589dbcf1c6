# SPDX-License-Identifier: Apache-2.0
"""The cluster's cgroup: the one true list of its processes, and where its pods are bounded.

Every component starts in a leaf of its own below `localcluster-NAME/components`, every pod runs
below `localcluster-NAME/nodeN`, and what they fork stays there. So the processes of a cluster are
known even when all else is lost, and no process of anything else can be hit by mistake.
On cgroup v1 one hierarchy (pids) tracks the components; on v2 there is only one.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .errors import MachineUnfitError

MOUNT: Final = Path("/sys/fs/cgroup")
CPUSET_FILES: Final = ("cpuset.cpus", "cpuset.mems")
BESIDE_VERSION_1: Final = "unified"
"""A v2 hierarchy without controllers beside those of v1: runc makes folders there by itself."""


class Cgroups:
    """The cgroups of one cluster, by the name of their top folder."""

    def __init__(self, name: str, mount: Path = MOUNT) -> None:
        self._is_unified = (mount / "cgroup.controllers").exists()
        self._hierarchies = [mount] if self._is_unified else _version_1(mount)
        self._tracking = mount if self._is_unified else mount / "pids"
        self._name = name

    def check(self) -> None:
        """Raise `MachineUnfitError` if the machine has no cgroups that could be used."""
        if not self._tracking.is_dir() or not self._hierarchies:
            raise MachineUnfitError(f"No cgroup hierarchy is mounted at {self._tracking}.")

    def create(self, nodes: int) -> None:
        """Make the folders of the components and of each node's pods."""
        (self._tracking / self._name / "components").mkdir(parents=True, exist_ok=True)
        for hierarchy in self._hierarchies:
            for index in range(nodes if hierarchy.name != BESIDE_VERSION_1 else 0):
                self._create_below(hierarchy, f"node{index}")

    def leaf(self, component: str) -> Path:
        """Return the cgroup of a component, which is made if it is missing."""
        leaf = self._tracking / self._name / "components" / component
        leaf.mkdir(parents=True, exist_ok=True)
        return leaf

    def members(self, component: str) -> list[int]:
        """Return the process ids in a component's cgroup."""
        return list(_processes(self._tracking / self._name / "components" / component))

    def everyone(self) -> list[int]:
        """Return the process ids of the whole cluster, those of its pods included."""
        return [pid for folder in self._folders(self._tracking) for pid in _processes(folder)]

    def in_pods(self) -> list[int]:
        """Return the process ids of the cluster's pods."""
        nodes = (self._tracking / self._name).glob("node*")
        return [pid for node in nodes for below in _tree(node) for pid in _processes(below)]

    def exist(self) -> bool:
        """Tell whether any of the folders exists."""
        return any((hierarchy / self._name).is_dir() for hierarchy in self._hierarchies)

    def remove(self) -> bool:
        """Remove all folders; tell whether none is left, which takes the kernel a moment."""
        left = [folder for hierarchy in self._hierarchies for folder in self._folders(hierarchy)]
        for folder in left:
            with contextlib.suppress(OSError):
                folder.rmdir()
        return not any(folder.exists() for folder in left)

    def _folders(self, hierarchy: Path) -> Iterator[Path]:
        top = hierarchy / self._name
        return _tree(top) if top.is_dir() else iter(())

    def _create_below(self, hierarchy: Path, node: str) -> None:
        parent = hierarchy
        for part in (self._name, node):
            child = parent / part
            child.mkdir(exist_ok=True)
            if self._is_unified:
                _enable_controllers(parent)
            elif (child / CPUSET_FILES[0]).exists():
                for file in CPUSET_FILES:
                    (child / file).write_text((parent / file).read_text())
            parent = child


def _version_1(mount: Path) -> list[Path]:
    return [child for child in sorted(mount.iterdir()) if (child / "cgroup.procs").exists()]


def _enable_controllers(folder: Path) -> None:
    names = (folder / "cgroup.controllers").read_text().split()
    (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in names))


def _tree(folder: Path) -> Iterator[Path]:
    """Yield a folder and all below it, children before their parents."""
    with contextlib.suppress(FileNotFoundError):
        for child in [entry for entry in folder.iterdir() if entry.is_dir()]:
            yield from _tree(child)
    yield folder


def _processes(folder: Path) -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from map(int, (folder / "cgroup.procs").read_text().split())
