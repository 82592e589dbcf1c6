# SPDX-License-Identifier: Apache-2.0
"""The webhook's certificates on a real API server: two Secrets and a caBundle."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from apiserver_harness import ApiServer, until
from cryptography import x509
from webhook_configuration import webhooks_of_ours

from skm_common import names

SECRETS = f"/api/v1/namespaces/{names.NAMESPACE}/secrets"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
SERVICE = {"name": names.WEBHOOK, "namespace": names.NAMESPACE, "path": "/pods"}


def secret(server: ApiServer, name: str) -> dict[str, bytes]:
    data = server.admin.get(f"{SECRETS}/{name}").body.get("data") or {}
    return {key: base64.b64decode(value) for key, value in data.items()}


@pytest.fixture
def configuration(installed: ApiServer, operator: Any) -> Iterator[str]:
    webhooks = [
        {
            "name": f"{name}.skm.dev",
            "clientConfig": {"service": SERVICE},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        for name in ("pods", "workloads")
    ]
    with webhooks_of_ours(installed.admin, webhooks) as path:
        yield path


def bundles(server: ApiServer, path: str) -> list[bytes]:
    webhooks = server.admin.get(path).body["webhooks"]
    found = [webhook["clientConfig"].get("caBundle") for webhook in webhooks]
    return [base64.b64decode(bundle) for bundle in found if bundle]


def test_every_webhook_trusts_the_ca_that_signed_the_serving_certificate(installed, configuration):
    until(lambda: len(bundles(installed, configuration)) == 2)
    serving = until(lambda: secret(installed, names.WEBHOOK_SERVING_SECRET))
    leaf = x509.load_pem_x509_certificate(serving["tls.crt"])
    for bundle in bundles(installed, configuration):
        leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(bundle))
    names_ = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "skm-webhook.skm-system.svc" in names_.get_values_for_type(x509.DNSName)
    managed = installed.admin.get(configuration).body["metadata"]["managedFields"]
    mine = next(entry for entry in managed if entry["manager"] == "skm-webhook-pki")
    assert "f:caBundle" in str(mine["fieldsV1"])
    assert "f:rules" not in str(mine["fieldsV1"])


def test_a_ca_bundle_that_somebody_removed_comes_back(installed, configuration):
    until(lambda: len(bundles(installed, configuration)) == 2)
    webhooks = installed.admin.get(configuration).body["webhooks"]
    for webhook in webhooks:
        webhook["clientConfig"].pop("caBundle")
    assert installed.admin.patch(configuration, {"webhooks": webhooks}).status == 200
    until(lambda: len(bundles(installed, configuration)) == 2)


def test_a_spoilt_serving_secret_is_made_anew(installed, configuration):
    path = f"{SECRETS}/{names.WEBHOOK_SERVING_SECRET}"
    until(lambda: secret(installed, names.WEBHOOK_SERVING_SECRET))
    spoilt = base64.b64encode(b"nonsense").decode()
    assert installed.admin.patch(path, {"data": {"tls.crt": spoilt}}).status == 200
    until(lambda: secret(installed, names.WEBHOOK_SERVING_SECRET)["tls.crt"] != b"nonsense")


def test_a_missing_secret_is_told_and_taken_up_again_when_it_is_back(installed, operator):
    path = f"{SECRETS}/{names.WEBHOOK_CA_SECRET}"
    until(lambda: secret(installed, names.WEBHOOK_CA_SECRET))
    assert installed.admin.delete(path).status == 200
    until(lambda: "Secret skm-webhook-ca is missing; helm upgrade makes it again" in operator.text)
    metadata = {"name": names.WEBHOOK_CA_SECRET}
    installed.admin.must("POST", SECRETS, {"metadata": metadata, "type": "Opaque"})
    until(lambda: secret(installed, names.WEBHOOK_CA_SECRET))
