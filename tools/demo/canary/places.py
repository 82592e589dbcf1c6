# SPDX-License-Identifier: Apache-2.0
"""The folders on disk that are searched: all that a thief of the machine would carry away."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import localcluster
from demo.access import Access

_OWN: Final = {
    "skm-system": "the KMS's volume: sealed state and audit log",
    "skm-system-key": "the system-key server's volume",
}
_OF_A_NODE: Final = {
    "containerd": "images and the container runtime's metadata",
    "kubelet": "the kubelet's folder",
    "pod-logs": "container logs",
    "cni": "the CNI's records",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on disk, and what a person calls it."""

    name: str
    path: Path


def folders(access: Access, cluster: localcluster.Settings) -> list[Folder]:
    """Every folder that the cluster writes to, except memory file systems."""
    state = cluster.state
    found = [Folder("etcd: database and log", state / "etcd")]
    found.append(Folder("logs of Kubernetes itself", state / "logs"))
    found.extend(_volumes(access))
    for node in sorted(state.glob("node[0-9]*")):
        for name, what in _OF_A_NODE.items():
            found.append(Folder(f"{node.name}: {what}", node / name))
    return [folder for folder in found if folder.path.is_dir()]


def _volumes(access: Access) -> Iterator[Folder]:
    """The local volumes that are or were bound, by the claim that holds each."""
    for volume in access.get("persistentvolumes")["items"]:
        claim, local = volume["spec"].get("claimRef"), volume["spec"].get("local")
        if claim and local:
            other = f"volume of {claim['namespace']}/{claim['name']}"
            yield Folder(_OWN.get(claim["namespace"], other), Path(local["path"]))
