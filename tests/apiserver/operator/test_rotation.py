# SPDX-License-Identifier: Apache-2.0
"""Rotation by the annotation skm.dev/rotate-at."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apiserver_harness import until

from skm_common import names

KEY: dict[str, Any] = {"keystoreRef": {"name": "orders"}, "symmetric": {}}


def at(moment: datetime) -> dict[str, Any]:
    return {"metadata": {"annotations": {names.ROTATE_AT: moment.isoformat(timespec="seconds")}}}


@pytest.fixture
def key(objects, kms_double) -> dict[str, Any]:
    objects.create("Keystore", "orders", {"authentication": {"ipv4": {}}})
    objects.create("Key", "key", KEY)
    objects.until("Key", "key", "True", "Active")
    return kms_double.objects["Key", f"{objects.namespace}.orders", "key"]


def version(objects: Any) -> int:
    return int(objects.read("Key", "key")["status"]["currentVersion"])


def test_a_time_that_has_come_rotates_once(objects, key, kms_double):
    past = at(datetime.now(UTC) - timedelta(hours=1))
    objects.patch("Key", "key", past)
    until(lambda: version(objects) == 2)
    applied = objects.read("Key", "key")["status"]["rotateAt"]
    assert applied == past["metadata"]["annotations"][names.ROTATE_AT]
    comparisons = kms_double.asked("GET", "/v1/keystores")
    until(lambda: kms_double.asked("GET", "/v1/keystores") > comparisons + 3)
    assert version(objects) == 2
    objects.patch("Key", "key", at(datetime.now(UTC) - timedelta(minutes=1)))
    until(lambda: version(objects) == 3)


def test_a_time_to_come_waits_until_it_has_come(objects, key):
    soon = datetime.now(UTC) + timedelta(seconds=3)
    objects.patch("Key", "key", at(soon))
    until(lambda: version(objects) == 2)
    assert datetime.now(UTC) >= soon - timedelta(seconds=1)


def test_a_rotation_whose_record_was_lost_is_not_made_again(objects, key, kms_double):
    """As after a crash between the rotation and the status that tells of it."""
    objects.patch("Key", "key", at(datetime.now(UTC) - timedelta(hours=1)))
    until(lambda: version(objects) == 2)
    path = objects.path("Key", "key") + "/status"
    assert objects.admin.patch(path, {"status": {"rotateAt": None}}).status == 200
    until(lambda: objects.read("Key", "key")["status"].get("rotateAt"))
    assert version(objects) == 2


@pytest.mark.parametrize(
    ("text", "words"), [("tomorrow", "2027-01-31T04:00:00Z"), ("2027-01-31T04:00:00", "a zone")]
)
def test_what_is_no_time_is_told_while_the_key_is_served_on(objects, key, text, words):
    objects.patch("Key", "key", {"metadata": {"annotations": {names.ROTATE_AT: text}}})
    until(lambda: objects.condition("Key", "key", "Synced")["reason"] == "RotateAtInvalid")
    ready = objects.until("Key", "key", "True", "Active")
    assert words in ready["message"]
    objects.patch("Key", "key", {"metadata": {"annotations": {names.ROTATE_AT: None}}})
    until(lambda: objects.condition("Key", "key", "Synced")["status"] == "True")


def test_a_managed_secret_is_not_rotated_by_annotation(objects, key):
    spec = {"keystoreRef": {"name": "orders"}, "secret": {"managed": {}}}
    annotations = at(datetime.now(UTC) - timedelta(hours=1))["metadata"]["annotations"]
    objects.create("Key", "managed", spec, annotations=annotations)
    objects.until("Key", "managed", "False", "NoValue")
    synced = objects.condition("Key", "managed", "Synced")
    assert synced["reason"] == "RotateAtInvalid"
    assert "skm secret set" in synced["message"]
