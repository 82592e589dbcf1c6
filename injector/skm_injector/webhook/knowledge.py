# SPDX-License-Identifier: Apache-2.0
"""What the webhook knows: our resources of all namespaces by watches, or of one by asking now."""

import asyncio
from typing import Any, Final

from skm_common import names
from skm_injector.webhook.cluster import Cluster, Document
from skm_injector.webhook.facts import Fact, NamespaceFacts, gather, read_fact

_ROOT: Final = f"/apis/{names.API_VERSION}"


class WatchedKind:
    """All resources of one kind, as facts by namespace and name."""

    selector = ""

    def __init__(self, plural: str) -> None:
        self.path = f"{_ROOT}/{plural}"
        self.synced = False
        self._facts: dict[str, dict[str, Fact]] = {}

    async def begin(self, cluster: Cluster) -> str:
        """Lists all, and puts the result in place of what was known."""
        resources, version = await cluster.list(self.path)
        self._facts = {}
        for resource in resources:
            self.changed(resource)
        self.synced = True
        return version

    def changed(self, resource: Document) -> None:
        """Remembers a resource."""
        metadata = resource["metadata"]
        self._facts.setdefault(metadata["namespace"], {})[metadata["name"]] = read_fact(resource)

    def removed(self, resource: Document) -> None:
        """Forgets a resource."""
        metadata = resource["metadata"]
        self._facts.get(metadata["namespace"], {}).pop(metadata["name"], None)

    def of(self, namespace: str) -> dict[str, Any]:
        """The facts of a namespace."""
        return self._facts.get(namespace, {})


class Knowledge:
    """The three kinds together."""

    def __init__(self) -> None:
        self.kinds = {kind: WatchedKind(plural) for kind, plural in names.PLURALS.items()}

    @property
    def synced(self) -> bool:
        """Whether each kind has been listed once."""
        return all(kind.synced for kind in self.kinds.values())

    def of(self, namespace: str) -> NamespaceFacts:
        """What the watches say of a namespace."""
        return NamespaceFacts(
            keystores=self.kinds["Keystore"].of(namespace),
            keys=self.kinds["Key"].of(namespace),
            policies=self.kinds["AccessPolicy"].of(namespace),
        )


async def ask_now(cluster: Cluster, namespace: str) -> NamespaceFacts:
    """The facts of a namespace from the API server itself; raises ClusterError."""
    paths = (f"{_ROOT}/namespaces/{namespace}/{plural}" for plural in names.PLURALS.values())
    answers = await asyncio.gather(*(cluster.list(path) for path in paths))
    return gather(resource for resources, _ in answers for resource in resources)
