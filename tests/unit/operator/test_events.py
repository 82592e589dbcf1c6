# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime

import pytest

from skm_operator.events import event_document
from skm_operator.reconcile import Event

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_an_event_regards_its_resource(resource):
    found = event_document(resource("Key"), Event("Warning", "Conflict", "Words."), NOW, "pod-0")
    assert found["regarding"]["uid"] == "uid-orders-db"
    assert found["metadata"] == {"generateName": "orders-db-", "namespace": "shop"}
    assert (found["type"], found["reason"], found["note"]) == ("Warning", "Conflict", "Words.")
    assert found["reportingController"] == "skm-operator"
    assert found["reportingInstance"] == "pod-0"
    assert found["eventTime"] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(("length", "kept"), [(1024, 1024), (1025, 1024)])
def test_a_note_is_no_longer_than_kubernetes_takes(resource, length, kept):
    found = event_document(resource(), Event("Normal", "Active", "x" * length), NOW, "pod-0")
    assert len(found["note"]) == kept
