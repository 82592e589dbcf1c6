# SPDX-License-Identifier: Apache-2.0
"""From the API's JSON to facts."""

import json

import msgspec
import pytest
from identity_doubles import NODE, NOW
from identity_doubles import pod as make_pod

from skm_kms.identity import reading


def read(**changes):
    document = make_pod(**changes)
    document["metadata"]["resourceVersion"] = "17"
    return reading.read_pod(json.dumps(document).encode())


def test_a_pod_is_read_with_its_version():
    found = read()
    assert found.version == 17
    assert (found.fact.node, found.fact.created, found.fact.deadline) == (NODE, NOW - 60, None)


def test_addresses_of_another_family_are_left_out():
    assert read(ip="fd00::5").fact.ipv4 == ()


def test_a_deadline_is_the_deletion_timestamp():
    found = read(deadline=NOW + 30).fact
    assert found.terminating
    assert found.deadline == NOW + 30


@pytest.mark.parametrize("record", ["", "[]", '{"a": 1}', "{", "null"])
def test_a_record_that_cannot_be_read_is_no_record(record):
    assert read(annotations={"skm.dev/created-labels": record}).fact.created_labels is None


def test_an_empty_record_is_a_record():
    assert read(annotations={"skm.dev/created-labels": "{}"}).fact.created_labels == {}


def test_only_the_controlling_owner_counts():
    owner = {"kind": "DaemonSet", "name": "a", "uid": "u"}
    assert read(owners=[owner]).fact.owner is None
    assert read(owners=[{**owner, "controller": True}]).fact.owner.uid == "u"


def test_a_bare_pod_is_read():
    metadata = {"name": "a", "namespace": "b", "uid": "u", "resourceVersion": "1"}
    metadata["creationTimestamp"] = "2026-11-24T00:00:00Z"
    document = {"metadata": metadata, "spec": {"containers": []}, "status": {}}
    found = reading.read_pod(json.dumps(document).encode()).fact
    assert (found.node, found.ipv4, found.phase, found.labels) == (None, (), "Pending", {})
    assert found.created_labels is None


def test_what_is_no_object_is_an_error():
    with pytest.raises(msgspec.DecodeError):
        reading.read_pod(b"{}")
