# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_common.resources import translate
from skm_operator.conditions import find
from skm_operator.reconcile import RotationState, held

NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def look(resource, view):
    """The outcome of a resource that the KMS holds, with changes to the KMS's answer."""

    def make(kind="Keystore", *, rotation=None, live=None, **answer):
        live = live or resource(kind)
        desired = translate(live)
        found = view(kind, **{"document": desired.document(), **answer})
        return held(live, desired, found, NOW, rotation=rotation)

    return make


def ready(outcome):
    return find(outcome.status["conditions"], "Ready")


def test_a_keystore_tells_its_id_and_its_methods(look):
    outcome = look()
    assert outcome.settled
    assert outcome.status["id"] == "id-1"
    assert outcome.status["methods"] == ["clientCertificate", "ipv4"]
    assert ready(outcome)["message"] == "Every caller must pass clientCertificate, ipv4."
    assert find(outcome.status["conditions"], "Synced")["message"] == "The KMS holds generation 1."


def test_a_generated_secret_reminds_of_the_database(look):
    outcome = look("Key", currentVersion=2)
    assert ready(outcome)["message"] == (
        "Version 2 is current. If a database checks this password, tell it of each change: "
        "see docs/operations.md."
    )
    assert outcome.status["kind"] == "Secret"
    assert outcome.status["currentVersion"] == 2
    assert "algorithm" not in outcome.status


def test_a_symmetric_key_tells_its_algorithm_and_needs_no_reminder(look, resource):
    spec = {"keystoreRef": {"name": "orders"}, "symmetric": {}}
    outcome = look("Key", live=resource("Key", spec=spec), currentVersion=1)
    assert outcome.status["algorithm"] == "XAES256-GCM"
    assert outcome.status["kind"] == "Symmetric"
    assert ready(outcome)["message"] == "Version 1 is current."


@pytest.fixture
def managed(resource):
    spec = {"keystoreRef": {"name": "orders"}, "secret": {"managed": {}}}
    return resource("Key", spec=spec)


@pytest.mark.parametrize("version", [0, None])
def test_a_managed_secret_without_a_value_names_the_command(look, managed, version):
    theirs = [{"type": "Ready", "status": "False", "reason": "NoValue", "message": "No value."}]
    outcome = look("Key", live=managed, currentVersion=version, conditions=theirs)
    assert ready(outcome)["reason"] == "NoValue"
    assert "skm secret set shop.orders orders-db" in ready(outcome)["message"]
    assert outcome.status["currentVersion"] == 0


def test_a_managed_secret_with_a_value_is_ready(look, managed):
    assert ready(look("Key", live=managed, currentVersion=1))["status"] == "True"


def test_a_policy_names_whom_it_admits(look):
    assert ready(look("AccessPolicy"))["message"] == (
        "In force for pods of ServiceAccount billing, orders-app."
    )


def test_the_kms_word_about_ready_counts_and_the_first_one_is_told(look):
    theirs = [
        {"type": "Ready", "status": "False", "reason": "AdoptionRequired", "message": "A."},
        {"type": "Ready", "status": "False", "reason": "EvidenceUnavailable", "message": "B."},
        {"type": "Other", "status": "True", "reason": "Fine", "message": "C."},
    ]
    outcome = look(conditions=theirs)
    assert ready(outcome)["reason"] == "AdoptionRequired"
    assert find(outcome.status["conditions"], "Other")["message"] == "C."
    assert find(outcome.status["conditions"], "Synced")["status"] == "True"
    kinds = [item["type"] for item in outcome.status["conditions"]]
    assert len(kinds) == len(set(kinds))


def test_the_kms_does_not_say_whether_we_are_in_step(look):
    theirs = [{"type": "Synced", "status": "False", "reason": "X", "message": "Y."}]
    found = find(look(conditions=theirs).status["conditions"], "Synced")
    assert found["status"] == "True"


def test_what_ended_leaves_the_status(look, resource):
    status = {"destroyAt": "2030-01-01T00:00:00Z", "id": "old", "rotateAt": "kept"}
    outcome = look(live=resource(status=status))
    assert "destroyAt" not in outcome.status
    assert outcome.status["id"] == "id-1"
    assert outcome.status["rotateAt"] == "kept"


def test_a_rotation_is_recorded_and_one_that_waits_is_tried_again(look):
    applied = look("Key", currentVersion=2, rotation=RotationState(applied="T"))
    assert applied.status["rotateAt"] == "T"
    assert applied.settled
    waits = look("Key", currentVersion=2, rotation=RotationState(waits=True))
    assert "rotateAt" not in waits.status
    assert not waits.settled


def test_the_second_look_changes_nothing_and_tells_nothing(look, resource):
    first = look()
    assert first.event is not None
    second = look(live=resource(status=first.status))
    assert second.status == first.status
    assert second.event is None
