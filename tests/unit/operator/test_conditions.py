# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest

from skm_operator.conditions import FALSE, READY, SYNCED, TRUE, Condition, both, find, renewed

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def ready(status: str, reason: str = "Active", message: str = "Words.") -> Condition:
    return Condition(READY, status, reason, message)


def test_a_new_condition_carries_its_generation_and_the_time():
    assert renewed([], [ready(TRUE)], 3, NOW) == [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Active",
            "message": "Words.",
            "lastTransitionTime": NOW,
            "observedGeneration": 3,
        }
    ]


@pytest.mark.parametrize("change", [{"reason": "Other"}, {"message": "Other words."}])
def test_the_time_stays_where_only_words_change(change: dict[str, str]):
    before = renewed([], [ready(TRUE)], 1, NOW)
    after = renewed(before, [ready(TRUE, **change)], 2, LATER)[0]
    assert after["lastTransitionTime"] == NOW
    assert after["observedGeneration"] == 2
    assert change.items() <= after.items()


def test_the_time_moves_where_the_status_changes():
    before = renewed([], [ready(TRUE)], 1, NOW)
    assert renewed(before, [ready(FALSE)], 1, LATER)[0]["lastTransitionTime"] == LATER


def test_the_same_again_is_the_same():
    before = renewed([], both(TRUE, "Active", "Words."), 1, NOW)
    assert renewed(before, both(TRUE, "Active", "Words."), 1, LATER) == before


def test_what_is_not_told_any_more_is_dropped():
    before: list[dict[str, Any]] = renewed([], [Condition("Other", TRUE, "X", "Y.")], 1, NOW)
    assert [item["type"] for item in renewed(before, [ready(TRUE)], 1, NOW)] == ["Ready"]


@pytest.mark.parametrize(("length", "kept"), [(32768, 32768), (32769, 32768)])
def test_a_message_is_no_longer_than_kubernetes_takes(length: int, kept: int):
    found = renewed([], [ready(TRUE, message="x" * length)], 1, NOW)
    assert len(found[0]["message"]) == kept


def test_both_speak_of_ready_and_synced():
    assert [item.type for item in both(FALSE, "R", "M.")] == [READY, SYNCED]


def test_a_condition_is_found_by_its_type():
    conditions = renewed([], both(TRUE, "Active", "Words."), 1, NOW)
    found = find(conditions, SYNCED)
    assert found is not None
    assert found["type"] == SYNCED
    assert find(conditions, "Other") is None
    assert find([], READY) is None
