# SPDX-License-Identifier: Apache-2.0
"""Whether a pod, as its author wrote it, can be injected; in-apiserver policies say the same."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from skm_common import names
from skm_injector.webhook.annotations import Wishes
from skm_injector.webhook.errors import Check, RefusalError
from skm_injector.webhook.pods import (
    Container,
    Pod,
    app_containers,
    containers,
    is_ours,
    mesh_proxy,
)

_SHARED: Final = {
    "hostNetwork": "its address would be the node's, which proves nothing about the pod",
    "hostPID": "other processes of the node could read the agent's memory",
    "shareProcessNamespace": "its containers could read the agent's memory",
}


def check_uninjected(pod: Pod) -> None:
    """Refuses marks of injection on a pod that doesn't ask for it; raises RefusalError."""
    for volume in pod["spec"].get("volumes") or ():
        if is_ours(volume["name"]):
            raise RefusalError(
                Check.VOLUME,
                f"volume {volume['name']}: names that begin with {names.VOLUME_PREFIX} are the "
                f"webhook's; rename the volume, or add the annotation {names.INJECT}",
            )
    _check_identities(pod)


def check_shape(pod: Pod, wishes: Wishes) -> None:
    """Refuses a pod that can't be injected as its author wrote it; raises RefusalError."""
    for field, why in _SHARED.items():
        if pod["spec"].get(field):
            raise RefusalError(Check.POD, f"{field} can't be used with injection: {why}; remove it")
    _check_identities(pod)
    for container in containers(pod):
        _check_variables(container)
    for container in _chosen(pod, wishes.containers):
        _check_mounts(container, wishes.path)


def _check_identities(pod: Pod) -> None:
    """Only the agent may hold a proof of the pod's identity to the KMS."""
    for volume in pod["spec"].get("volumes") or ():
        if is_ours(volume["name"]):
            continue
        for source in (volume.get("projected") or {}).get("sources") or ():
            if _proves_identity(source):
                raise RefusalError(
                    Check.VOLUME,
                    f"volume {volume['name']} holds a proof of identity to the key manager, which "
                    f"only the agent may have; remove the source and use {names.INJECT}",
                )


def _proves_identity(source: Mapping[str, Any]) -> bool:
    token = source.get("serviceAccountToken") or {}
    certificate = source.get("podCertificate") or {}
    return (
        token.get("audience") == names.AUDIENCE_POD
        or certificate.get("signerName") == names.POD_SIGNER
    )


def _check_variables(container: Container) -> None:
    for variable in container.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("fileKeyRef") or {}
        if variable["name"] != names.MARKER_VARIABLE and is_ours(reference.get("volumeName", "")):
            raise RefusalError(
                Check.CONTAINER,
                f"container {container['name']}: variable {variable['name']} comes from volume "
                f"{reference['volumeName']}; read the file below the secrets' path instead",
            )


def _chosen(pod: Pod, wanted: Iterable[str] | None) -> list[Container]:
    if wanted is None:
        return app_containers(pod)
    possible = {c["name"]: c for c in containers(pod) if not mesh_proxy(c)}
    return [_named(name, possible) for name in wanted]


def _named(name: str, possible: Mapping[str, Container]) -> Container:
    if name in possible:
        return possible[name]
    near = get_close_matches(name, possible, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(possible))}"
    raise RefusalError(
        Check.CONTAINER, f"{names.CONTAINERS}: the pod has no container {name}; {hint}"
    )


def _check_mounts(container: Container, path: str) -> None:
    for mount in container.get("volumeMounts") or ():
        place = str(mount["mountPath"]).rstrip("/")
        if is_ours(mount["name"]) or not (place == path or place.startswith(f"{path}/")):
            continue
        raise RefusalError(
            Check.CONTAINER,
            f"container {container['name']} already mounts volume {mount['name']} at {place}; "
            f"write {names.PATH} with another path",
        )
