# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_common.problems import TABLE
from skm_common.resources import NotSupportedError, ResourceError, translate
from skm_operator.conditions import find
from skm_operator.errors import KmsAwayError, KmsRefusedError
from skm_operator.reconcile import failed, unreadable

NOW = "2026-01-01T00:00:00Z"


def told(outcome):
    ready, synced = (find(outcome.status["conditions"], name) for name in ("Ready", "Synced"))
    assert {**ready, "type": ""} == {**synced, "type": ""}
    return ready["status"], ready["reason"], ready["message"]


def test_what_is_not_built_is_not_supported_and_settled(resource):
    spec = {"authentication": {"ipv4": {}}, "approval": {"approverSet": "security"}}
    live = resource(spec=spec)
    with pytest.raises(NotSupportedError) as caught:
        translate(live)
    outcome = unreadable(live, caught.value, NOW)
    status, reason, message = told(outcome)
    assert (status, reason) == ("False", "NotSupported")
    assert "spec.approval" in message
    assert outcome.settled


def test_what_can_not_be_read_is_invalid_and_settled(resource):
    outcome = unreadable(resource(), ResourceError("spec.x", "must be an object"), NOW)
    assert told(outcome) == ("False", "Invalid", "spec.x: must be an object.")
    assert outcome.settled


def test_a_kms_that_is_away_makes_it_unknown_and_is_asked_again(resource):
    outcome = failed(resource(), KmsAwayError("unavailable", "connection refused"), NOW)
    status, reason, message = told(outcome)
    assert (status, reason) == ("Unknown", "Reconciling")
    assert "connection refused" in message
    assert "asked again by itself" in message
    assert not outcome.settled


@pytest.mark.parametrize(
    ("code", "reason", "settled"),
    [
        ("invalid_request", "Invalid", True),
        ("too_large", "Invalid", True),
        ("not_supported", "NotSupported", True),
        ("not_found", "KeystoreNotFound", False),
        ("conflict", "Conflict", False),
        ("managed_by_resource", "Conflict", False),
        ("adoption_required", "AdoptionRequired", False),
        ("forbidden", "NotAllowed", False),
        ("unauthenticated", "NotAllowed", False),
        ("denied", "NotAllowed", False),
        ("something_new", "Refused", False),
    ],
)
def test_each_refusal_has_its_reason(resource, code, reason, settled):
    outcome = failed(resource("Key"), KmsRefusedError(code, "because"), NOW)
    status, found, _ = told(outcome)
    assert (status, found) == ("False", reason)
    assert outcome.settled is settled


@pytest.mark.parametrize("code", TABLE)
def test_every_refusal_says_something(resource, code):
    _, _, message = told(failed(resource("Key"), KmsRefusedError(code, "because"), NOW))
    assert len(message.split()) > 3


def test_a_missing_keystore_is_named(resource):
    outcome = failed(resource("Key"), KmsRefusedError("not_found", "no such keystore"), NOW)
    assert told(outcome)[2] == ("Keystore orders isn't in the KMS yet; apply it in this namespace.")


def test_the_rest_of_the_status_stays(resource):
    before = {"id": "id-1", "methods": ["ipv4"], "conditions": []}
    outcome = failed(resource(status=before), KmsAwayError("unavailable", "away"), NOW)
    assert outcome.status["id"] == "id-1"
    assert outcome.status["methods"] == ["ipv4"]


def test_the_news_is_told_once(resource):
    error = KmsAwayError("unavailable", "away")
    first = failed(resource(), error, NOW)
    assert (first.event.type, first.event.reason) == ("Warning", "Reconciling")
    again = failed(resource(status=first.status), KmsAwayError("unavailable", "still away"), NOW)
    assert again.event is None
    assert "still away" in told(again)[2]
