# SPDX-License-Identifier: Apache-2.0
"""An attacker who holds the operator's ServiceAccount: what the API server refuses him.

RBAC is the first wall and the admission policy the second. So that each is tried by itself, the
policy's tests give the account all rights first.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from apiserver_harness import ApiServer, Client, until
from webhook_configuration import webhooks_of_ours

from skm_common import names

WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
SPECS: dict[str, dict[str, Any]] = {
    "keystores": {"authentication": {"ipv4": {}}},
    "keys": {"keystoreRef": {"name": "orders"}, "symmetric": {}},
    "accesspolicies": {
        "keystoreRef": {"name": "orders"},
        "subjects": [{"workload": {"serviceAccountName": "honest"}}],
        "rules": [{"keys": ["*"], "operations": ["ReadSecret"]}],
    },
}
WIDER: dict[str, dict[str, Any]] = {
    "keystores": {"factsMaxAge": "1h"},
    "keys": {"deletionPolicy": "Delete"},
    "accesspolicies": {"subjects": [{"workload": {"serviceAccountName": "attacker"}}]},
}
KINDS = {plural: kind for kind, plural in names.PLURALS.items()}


@pytest.fixture(scope="module")
def server(installed: ApiServer) -> ApiServer:
    return installed


@pytest.fixture
def attacker(server: ApiServer, operator_account: Client) -> Iterator[Client]:
    """The operator's token, with every right that RBAC can give."""
    subject = {"kind": "ServiceAccount", "name": names.OPERATOR, "namespace": names.NAMESPACE}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    binding = {"metadata": {"name": "attack"}, "roleRef": role, "subjects": [subject]}
    server.admin.must("POST", BINDINGS, binding)
    until(lambda: operator_account.get("/api/v1/nodes").status == 200)
    yield operator_account
    server.admin.delete(f"{BINDINGS}/attack")
    until(lambda: operator_account.get("/api/v1/nodes").status == 403)


@pytest.fixture
def folder(namespace: str) -> str:
    return f"/apis/skm.dev/v1alpha1/namespaces/{namespace}"


def document(plural: str, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": names.API_VERSION,
        "kind": KINDS[plural],
        "metadata": {"name": "orders", **metadata},
        "spec": SPECS[plural],
    }


@pytest.fixture
def made(server: ApiServer, folder: str) -> Iterator[str]:
    """The folder, with one object of each kind in it, while the test runs."""
    for plural in SPECS:
        metadata = {"labels": {"team": "orders"}, "annotations": {"who": "me"}}
        document_ = document(plural, **metadata, finalizers=["example.com/other"])
        server.admin.must("POST", f"{folder}/{plural}", document_)
    yield folder
    for plural in SPECS:
        server.admin.patch(f"{folder}/{plural}/orders", {"metadata": {"finalizers": None}})
        server.admin.delete(f"{folder}/{plural}/orders")


def refused(answer: Any, words: str) -> None:
    assert answer.status == 403, answer.message
    assert words in answer.message


@pytest.mark.parametrize("plural", SPECS)
def test_the_operator_creates_none_of_the_resources_that_grant(attacker, folder, plural):
    answer = attacker.create(f"{folder}/{plural}", document(plural))
    refused(answer, "the operator may not create or delete keystores, keys and access policies")
    applied = attacker.apply(f"{folder}/{plural}/orders", document(plural))
    refused(applied, "the operator may not create or delete")


@pytest.mark.parametrize("plural", SPECS)
def test_the_operator_deletes_none_of_them(attacker, made, plural):
    refused(attacker.delete(f"{made}/{plural}/orders"), "may not create or delete")
    refused(attacker.request("DELETE", f"{made}/{plural}"), "may not create or delete")


def replaced(attacker: Client, path: str, put: dict[str, Any]) -> Any:
    """The answer to a PUT, or None where the session's operator changed the object meanwhile."""
    version = attacker.get(path).body["metadata"]["resourceVersion"]
    body = {**put, "metadata": {**put["metadata"], "resourceVersion": version}}
    answer = attacker.request("PUT", path, body)
    return None if answer.status == 409 else answer


@pytest.mark.parametrize("plural", SPECS)
def test_the_operator_changes_no_spec_by_any_way(attacker, made, plural):
    path = f"{made}/{plural}/orders"
    wider = {"spec": WIDER[plural]}
    words = "never the spec"
    refused(attacker.patch(path, wider), words)
    current = attacker.get(path).body
    put = {**current, "spec": {**current["spec"], **WIDER[plural]}}
    refused(until(lambda: replaced(attacker, path, put)), words)
    refused(attacker.apply(path, {**document(plural), "spec": put["spec"]}), words)
    status = attacker.patch(f"{path}/status", {**wider, "status": {"id": "x"}})
    assert status.status == 200
    assert attacker.get(path).body["spec"] == current["spec"]


@pytest.mark.parametrize("plural", SPECS)
@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"labels": {"team": "attacker"}}, "labels or owner references"),
        (
            {
                "ownerReferences": [
                    {"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": "none"}
                ]
            },
            "labels or owner references",
        ),
        ({"annotations": {"skm.dev/rotate-at": "2020-01-01T00:00:00Z"}}, "annotations under"),
        ({"annotations": {"who": "attacker"}}, "annotations under"),
        ({"annotations": {"who": None}}, "annotations under"),
        ({"annotations": {"operator.skm.dev.example.com/x": "y"}}, "annotations under"),
        ({"finalizers": []}, "finalizer skm.dev/cleanup only"),
        ({"finalizers": ["example.com/other", "example.com/mine"]}, "finalizer skm.dev/cleanup"),
    ],
)
def test_the_operator_changes_no_other_metadata(attacker, made, plural, metadata, words):
    refused(attacker.patch(f"{made}/{plural}/orders", {"metadata": metadata}), words)


@pytest.mark.parametrize("plural", SPECS)
def test_the_operator_does_its_own_work_unhindered(operator_account, made, plural):
    path = f"{made}/{plural}/orders"
    mine = {
        "finalizers": ["example.com/other", names.FINALIZER],
        "annotations": {"operator.skm.dev/last-handled-configuration": "{}"},
    }
    assert operator_account.patch(path, {"metadata": mine}).status == 200
    back = {
        "finalizers": ["example.com/other"],
        "annotations": {"operator.skm.dev/last-handled-configuration": None},
    }
    assert operator_account.patch(path, {"metadata": back}).status == 200
    assert operator_account.patch(f"{path}/status", {"status": {"id": "x"}}).status == 200


def test_everybody_else_is_not_hindered(server, made):
    for plural in SPECS:
        path = f"{made}/{plural}/orders"
        assert server.admin.patch(path, {"spec": WIDER[plural]}).status == 200
        metadata = {"labels": {"team": "x"}, "annotations": {"who": None}, "finalizers": []}
        assert server.admin.patch(path, {"metadata": metadata}).status == 200
        assert server.admin.delete(path).status == 200


WEBHOOK: dict[str, Any] = {
    "name": "pods.skm.dev",
    "clientConfig": {
        "service": {"name": "skm-webhook", "namespace": "skm-system", "path": "/pods"}
    },
    "rules": [
        {
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "operations": ["CREATE"],
            "resources": ["nopods"],
        }
    ],
    "failurePolicy": "Fail",
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "matchConditions": [{"name": "ours", "expression": "true"}],
    "objectSelector": {"matchLabels": {"a": "b"}},
    "namespaceSelector": {"matchLabels": {"a": "b"}},
}
OTHER_SERVICE = {"service": {"name": "evil", "namespace": "skm-system", "path": "/pods"}}
RULE: dict[str, Any] = WEBHOOK["rules"][0]
CHANGES: dict[str, dict[str, Any]] = {
    "service": {"clientConfig": OTHER_SERVICE},
    "url": {"clientConfig": {"url": "https://evil.example.com/", "service": None}},
    "rules": {"rules": [{**RULE, "resources": ["secrets"]}]},
    "scope": {"rules": [{**RULE, "scope": "Cluster"}]},
    "failurePolicy": {"failurePolicy": "Ignore"},
    "matchPolicy": {"matchPolicy": "Exact"},
    "namespaceSelector": {"namespaceSelector": {}},
    "objectSelector": {"objectSelector": {}},
    "sideEffects": {"sideEffects": "NoneOnDryRun"},
    "timeoutSeconds": {"timeoutSeconds": 1},
    "admissionReviewVersions": {"admissionReviewVersions": ["v1", "v1beta1"]},
    "reinvocationPolicy": {"reinvocationPolicy": "IfNeeded"},
    "matchConditions": {"matchConditions": []},
    "name": {"name": "other.skm.dev"},
}


@pytest.fixture
def configuration(server: ApiServer) -> Iterator[str]:
    """The webhook configuration; the session's operator, if it runs, gives it a caBundle."""
    with webhooks_of_ours(server.admin, [WEBHOOK]) as path:
        yield path


@pytest.mark.parametrize("change", CHANGES)
def test_the_operator_changes_nothing_but_the_ca_bundle(attacker, configuration, change):
    webhook = {**WEBHOOK, **CHANGES[change]}
    answer = attacker.patch(configuration, {"webhooks": [webhook]})
    refused(answer, "the operator may change clientConfig.caBundle of the webhook configuration")


def test_the_operator_adds_and_removes_no_webhook(attacker, configuration):
    words = "clientConfig.caBundle of the webhook configuration only"
    refused(attacker.patch(configuration, {"webhooks": []}), words)
    second = {**WEBHOOK, "name": "second.skm.dev"}
    refused(attacker.patch(configuration, {"webhooks": [WEBHOOK, second]}), words)


@pytest.mark.parametrize("metadata", [{"labels": {"a": "b"}}, {"annotations": {"a": "b"}}])
def test_the_operator_changes_no_metadata_of_the_configuration(attacker, configuration, metadata):
    refused(attacker.patch(configuration, {"metadata": metadata}), "may not change the metadata")


def test_the_operator_makes_and_deletes_no_webhook_configuration(attacker, server, configuration):
    words = "the operator may change the webhook configuration skm-webhook only"
    body = {"metadata": {"name": "evil"}, "webhooks": [WEBHOOK]}
    refused(attacker.create(WEBHOOKS, body), words)
    refused(attacker.delete(configuration), words)
    validating = WEBHOOKS.replace("mutating", "validating")
    refused(attacker.create(validating, body), words)
    server.admin.must("POST", WEBHOOKS, body)
    try:
        bundle = {**WEBHOOK, "clientConfig": {**WEBHOOK["clientConfig"], "caBundle": "AAAA"}}
        refused(attacker.patch(f"{WEBHOOKS}/evil", {"webhooks": [bundle]}), words)
    finally:
        server.admin.delete(f"{WEBHOOKS}/evil")


def test_the_operator_has_no_right_that_it_does_not_use(server, operator_account, folder):
    """RBAC by itself, without the policy: what the account can't even ask for."""
    account = operator_account
    secrets = f"/api/v1/namespaces/{names.NAMESPACE}/secrets"
    root_key = {"metadata": {"name": "skm-root-key"}, "data": {}}
    server.admin.create(secrets, root_key)
    assert account.get(f"{secrets}/skm-root-key").status == 403
    assert account.get(secrets).status == 403
    assert account.create(secrets, {"metadata": {"name": "x"}}).status == 403
    assert account.patch(f"{secrets}/skm-webhook-ca", {"metadata": {}}).status == 403
    assert account.delete(f"{secrets}/skm-webhook-ca").status == 403
    assert account.get("/api/v1/namespaces/kube-system/secrets").status == 403
    assert account.get("/api/v1/pods").status == 403
    assert account.get("/api/v1/nodes").status == 403
    token = f"/api/v1/namespaces/{names.NAMESPACE}/serviceaccounts/skm-kms/token"
    assert account.create(token, {"spec": {}}).status == 403
    review = {"spec": {"token": "x"}}
    assert account.create("/apis/authentication.k8s.io/v1/tokenreviews", review).status == 403
    for plural in SPECS:
        assert account.create(f"{folder}/{plural}", document(plural)).status == 403
        assert account.delete(f"{folder}/{plural}/orders").status == 403
    assert account.get(WEBHOOKS).status == 403
    # Kubernetes puts no admission policy under another one: here RBAC stands alone.
    for kind in ("validatingadmissionpolicies", "validatingadmissionpolicybindings"):
        path = f"/apis/admissionregistration.k8s.io/v1/{kind}/skm-operator-resources"
        assert account.delete(path).status == 403
        assert account.patch(path, {"spec": {}}).status == 403
