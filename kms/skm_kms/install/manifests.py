# SPDX-License-Identifier: Apache-2.0
"""What the install job creates, as documents of the Kubernetes API: functions of values only."""

import base64
from dataclasses import dataclass
from typing import Any, Final

from skm_common import names

CA_KEY: Final = "ca.crt"
TRUST_BUNDLE_VERSIONS: Final = ("certificates.k8s.io/v1", "certificates.k8s.io/v1beta1")
"""Newest first: Kubernetes 1.37 serves the first only, 1.33 to 1.36 the second, switched on."""

_LABELS: Final = {
    "app.kubernetes.io/name": "secure-key-manager",
    "app.kubernetes.io/managed-by": names.INSTALL,
}
_POD_SECURITY: Final = "pod-security.kubernetes.io"


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object to create: where (`collection`), its name, and its document."""

    collection: str
    name: str
    document: dict[str, Any]

    @property
    def path(self) -> str:
        """Where it is once created."""
        return f"{self.collection}/{self.name}"


def internal_ca_secret(number: int) -> str:
    """The name of the Secret of an internal CA."""
    return f"{names.INTERNAL_CA_SECRET.rpartition('-')[0]}-{number}"


def secret(namespace: str, name: str, kind: str, data: dict[str, bytes]) -> Manifest:
    """A Secret that can't be changed any more, only deleted."""
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    document = {
        **_head("v1", "Secret", name, namespace),
        "type": kind,
        "immutable": True,
        "data": encoded,
    }
    return Manifest(f"/api/v1/namespaces/{namespace}/secrets", name, document)


def namespace(name: str, level: str) -> Manifest:
    """A namespace whose pods Pod Security holds to `level`."""
    document = _head("v1", "Namespace", name)
    modes = {f"{_POD_SECURITY}/{mode}": level for mode in ("enforce", "warn", "audit")}
    document["metadata"]["labels"] = {**_LABELS, **modes}
    return Manifest("/api/v1/namespaces", name, document)


def config_map(namespace: str, bundle: str) -> Manifest:
    """The ConfigMap with the internal CAs' certificates."""
    document = _head("v1", "ConfigMap", names.CA_CONFIG_MAP, namespace)
    document["data"] = {CA_KEY: bundle}
    collection = f"/api/v1/namespaces/{namespace}/configmaps"
    return Manifest(collection, names.CA_CONFIG_MAP, document)


def trust_bundle(version: str, bundle: str) -> Manifest:
    """The ClusterTrustBundle with the same certificates, of no signer."""
    document = _head(version, "ClusterTrustBundle", names.CA_CONFIG_MAP)
    document["spec"] = {"trustBundle": bundle}
    collection = f"/apis/{version}/clustertrustbundles"
    return Manifest(collection, names.CA_CONFIG_MAP, document)


def _head(version: str, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "labels": dict(_LABELS)}
    if namespace is not None:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata}
