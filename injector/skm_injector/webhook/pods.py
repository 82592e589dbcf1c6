# SPDX-License-Identifier: Apache-2.0
"""Reading a pod's document, and taking out of it what stands under our names."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from skm_common import names

Pod = Mapping[str, Any]
Container = Mapping[str, Any]

MESH_PROXIES: Final = frozenset({"istio-proxy", "linkerd-proxy"})


def is_ours(volume: str) -> bool:
    """Whether a volume's name is one that only the webhook may use."""
    return volume.startswith(names.VOLUME_PREFIX)


def containers(pod: Pod) -> Iterator[Container]:
    """All containers that the author wrote: init containers first."""
    for listed in ("initContainers", "containers"):
        for container in pod["spec"].get(listed) or ():
            if container["name"] != names.AGENT_CONTAINER:
                yield container


def app_containers(pod: Pod) -> list[Container]:
    """The containers that see the secrets where the author names none: not the mesh's proxy."""
    others = {*MESH_PROXIES, names.AGENT_CONTAINER}
    return [container for container in pod["spec"]["containers"] if container["name"] not in others]


def mesh_proxy(container: Container) -> bool:
    """Whether the container is a mesh's native sidecar, which the agent must follow."""
    return container["name"] in MESH_PROXIES and container.get("restartPolicy") == "Always"


def without_ours(pod: Pod) -> dict[str, Any]:
    """The pod without agent, our volumes, their mounts and the marker variables."""
    spec = dict(pod["spec"])
    spec["volumes"] = [v for v in spec.get("volumes") or () if not is_ours(v["name"])]
    for listed in ("initContainers", "containers"):
        spec[listed] = [
            _container_without_ours(container)
            for container in spec.get(listed) or ()
            if container["name"] != names.AGENT_CONTAINER
        ]
    return {**pod, "spec": spec}


def _container_without_ours(container: Container) -> dict[str, Any]:
    bare = dict(container)
    _keep(bare, "volumeMounts", lambda mount: not is_ours(mount["name"]))
    _keep(bare, "env", lambda variable: variable["name"] != names.MARKER_VARIABLE)
    return bare


def _keep(
    container: dict[str, Any], listed: str, wanted: Callable[[Mapping[str, Any]], bool]
) -> None:
    """Drops the unwanted entries, and the list itself if none is left."""
    if listed not in container:
        return
    kept = [entry for entry in container[listed] if wanted(entry)]
    if kept:
        container[listed] = kept
    else:
        del container[listed]
