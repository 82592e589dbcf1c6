# SPDX-License-Identifier: Apache-2.0
"""Keeps the webhook's certificates in order, by `update` of two Secrets that the chart made."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from skm_common import names
from skm_operator.clock import Clock
from skm_operator.errors import KubernetesError
from skm_operator.k8s import Kubernetes, decoded, with_data
from skm_operator.metrics import Metrics
from skm_operator.webhook_pki import plan
from skm_operator.webhook_pki.certificates import read_certificate

logger = logging.getLogger(__name__)

FIELD_MANAGER: Final = "skm-webhook-pki"


class MissingSecretError(KubernetesError):
    """A Secret that the chart makes is gone, and this process may not create any."""

    def __init__(self, name: str) -> None:
        super().__init__(404, f"Secret {name} is missing; helm upgrade makes it again")


class PkiTask:
    """Looks every `interval` seconds: the CA first, then the trust in it, then the certificate."""

    def __init__(
        self,
        kubernetes: Kubernetes,
        clock: Clock,
        metrics: Metrics,
        *,
        namespace: str,
        interval: float,
        configuration: str = names.WEBHOOK,
    ) -> None:
        self._kubernetes = kubernetes
        self._clock = clock
        self._metrics = metrics
        self._namespace = namespace
        self._interval = interval
        self._configuration = configuration
        service = names.service_name(names.WEBHOOK, namespace)
        self._dns_names = (service, f"{service}.cluster.local")

    async def run(self) -> None:
        """Never returns; what fails is tried again the next time."""
        while True:
            try:
                await self.look()
            except KubernetesError as error:
                logger.warning("the webhook's certificates: %s", error)
            await self._clock.sleep(self._interval)

    async def look(self) -> None:
        """One look; raises KubernetesError, 409 where another writer was faster."""
        now = self._clock.now()
        authority = await self._authority(now)
        bundle = plan.trust_bundle(authority)
        trust_is_new = await self._trust(bundle)
        serving = await self._secret(names.WEBHOOK_SERVING_SECRET)
        data = decoded(serving)
        if trust_is_new and plan.is_served(data, bundle, self._dns_names, now):
            # The API server reads the new trust in a moment; until then the old one serves.
            return
        wanted = plan.serving_data(data, authority, self._dns_names, now)
        await self._replace(serving, wanted)

    async def _authority(self, now: datetime) -> Mapping[str, bytes]:
        secret = await self._secret(names.WEBHOOK_CA_SECRET)
        wanted = plan.authority_data(decoded(secret), now)
        await self._replace(secret, wanted)
        ends = read_certificate(wanted[plan.CERTIFICATE]).not_valid_after_utc
        self._metrics.set("skm_operator_webhook_ca_expiry_seconds", ends.timestamp())
        return wanted

    async def _trust(self, bundle: bytes) -> bool:
        """Gives the API server the bundle; returns whether it lacked it."""
        name = self._configuration
        configuration = await self._kubernetes.webhook_configuration(name)
        patch = plan.bundle_patch(configuration or {}, bundle)
        if patch:
            await self._kubernetes.patch_webhook_configuration(name, patch, FIELD_MANAGER)
            logger.info("the API server trusts the webhook's CA")
        return bool(patch)

    async def _secret(self, name: str) -> dict[str, Any]:
        secret = await self._kubernetes.secret(self._namespace, name)
        if secret is None:
            raise MissingSecretError(name)
        return secret

    async def _replace(self, secret: Mapping[str, Any], wanted: Mapping[str, bytes]) -> None:
        if decoded(secret) != dict(wanted):
            await self._kubernetes.replace_secret(with_data(secret, wanted))
            logger.info("wrote Secret %s", secret["metadata"]["name"])
