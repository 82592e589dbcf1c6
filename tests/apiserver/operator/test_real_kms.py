# SPDX-License-Identifier: Apache-2.0
"""The operator and a real KMS over one API server: what each says, the other understands."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apiserver_harness import ApiServer, until
from real_kms import RealKms

from skm_common import names

KEYSTORE: dict[str, Any] = {"authentication": {"clientCertificate": {}, "ipv4": {}}}
REF = {"keystoreRef": {"name": "orders"}}
SECRET = {**REF, "secret": {"generate": {"password": {}, "username": {"value": "orders"}}}}
LOOKS = 'skm_operator_reconciled_total{kind="Key",result="settled"}'
POLICY = {
    **REF,
    "subjects": [{"workload": {"serviceAccountName": "orders-app"}}],
    "rules": [{"keys": ["orders-db"], "operations": ["ReadSecret"]}],
}


@pytest.fixture(scope="module")
def real(
    installed: ApiServer, kms_rights: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealKms]:
    """A real KMS, ready."""
    kms = RealKms.beside(installed, tmp_path_factory.mktemp("kms") / "kms")
    try:
        kms.prepare()
        kms.start()
        yield kms
    finally:
        kms.stop()


@pytest.fixture(scope="module")
def mine(real: RealKms, operator: Any, start: Any, kms_double: Any) -> Iterator[Any]:
    """The session's operator makes room for one that talks to the real KMS, and comes back."""
    operator.end()
    running = start(real, "skm-operator-0")
    until(lambda: " leads" in running.text)
    yield running
    assert running.end() == 0
    successor = start(kms_double, "skm-operator-after")
    operator.process, operator.log = successor.process, successor.log


@pytest.fixture(scope="module")
def kms_rights(installed: ApiServer, programs: Path | None, render: Any) -> None:
    """The KMS's account and its rights, as the chart has them."""
    for document in render("kms-rbac"):
        namespace = document["metadata"].get("namespace")
        if namespace is not None:
            installed.namespace(namespace)
        path = f"{path_of(document)}/{document['metadata']['name']}"
        assert installed.admin.apply(path, document).status in (200, 201)


def path_of(document: dict[str, Any]) -> str:
    group = {"ServiceAccount": "/api/v1"}.get(
        document["kind"], "/apis/rbac.authorization.k8s.io/v1"
    )
    namespace = document["metadata"].get("namespace")
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{scope}/{document['kind'].lower()}s"


@pytest.fixture(scope="module")
def ada(real: RealKms) -> Any:
    """The first administrator of the real KMS."""
    return real.administrator()


@pytest.fixture
def shop(mine: Any, namespace: str, objects_of: Any) -> Iterator[Any]:
    """Objects of the test's own namespace, with a keystore that is ready."""
    found = objects_of(namespace)
    found.create("Keystore", "orders", KEYSTORE)
    found.until("Keystore", "orders", "True", "Active")
    yield found
    found.remove_all()


def shown(ada: Any, shop: Any, path: str = "") -> dict[str, Any]:
    """What the KMS shows an administrator."""
    answer = ada.call("GET", f"/v1/keystores/{shop.namespace}.orders{path}")
    return dict(answer.json()) if answer.status == 200 else {}


def test_three_resources_are_held_as_they_ask(shop, ada):
    shop.create("AccessPolicy", "orders-app", POLICY)
    shop.create("Key", "orders-db", SECRET)
    shop.until("Key", "orders-db", "True", "Active")
    shop.until("AccessPolicy", "orders-app", "True", "Active")
    held = shown(ada, shop, "/keys/orders-db")
    assert held["resource"]["uid"] == shop.read("Key", "orders-db")["metadata"]["uid"]
    assert held["id"] == shop.read("Key", "orders-db")["status"]["id"]
    assert shown(ada, shop, "/policies/orders-app")["document"]["rules"] == POLICY["rules"]


def test_an_edit_is_followed(shop, ada):
    shop.create("AccessPolicy", "orders-app", POLICY)
    shop.until("AccessPolicy", "orders-app", "True", "Active")
    wider = [{"keys": ["*"], "operations": ["Encrypt"]}]
    shop.patch("AccessPolicy", "orders-app", {"spec": {"rules": wider}})
    until(lambda: shown(ada, shop, "/policies/orders-app")["document"]["rules"] == wider)
    shop.until("AccessPolicy", "orders-app", "True", "Active")


def test_a_policy_that_is_gone_is_gone(shop, ada):
    shop.create("AccessPolicy", "orders-app", POLICY)
    shop.until("AccessPolicy", "orders-app", "True", "Active")
    shop.delete("AccessPolicy", "orders-app")
    until(lambda: shown(ada, shop, "/policies/orders-app") == {})


def test_retain_keeps_the_key_and_its_resource_takes_it_up_again(shop, ada):
    shop.create("Key", "orders-db", SECRET)
    shop.until("Key", "orders-db", "True", "Active")
    first = shown(ada, shop, "/keys/orders-db")
    shop.delete("Key", "orders-db")
    until(lambda: shown(ada, shop, "/keys/orders-db")["orphaned"])
    shop.create("Key", "orders-db", SECRET)
    shop.until("Key", "orders-db", "True", "Active")
    again = shown(ada, shop, "/keys/orders-db")
    assert (again["id"], again["currentVersion"]) == (first["id"], first["currentVersion"])
    assert not again["orphaned"]


def test_delete_schedules_and_lets_the_resource_go_and_applying_it_again_cancels(shop, ada):
    going = {**SECRET, "deletionPolicy": "Delete"}
    shop.create("Key", "orders-db", going)
    shop.until("Key", "orders-db", "True", "Active")
    until(lambda: shop.read("Key", "orders-db")["metadata"].get("finalizers"))
    shop.delete("Key", "orders-db")
    until(lambda: shop.read("Key", "orders-db") == {})
    moment = datetime.fromisoformat(shown(ada, shop, "/keys/orders-db")["destroyAt"])
    assert moment > datetime.now(UTC) + timedelta(hours=167)
    shop.create("Key", "orders-db", going)
    shop.until("Key", "orders-db", "True", "Active")
    assert shown(ada, shop, "/keys/orders-db")["destroyAt"] is None


def test_the_annotation_rotates_once(shop, ada, mine):
    shop.create("Key", "orders-db", SECRET)
    shop.until("Key", "orders-db", "True", "Active")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    shop.patch("Key", "orders-db", {"metadata": {"annotations": {names.ROTATE_AT: now}}})
    until(lambda: shop.read("Key", "orders-db")["status"]["currentVersion"] == 2)
    assert shop.read("Key", "orders-db")["status"]["rotateAt"] == now
    looks = mine.metric(LOOKS)
    until(lambda: mine.metric(LOOKS) > looks + 3)
    assert shown(ada, shop, "/keys/orders-db")["currentVersion"] == 2


def test_a_managed_secret_gets_its_value_and_becomes_ready(shop, ada):
    shop.create("Key", "old", {**REF, "secret": {"managed": {}}})
    shop.until("Key", "old", "False", "NoValue")
    path = f"/v1/keystores/{shop.namespace}.orders/keys/old/secret"
    assert ada.call("PUT", path, {"value": "from-before"}).status == 200
    shop.until("Key", "old", "True", "Active")
    assert "from-before" not in str(shop.read("Key", "old"))


def test_a_mac_that_nobody_attests_is_told(shop):
    shop.create("Keystore", "with-mac", {"authentication": {"mac": {}}})
    found = shop.until("Keystore", "with-mac", "False", "EvidenceUnavailable")
    assert "node agent" in found["message"]
    assert shop.condition("Keystore", "with-mac", "Synced")["status"] == "True"


def test_the_kms_away_and_back(shop, real):
    assert real.stop_kms() == 0
    found = shop.until("Keystore", "orders", "Unknown", "Reconciling")
    assert "asked again by itself" in found["message"]
    real.start_kms()
    shop.until("Keystore", "orders", "True", "Active")
