# SPDX-License-Identifier: Apache-2.0
"""The two objects that the webhook reads by name: its certificate, and the KMS's CA.

By the API and not as mounts: a mount that was empty follows up to a minute late.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Final

from skm_common import names
from skm_injector.journal import log
from skm_injector.webhook.cluster import Cluster, Document
from skm_injector.webhook.serving import ServingCertificate

CA_FILE: Final = "ca.crt"


class NamedObject:
    """One object of one name; `tell` gets each state of it."""

    def __init__(self, path: str, name: str, tell: Callable[[Document], None]) -> None:
        self.path = path
        self.selector = f"metadata.name={name}"
        self._name = name
        self._tell = tell

    async def begin(self, cluster: Cluster) -> str:
        """Reads the object; raises ClusterError, also while it isn't there."""
        found = await cluster.get(f"{self.path}/{self._name}")
        self._tell(found)
        return str(found["metadata"]["resourceVersion"])

    def changed(self, resource: Document) -> None:
        """Tells the new state."""
        self._tell(resource)

    def removed(self, resource: Document) -> None:
        """What was known goes on being used: nothing better is there."""
        log("object_removed", name=resource["metadata"]["name"])


class CaBundle:
    """The internal CAs' certificates (PEM), literally put into each agent's environment."""

    def __init__(self) -> None:
        self.pem = ""

    def read(self, config_map: Document) -> None:
        """Takes over the ConfigMap's content, unless it is empty."""
        self.pem = (config_map.get("data") or {}).get(CA_FILE) or self.pem


def ca_config_map(namespace: str, bundle: CaBundle) -> NamedObject:
    """The ConfigMap with the CA."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    return NamedObject(path, names.CA_CONFIG_MAP, bundle.read)


def serving_secret(namespace: str, certificate: ServingCertificate) -> NamedObject:
    """The Secret with the webhook's own certificate."""

    def read(secret: Document) -> None:
        data = secret.get("data") or {}
        try:
            chain, key = (base64.b64decode(data.get(n) or "") for n in ("tls.crt", "tls.key"))
        except (binascii.Error, ValueError):
            log("certificate_unusable", reason="the Secret's data is no base64")
            return
        if chain and key:
            certificate.load(chain, key)

    path = f"/api/v1/namespaces/{namespace}/secrets"
    return NamedObject(path, names.WEBHOOK_SERVING_SECRET, read)
