# SPDX-License-Identifier: Apache-2.0
"""kopf end to end: a real API server, the chart's rights, and a double of the KMS."""

from typing import Any

from apiserver_harness import until

KEYSTORE: dict[str, Any] = {"authentication": {"clientCertificate": {}, "ipv4": {}}}
KEY: dict[str, Any] = {
    "keystoreRef": {"name": "orders"},
    "secret": {"generate": {"password": {"length": 32}}},
}
POLICY: dict[str, Any] = {
    "keystoreRef": {"name": "orders"},
    "subjects": [{"workload": {"serviceAccountName": "orders-app"}}],
    "rules": [{"keys": ["orders-db"], "operations": ["ReadSecret"]}],
}


def test_three_resources_become_ready_and_say_so(objects, kms_double):
    objects.create("AccessPolicy", "orders-app", POLICY)
    objects.create("Key", "orders-db", KEY)
    objects.create("Keystore", "orders", KEYSTORE)
    keystore = objects.until("Keystore", "orders", "True", "Active")
    key = objects.until("Key", "orders-db", "True", "Active")
    policy = objects.until("AccessPolicy", "orders-app", "True", "Active")
    assert keystore["message"] == "Every caller must pass clientCertificate, ipv4."
    assert "Version 1 is current." in key["message"]
    assert "database" in key["message"]
    assert "orders-app" in policy["message"]
    status = objects.read("Key", "orders-db")["status"]
    assert (status["kind"], status["currentVersion"]) == ("Secret", 1)
    assert status["id"].startswith("id-")
    held = kms_double.objects["Key", f"{objects.namespace}.orders", "orders-db"]
    assert held["resource"]["uid"] == objects.read("Key", "orders-db")["metadata"]["uid"]
    assert held["document"]["secret"] == {
        "generate": {"password": {"length": 32, "charset": "Alphanumeric"}}
    }


def test_a_key_without_its_keystore_says_what_to_apply(objects):
    objects.create("Key", "orders-db", KEY)
    found = objects.until("Key", "orders-db", "False", "KeystoreNotFound")
    assert found["message"] == "Keystore orders isn't in the KMS yet; apply it in this namespace."


def test_a_field_that_is_not_built_is_not_supported_and_never_sent(objects, kms_double):
    objects.create("Keystore", "orders", {**KEYSTORE, "approval": {"approverSet": "security"}})
    found = objects.until("Keystore", "orders", "False", "NotSupported")
    assert "spec.approval" in found["message"]
    assert ("Keystore", f"{objects.namespace}.orders", "") not in kms_double.objects


def test_a_managed_secret_without_a_value_names_the_command(objects, kms_double):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.create("Key", "old-db", {"keystoreRef": {"name": "orders"}, "secret": {"managed": {}}})
    found = objects.until("Key", "old-db", "False", "NoValue")
    assert f"skm secret set {objects.namespace}.orders old-db" in found["message"]
    kms_double.objects["Key", f"{objects.namespace}.orders", "old-db"]["currentVersion"] = 1
    objects.until("Key", "old-db", "True", "Active")


def test_an_edit_reaches_the_kms(objects, kms_double):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Keystore", "orders", "True", "Active")
    objects.patch("Keystore", "orders", {"spec": {"factsMaxAge": "1m"}})
    place = ("Keystore", f"{objects.namespace}.orders", "")
    until(lambda: kms_double.objects[place]["document"]["factsMaxAge"] == 60)
    objects.until("Keystore", "orders", "True", "Active")
    assert objects.read("Keystore", "orders")["status"]["observedGeneration"] == 2


def test_what_was_changed_in_the_kms_is_put_back(objects, kms_double):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Keystore", "orders", "True", "Active")
    held = kms_double.objects["Keystore", f"{objects.namespace}.orders", ""]
    place = ("Keystore", f"{objects.namespace}.orders", "")
    kms_double.objects[place] = {**held, "document": {**held["document"], "onTermination": "X"}}
    until(lambda: kms_double.objects[place]["document"]["onTermination"] == "Drain")


def test_what_was_removed_in_the_kms_comes_back(objects, kms_double):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.create("AccessPolicy", "orders-app", POLICY)
    objects.until("AccessPolicy", "orders-app", "True", "Active")
    place = ("AccessPolicy", f"{objects.namespace}.orders", "orders-app")
    del kms_double.objects[place]
    until(lambda: place in kms_double.objects)


def test_a_status_that_somebody_forged_is_put_right(objects):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Keystore", "orders", "True", "Active")
    forged = {"status": {"id": "forged", "conditions": []}}
    answer = objects.admin.patch(objects.path("Keystore", "orders") + "/status", forged)
    assert answer.status == 200
    objects.until("Keystore", "orders", "True", "Active")
    assert objects.read("Keystore", "orders")["status"]["id"] != "forged"


def test_a_condition_of_the_kms_is_shown_and_its_ready_counts(objects, kms_double):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Keystore", "orders", "True", "Active")
    said = {"type": "Ready", "status": "False", "reason": "MacNotProvable", "message": "No nodes."}
    held = kms_double.objects["Keystore", f"{objects.namespace}.orders", ""]
    held["conditions"] = [said]
    assert objects.until("Keystore", "orders", "False", "MacNotProvable")["message"] == "No nodes."
    assert objects.condition("Keystore", "orders", "Synced")["status"] == "True"


def test_an_event_tells_each_transition_once(objects):
    objects.create("Key", "orders-db", KEY)
    objects.until("Key", "orders-db", "False", "KeystoreNotFound")
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Key", "orders-db", "True", "Active")
    told = until(lambda: len(events := objects.events("orders-db")) == 2 and events)
    assert sorted((event["type"], event["reason"]) for event in told) == [
        ("Normal", "Active"),
        ("Warning", "KeystoreNotFound"),
    ]
    assert all(event["reportingController"] == "skm-operator" for event in told)


def test_nothing_is_written_while_nothing_changes(objects, kms_double):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Keystore", "orders", "True", "Active")
    comparisons = kms_double.asked("GET", "/v1/keystores")
    until(lambda: kms_double.asked("GET", "/v1/keystores") > comparisons + 1)
    before = objects.read("Keystore", "orders")["metadata"]["resourceVersion"]
    until(lambda: kms_double.asked("GET", "/v1/keystores") > comparisons + 5)
    assert objects.read("Keystore", "orders")["metadata"]["resourceVersion"] == before
    assert kms_double.asked("PUT", f"/v1/keystores/{objects.namespace}.orders") <= 2
