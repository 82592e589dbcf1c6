# SPDX-License-Identifier: Apache-2.0
"""Pods, resources and an installation as the pure functions see them."""

from typing import Any

import pytest

from skm_common import names
from skm_injector.webhook.facts import NamespaceFacts, gather
from skm_injector.webhook.installation import Installation, StartGate


@pytest.fixture
def installation() -> Installation:
    return Installation(
        image="localhost/skm-agent:0.1.0",
        pull_policy="IfNotPresent",
        data="skm-kms.skm-system.svc:8443",
        identity="skm-kms.skm-system.svc:8444",
        server_name="skm-kms.skm-system.svc",
        ca="-----BEGIN CERTIFICATE-----",
        resources={"requests": {"cpu": "10m"}},
        gate=StartGate.MARKER,
    )


def resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "uid": "u", "generation": 1}
    return {"apiVersion": names.API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


@pytest.fixture
def resources() -> list[dict[str, Any]]:
    """Keystore `orders` with two secrets and a symmetric key; `app` with label app=orders reads."""
    keystore = {"name": "orders"}
    subject = {"serviceAccountName": "app", "podSelector": {"matchLabels": {"app": "orders"}}}
    return [
        resource("Keystore", "orders", {"authentication": {"ipv4": {}}}),
        resource("Key", "orders-db", {"keystoreRef": keystore, "secret": {"managed": {}}}),
        resource("Key", "token", {"keystoreRef": keystore, "secret": {"managed": {}}}),
        resource("Key", "wrap", {"keystoreRef": keystore, "symmetric": {}}),
        resource(
            "AccessPolicy",
            "orders-app",
            {
                "keystoreRef": keystore,
                "subjects": [{"workload": subject}],
                "rules": [{"keys": ["orders-db", "wrap"], "operations": ["ReadSecret"]}],
            },
        ),
    ]


@pytest.fixture
def facts(resources: list[dict[str, Any]]) -> NamespaceFacts:
    return gather(resources)


@pytest.fixture
def pod() -> dict[str, Any]:
    return {
        "metadata": {
            "name": "orders",
            "labels": {"app": "orders"},
            "annotations": {names.INJECT: "orders/orders-db"},
        },
        "spec": {
            "serviceAccountName": "app",
            "containers": [
                {"name": "app", "image": "app:1", "command": ["run"]},
                {"name": "log", "image": "log:1"},
            ],
        },
    }
