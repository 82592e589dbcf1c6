# SPDX-License-Identifier: Apache-2.0
"""Years of the webhook's certificates on a real API server, by a clock that the test moves."""

import asyncio
import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apiserver_harness import ApiServer
from cryptography import x509

from skm_common import names
from skm_operator.errors import KubernetesError
from skm_operator.k8s import Kubernetes
from skm_operator.metrics import Metrics
from skm_operator.webhook_pki import PkiTask

CONFIGURATION = "rotation-test"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class World:
    """A namespace with the two empty Secrets, and a webhook configuration without a bundle."""

    def __init__(self, server: ApiServer, namespace: str) -> None:
        self.server, self.namespace, self.clock = server, namespace, Clock()
        self.folder = f"/api/v1/namespaces/{namespace}/secrets"
        for name in (names.WEBHOOK_CA_SECRET, names.WEBHOOK_SERVING_SECRET):
            server.admin.must("POST", self.folder, {"metadata": {"name": name}, "type": "Opaque"})

    def data(self, name: str) -> dict[str, bytes]:
        found = self.server.admin.get(f"{self.folder}/{name}").body.get("data", {})
        return {key: base64.b64decode(value) for key, value in found.items()}

    def bundle(self) -> list[x509.Certificate]:
        body = self.server.admin.get(f"{WEBHOOKS}/{CONFIGURATION}").body
        encoded = body["webhooks"][0]["clientConfig"].get("caBundle", "")
        return x509.load_pem_x509_certificates(base64.b64decode(encoded)) if encoded else []

    def leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.data(names.WEBHOOK_SERVING_SECRET)["tls.crt"])

    def is_trusted(self) -> bool:
        """Whether the API server would accept the certificate that the webhook serves now."""
        leaf = self.leaf()
        inside = leaf.not_valid_before_utc <= self.clock.time < leaf.not_valid_after_utc
        return inside and any(_signed(leaf, ca) for ca in self.bundle())

    def look(self, times: int = 1) -> None:
        asyncio.run(self._look(times))

    async def _look(self, times: int) -> None:
        config = str(self.server.kubeconfig(self.server.admin))
        async with await Kubernetes.connect(config) as kubernetes:
            task = PkiTask(
                kubernetes,
                self.clock,
                Metrics(),
                namespace=self.namespace,
                interval=30,
                configuration=CONFIGURATION,
            )
            for _ in range(times):
                await task.look()


def _signed(leaf: x509.Certificate, ca: x509.Certificate) -> bool:
    return leaf.issuer == ca.subject and _verifies(leaf, ca)


def _verifies(leaf: x509.Certificate, ca: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        leaf.verify_directly_issued_by(ca)
    except InvalidSignature:
        return False
    return True


@pytest.fixture
def world(crds: ApiServer, namespace: str) -> Iterator[World]:
    body: dict[str, Any] = {
        "metadata": {"name": CONFIGURATION},
        "webhooks": [
            {
                "name": "pods.example.com",
                "clientConfig": {"service": {"name": "none", "namespace": namespace}},
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }
    crds.admin.must("POST", WEBHOOKS, body)
    yield World(crds, namespace)
    crds.admin.delete(f"{WEBHOOKS}/{CONFIGURATION}")


def test_the_first_look_ends_with_a_trusted_certificate(world):
    world.look()
    assert world.is_trusted()
    assert len(world.bundle()) == 1


def test_at_no_moment_of_four_years_is_the_serving_certificate_untrusted(world):
    world.look()
    cas, leaves = {world.bundle()[0]}, {world.leaf()}
    for _ in range(4 * 365 // 10):
        world.clock.time += timedelta(days=10)
        assert world.is_trusted(), f"untrusted before the look of {world.clock.time}"
        world.look()
        assert world.is_trusted(), f"untrusted after the look of {world.clock.time}"
        cas.update(world.bundle())
        leaves.add(world.leaf())
    assert len(cas) == 3
    assert len(leaves) > 20


def test_a_new_ca_is_trusted_before_anything_is_signed_with_it(world):
    world.look()
    before = world.leaf()
    while len(world.bundle()) == 1:
        before = world.leaf()
        world.clock.time += timedelta(days=20)
        world.look()
    assert world.leaf() == before
    world.look()
    assert world.leaf() != before
    assert world.is_trusted()


def test_without_its_secret_it_says_what_to_do(world):
    world.server.admin.delete(f"{world.folder}/{names.WEBHOOK_CA_SECRET}")
    with pytest.raises(KubernetesError, match="Secret skm-webhook-ca is missing; helm upgrade"):
        world.look()


def test_without_a_configuration_the_secrets_are_made_all_the_same(world):
    world.server.admin.delete(f"{WEBHOOKS}/{CONFIGURATION}")
    world.look()
    assert world.data(names.WEBHOOK_SERVING_SECRET)["tls.crt"]
