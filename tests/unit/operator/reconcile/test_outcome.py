# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_operator.conditions import Condition
from skm_operator.reconcile.outcome import Event, outcome

NOW = "2026-01-01T00:00:00Z"


def conditions(ready="True", synced="True", reason="Active"):
    return (
        Condition("Ready", ready, reason, "Ready words."),
        Condition("Synced", synced, "Applied", "Synced words."),
    )


@pytest.fixture
def after(resource):
    """What is told when the second conditions follow the first."""

    def make(first, second):
        before = outcome(resource(), first, NOW, settled=True).status
        return outcome(resource(status=before), second, NOW, settled=True).event

    return make


def test_the_first_news_is_told(resource):
    event = outcome(resource(), conditions(), NOW, settled=True).event
    assert event == Event("Normal", "Active", "Ready words.")


def test_no_news_is_not_told(after):
    assert after(conditions(), conditions()) is None


def test_a_change_of_ready_is_told_and_only_that(after):
    told = after(conditions(), conditions("False", "False", "Conflict"))
    assert told == Event("Warning", "Conflict", "Ready words.")


def test_a_change_of_the_reason_is_told(after):
    assert after(conditions(), conditions(reason="Other")) == Event(
        "Normal", "Other", "Ready words."
    )


def test_a_change_of_synced_alone_is_told(after):
    told = after(conditions(), conditions(synced="False"))
    assert told == Event("Warning", "Applied", "Synced words.")


def test_the_generation_is_the_resources(resource):
    found = outcome(resource(generation=7), conditions(), NOW, settled=True).status
    assert found["observedGeneration"] == 7
    assert {item["observedGeneration"] for item in found["conditions"]} == {7}


def test_a_field_that_is_none_is_removed(resource):
    live = resource(status={"id": "old", "destroyAt": "then"})
    found = outcome(live, conditions(), NOW, settled=True, destroyAt=None).status
    assert "destroyAt" not in found
    assert found["id"] == "old"
