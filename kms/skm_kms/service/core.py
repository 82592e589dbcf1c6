# SPDX-License-Identifier: Apache-2.0
"""What use cases work with: state, vault, the cluster's facts, time; handed in, never global."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from skm_kms.clock import Clock
from skm_kms.errors import ConflictError, UnavailableError
from skm_kms.identity.facts import ResourceFact
from skm_kms.model import Binding

from .access import Cluster
from .state import State
from .vault import Vault


class LiveCluster(Cluster, Protocol):
    """The facts, and live reads where a decision must not rest on what was seen before."""

    async def live_resource(self, kind: str, namespace: str, name: str) -> ResourceFact | None:
        """A custom resource as the API server has it now; raises KubeError."""
        ...


@dataclass(frozen=True, slots=True)
class Core:
    """One serving KMS; `attests` says whether any node attests MACs now."""

    state: State
    vault: Vault
    cluster: LiveCluster
    clock: Clock
    attests: Callable[[], bool]

    def place(self, namespace: str) -> Binding:
        """What a keystore in this namespace is bound to.

        Raises ConflictError if there is no such namespace, UnavailableError while nobody can say.
        """
        system = self.cluster.namespace("kube-system")
        own = self.cluster.namespace(namespace)
        if system is None:
            raise UnavailableError("the cluster's namespaces aren't known yet")
        if own is None:
            raise ConflictError(f"namespace {namespace} isn't there")
        return Binding(system.uid, own.uid)
