# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from typing import Any

import pytest

from skm_common import names
from skm_operator.reconcile import View, read_view

SPECS: dict[str, dict[str, Any]] = {
    "Keystore": {"authentication": {"clientCertificate": {}, "ipv4": {}}},
    "Key": {
        "keystoreRef": {"name": "orders"},
        "secret": {"generate": {"password": {"length": 32}}},
    },
    "AccessPolicy": {
        "keystoreRef": {"name": "orders"},
        "subjects": [
            {"workload": {"serviceAccountName": "orders-app"}},
            {"workload": {"serviceAccountName": "billing"}},
        ],
        "rules": [{"keys": ["orders-db"], "operations": ["ReadSecret"]}],
    },
}
NAMES = {"Keystore": "orders", "Key": "orders-db", "AccessPolicy": "orders-app"}

Resource = dict[str, Any]


@pytest.fixture
def resource() -> Callable[..., Resource]:
    """A live resource of a kind; `spec`, `status` and metadata by keyword."""

    def make(kind: str = "Keystore", **parts: Any) -> Resource:
        spec = parts.pop("spec", SPECS[kind])
        status = parts.pop("status", None)
        name = parts.pop("name", NAMES[kind])
        metadata = {"namespace": "shop", "name": name, "uid": f"uid-{name}", "generation": 1}
        document = {
            "apiVersion": names.API_VERSION,
            "kind": kind,
            "metadata": {**metadata, **parts},
            "spec": spec,
        }
        return document if status is None else {**document, "status": status}

    return make


@pytest.fixture
def view() -> Callable[..., View]:
    """A view of a kind as the KMS would answer, with changes to its answer."""

    def make(kind: str = "Keystore", **changes: Any) -> View:
        name = "shop.orders" if kind == "Keystore" else NAMES[kind]
        behind = {"uid": f"uid-{NAMES[kind]}", "generation": 1}
        answer = {"id": "id-1", "name": name, "resource": behind, "document": {}, "generation": 1}
        return read_view(kind, "shop.orders", {**answer, **changes})

    return make
