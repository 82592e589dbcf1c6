# SPDX-License-Identifier: Apache-2.0
"""Pre-made local volumes behind the default StorageClass.

A claim is bound to a volume of the node that its pod is scheduled to. A released volume keeps its
data until the next `up`, which empties it and offers it again. Folders belong to root with mode
0755, as a new disk of a cloud does: a pod that does not run as root needs an fsGroup.
"""

import json
import shutil
from pathlib import Path
from typing import Any, Final

from .kubectl import Kubectl
from .settings import Settings

STORAGE_CLASS: Final = "local"
CAPACITY: Final = "10Gi"
FINISHED: Final = frozenset({"Released", "Failed"})


def folder(settings: Settings, node: str, number: int) -> Path:
    """Return the folder of a volume."""
    return settings.state / "volumes" / node / str(number)


def access_mode(number: int) -> str:
    """Return a volume's one access mode: every fourth is for claims of a single pod.

    Kubernetes allows `ReadWriteOncePod` beside no other mode.
    """
    return "ReadWriteOnce" if number % 4 else "ReadWriteOncePod"


def offer(settings: Settings, kubectl: Kubectl) -> int:
    """Make the StorageClass and all volumes, recycle released ones, return how many those were."""
    volumes = {
        f"local-node{node}-{number}": (f"node{node}", number)
        for node in range(settings.nodes)
        for number in range(settings.volumes_per_node)
    }
    known = {item["metadata"]["name"]: item["status"]["phase"] for item in kubectl.get("pv")}
    released = [name for name in volumes if known.get(name) in FINISHED]
    if released:
        kubectl.delete("pv", *released)
    for name in released:
        shutil.rmtree(folder(settings, *volumes[name]), ignore_errors=True)
    manifests = [_storage_class()]
    for name, (node, number) in volumes.items():
        path = folder(settings, node, number)
        path.mkdir(parents=True, exist_ok=True)
        if name in released or name not in known:
            manifests.append(_volume(name, node, path, access_mode(number)))
    kubectl.apply("\n---\n".join(json.dumps(manifest) for manifest in manifests))
    return len(released)


def _storage_class() -> dict[str, Any]:
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": STORAGE_CLASS, "annotations": default},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Retain",
    }


def _volume(name: str, node: str, path: Path, mode: str) -> dict[str, Any]:
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": CAPACITY},
            "accessModes": [mode],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": STORAGE_CLASS,
            "local": {"path": str(path)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
        },
    }
