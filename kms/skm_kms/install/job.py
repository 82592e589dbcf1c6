# SPDX-License-Identifier: Apache-2.0
"""The install job, step by step (DESIGN §2). Every step can be repeated; a killed run goes on.

Nothing that exists is ever replaced but the published certificates, which follow from the CAs.
"""

import base64
import binascii
import logging
from typing import Any, Final

from skm_common import names
from skm_kms.crypto import Random
from skm_kms.crypto.xaes import KEY_SIZE

from . import manifests
from .ca import checked_certificate, make_ca
from .cluster import Cluster
from .errors import ApiRefusedError, DamagedCaError
from .manifests import Manifest
from .settings import Settings

_LOG: Final = logging.getLogger(__name__)


class InstallJob:
    """One run of the job; `now` in Unix seconds."""

    def __init__(self, cluster: Cluster, settings: Settings, random: Random, now: float) -> None:
        self._cluster = cluster
        self._settings = settings
        self._random = random
        self._now = now

    async def run(self) -> None:
        """Make what is missing; raises InstallError."""
        settings = self._settings
        await self._namespace(settings.system_key_namespace, "restricted")
        await self._namespace(settings.node_namespace, "privileged")
        await self._root_key()
        bundle = await self._internal_cas()
        for namespace in (
            settings.namespace,
            settings.system_key_namespace,
            settings.node_namespace,
        ):
            await self._publish(manifests.config_map(namespace, bundle), "data")
        await self._trust_bundle(bundle)

    async def _namespace(self, name: str, level: str) -> None:
        wanted = manifests.namespace(name, level)
        if await self._cluster.create(wanted):
            _LOG.info("made namespace %s", name)
            return
        labels = wanted.document["metadata"]["labels"]
        existing = await self._cluster.get(wanted.path)
        held = (existing or {}).get("metadata", {}).get("labels") or {}
        if not labels.items() <= held.items():
            await self._cluster.patch(wanted, {"metadata": {"labels": labels}})
            _LOG.info("labelled namespace %s for %s pods", name, level)

    async def _root_key(self) -> None:
        """One create: a root key that exists is never read or replaced."""
        key = {"root-key": self._random(KEY_SIZE)}
        wanted = manifests.secret(self._settings.namespace, names.ROOT_KEY_SECRET, "Opaque", key)
        made = await self._cluster.create(wanted)
        _LOG.info("root key: %s", "made" if made else "exists already, kept")

    async def _internal_cas(self) -> str:
        """The certificates of the wanted CA and of those before it that still exist."""
        number = self._settings.internal_ca_number
        ca = make_ca(number, self._now)
        wanted = manifests.secret(
            self._settings.namespace,
            manifests.internal_ca_secret(number),
            "kubernetes.io/tls",
            {"tls.crt": ca.certificate, "tls.key": ca.key},
        )
        made = await self._cluster.create(wanted)
        _LOG.info("internal CA %d: %s", number, "made" if made else "exists already, kept")
        found = [await self._certificate(each) for each in range(number, 0, -1)]
        if not found[0]:
            raise DamagedCaError(f"Secret {wanted.name} has just been deleted; run the job again")
        return "".join(found)

    async def _certificate(self, number: int) -> str:
        """Read back what counts, which is not what this run made if another was first."""
        name = manifests.internal_ca_secret(number)
        path = f"/api/v1/namespaces/{self._settings.namespace}/secrets/{name}"
        existing = await self._cluster.get(path)
        if existing is None:
            return ""
        return checked_certificate(name, _decoded(existing))

    async def _publish(self, wanted: Manifest, field: str) -> None:
        if await self._cluster.create(wanted):
            return
        existing = await self._cluster.get(wanted.path)
        content = wanted.document[field]
        if existing is None or existing.get(field) != content:
            await self._cluster.patch(wanted, {field: content})

    async def _trust_bundle(self, bundle: str) -> None:
        """Only where the API is served and the chart gave the right: nothing depends on it."""
        try:
            version = await self._trust_bundle_version()
            if version is None:
                _LOG.info("this cluster serves no ClusterTrustBundle: not published")
                return
            await self._publish(manifests.trust_bundle(version, bundle), "spec")
        except ApiRefusedError as error:
            if error.status != 403:
                raise
            _LOG.info("ClusterTrustBundle not published: %s", error)

    async def _trust_bundle_version(self) -> str | None:
        for version in manifests.TRUST_BUNDLE_VERSIONS:
            served = await self._cluster.get(f"/apis/{version}") or {}
            resources = served.get("resources") or []
            if any(resource.get("name") == "clustertrustbundles" for resource in resources):
                return version
        return None


def _decoded(secret: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode((secret.get("data") or {}).get("tls.crt", ""), validate=True)
    except (binascii.Error, ValueError):
        return b""
