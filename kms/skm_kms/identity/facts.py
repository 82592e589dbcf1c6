# SPDX-License-Identifier: Apache-2.0
"""The facts about a cluster that identity rests on: small values cut out of Kubernetes objects.

Two facts are equal if nothing that decides differs, so that the many updates of a pod's status that
change nothing here don't count as a change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_FINAL_PHASES: Final = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller that made an object."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class PodFact:
    """A pod; times are Unix seconds.

    `deadline` is set once the pod is being deleted: the end of its grace period (its
    deletionTimestamp). `created_labels` is None where the webhook has recorded none.
    """

    uid: str
    namespace: str
    name: str
    service_account: str
    node: str | None
    ipv4: tuple[str, ...]
    host_network: bool
    phase: str
    created: float
    deadline: float | None
    labels: Mapping[str, str]
    created_labels: Mapping[str, str] | None
    owner: Owner | None

    @property
    def finished(self) -> bool:
        """Whether the pod has run to its end; its status may still show an address that is free."""
        return self.phase in _FINAL_PHASES

    @property
    def terminating(self) -> bool:
        """Whether the pod is being deleted."""
        return self.deadline is not None


@dataclass(frozen=True, slots=True)
class NodeFact:
    """A node and its InternalIP addresses (IPv4)."""

    uid: str
    namespace: str
    name: str
    internal_ipv4: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamespaceFact:
    """A namespace; one that is made again under an old name has another UID."""

    uid: str
    namespace: str
    name: str
    terminating: bool


@dataclass(frozen=True, slots=True)
class DaemonSetFact:
    """The node agent's DaemonSet."""

    uid: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class ResourceFact:
    """One of our custom resources.

    `document` holds what `skm_common.resources.translate` reads (apiVersion, kind, metadata, spec)
    and no status, so that the operator's writing of conditions is no change.
    """

    uid: str
    namespace: str
    name: str
    kind: str
    generation: int
    terminating: bool
    document: Mapping[str, Any]
