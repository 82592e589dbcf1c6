# SPDX-License-Identifier: Apache-2.0
"""The namespace of one run, in which injected pods find their secret."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from bench.cluster import Cluster, is_ready
from bench.errors import NotReadyError
from bench.objects import PREFIX, pod, resources

LIMIT: Final = 120.0
"""Seconds after which a wait for anything in the cluster is given up."""
_PERIOD: Final = 0.2


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace of a cluster whose nodes have our images from `registry`."""

    cluster: Cluster
    namespace: str
    registry: str

    def seconds_to_ready(self, name: str, *, injected: bool) -> float:
        """Make a pod and wait until it is Ready; raises NotReadyError."""
        made = pod(name, self.registry, injected=injected)
        return self.cluster.seconds_to_ready(self.namespace, made, LIMIT)

    def remove(self, name: str) -> None:
        """Delete a pod and wait until it is gone; raises NotReadyError."""
        self.cluster.remove_pod(self.namespace, name, LIMIT)


@contextmanager
def place(cluster: Cluster, registry: str) -> Iterator[Place]:
    """A namespace with keystore, key and policy, all Ready; removed afterwards.

    Its name is new each time: the KMS lets a namespace that was made again inherit nothing.
    """
    made = Place(cluster, f"skm-{PREFIX}-{secrets.token_hex(3)}", registry)
    cluster.make_namespace(made.namespace)
    try:
        documents = resources(made.namespace)
        for document in documents:
            cluster.make_resource(document)
        for document in documents:
            _wait_until_ready(cluster, document)
        yield made
    finally:
        cluster.remove_namespace(made.namespace)


def _wait_until_ready(cluster: Cluster, document: dict[str, Any]) -> None:
    deadline = time.monotonic() + LIMIT
    while not is_ready(cluster.resource(document)):
        if time.monotonic() > deadline:
            kind = document["kind"]
            raise NotReadyError(f"the {kind} of the bench is not Ready after {LIMIT:.0f} s")
        time.sleep(_PERIOD)
