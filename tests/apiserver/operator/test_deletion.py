# SPDX-License-Identifier: Apache-2.0
"""What becomes of an object in the KMS when its resource goes, and of the finalizer."""

from typing import Any

import pytest
from apiserver_harness import until
from kms_admin_double import DESTROY_AT

KEYSTORE: dict[str, Any] = {"authentication": {"ipv4": {}}}
KEY: dict[str, Any] = {"keystoreRef": {"name": "orders"}, "symmetric": {}}
POLICY: dict[str, Any] = {
    "keystoreRef": {"name": "orders"},
    "subjects": [{"workload": {"serviceAccountName": "orders-app"}}],
    "rules": [{"keys": ["*"], "operations": ["Encrypt"]}],
}


@pytest.fixture
def keystore(objects) -> str:
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Keystore", "orders", "True", "Active")
    return f"{objects.namespace}.orders"


def test_retain_has_no_finalizer_and_keeps_the_key(objects, keystore, kms_double):
    objects.create("Key", "kept", KEY)
    objects.until("Key", "kept", "True", "Active")
    assert "finalizers" not in objects.read("Key", "kept")["metadata"]
    objects.delete("Key", "kept")
    held = kms_double.objects["Key", keystore, "kept"]
    until(lambda: held.get("orphaned"))
    assert "destroyAt" not in held


def test_delete_holds_the_resource_only_until_the_destruction_is_scheduled(
    objects, keystore, kms_double
):
    objects.create("Key", "going", {**KEY, "deletionPolicy": "Delete"})
    objects.until("Key", "going", "True", "Active")
    until(lambda: objects.read("Key", "going")["metadata"].get("finalizers"))
    assert objects.read("Key", "going")["metadata"]["finalizers"] == ["skm.dev/cleanup"]
    objects.delete("Key", "going")
    until(lambda: objects.read("Key", "going") == {})
    assert kms_double.objects["Key", keystore, "going"]["destroyAt"] == DESTROY_AT


def test_the_finalizer_goes_when_the_policy_becomes_retain(objects, keystore):
    objects.create("Key", "spared", {**KEY, "deletionPolicy": "Delete"})
    until(lambda: objects.read("Key", "spared")["metadata"].get("finalizers"))
    objects.patch("Key", "spared", {"spec": {"deletionPolicy": "Retain"}})
    until(lambda: not objects.read("Key", "spared")["metadata"].get("finalizers"))


def test_a_keystore_with_delete_goes_like_a_key(objects, kms_double):
    objects.create("Keystore", "temporary", {**KEYSTORE, "deletionPolicy": "Delete"})
    objects.until("Keystore", "temporary", "True", "Active")
    until(lambda: objects.read("Keystore", "temporary")["metadata"].get("finalizers"))
    objects.delete("Keystore", "temporary")
    until(lambda: objects.read("Keystore", "temporary") == {})
    held = kms_double.objects["Keystore", f"{objects.namespace}.temporary", ""]
    assert held["destroyAt"] == DESTROY_AT


def test_a_policy_that_is_gone_is_removed(objects, keystore, kms_double):
    objects.create("AccessPolicy", "orders-app", POLICY)
    objects.until("AccessPolicy", "orders-app", "True", "Active")
    objects.delete("AccessPolicy", "orders-app")
    until(lambda: ("AccessPolicy", keystore, "orders-app") not in kms_double.objects)


def test_a_policy_whose_end_nobody_saw_is_removed_by_the_comparison(objects, keystore, kms_double):
    place = ("AccessPolicy", keystore, "ghost")
    resource = {"uid": "gone-long-ago", "generation": 1}
    kms_double.take(place, {"resource": resource, "desired": POLICY})
    until(lambda: place not in kms_double.objects)


def test_an_object_without_a_resource_behind_it_is_left_alone(objects, keystore, kms_double):
    place = ("AccessPolicy", keystore, "standalone")
    body = {"resource": {"uid": None, "generation": None}, "desired": POLICY}
    kms_double.take(place, body)["resource"] = None
    comparisons = kms_double.asked("GET", "/v1/keystores")
    until(lambda: kms_double.asked("GET", "/v1/keystores") > comparisons + 2)
    assert place in kms_double.objects


def test_a_resource_made_again_takes_its_key_up_again(objects, keystore, kms_double):
    objects.create("Key", "again", {**KEY, "deletionPolicy": "Delete"})
    until(lambda: objects.read("Key", "again")["metadata"].get("finalizers"))
    objects.until("Key", "again", "True", "Active")
    first = kms_double.objects["Key", keystore, "again"]["id"]
    objects.delete("Key", "again")
    until(lambda: objects.read("Key", "again") == {})
    objects.create("Key", "again", KEY)
    objects.until("Key", "again", "True", "Active")
    held = kms_double.objects["Key", keystore, "again"]
    assert held["id"] == first
    assert "destroyAt" not in held
    assert "destroyAt" not in objects.read("Key", "again")["status"]
