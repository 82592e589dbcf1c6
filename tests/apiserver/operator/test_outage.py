# SPDX-License-Identifier: Apache-2.0
"""The KMS away, and back; and a KMS that doesn't accept the operator."""

from collections.abc import Iterator
from typing import Any

import pytest
from apiserver_harness import until
from kms_admin_double import KmsDouble

KEYSTORE: dict[str, Any] = {"authentication": {"ipv4": {}}}


@pytest.fixture
def away(kms_double: KmsDouble) -> Iterator[KmsDouble]:
    kms_double.stop()
    yield kms_double
    if not kms_double._thread.is_alive():
        kms_double.resume()


def test_a_new_object_waits_in_words_and_becomes_ready_by_itself(objects, away):
    objects.create("Keystore", "orders", KEYSTORE)
    found = objects.until("Keystore", "orders", "Unknown", "Reconciling")
    assert "The KMS can't answer now" in found["message"]
    assert "asked again by itself" in found["message"]
    away.resume()
    objects.until("Keystore", "orders", "True", "Active")


def test_an_object_that_was_ready_says_that_the_kms_is_away(objects, kms_double):
    objects.create("Keystore", "orders", KEYSTORE)
    objects.until("Keystore", "orders", "True", "Active")
    kms_double.refuse_with = "unavailable"
    try:
        found = objects.until("Keystore", "orders", "Unknown", "Reconciling")
        assert "told to refuse" in found["message"]
        assert objects.read("Keystore", "orders")["status"]["id"]
    finally:
        kms_double.refuse_with = None
    objects.until("Keystore", "orders", "True", "Active")


def test_a_kms_that_refuses_the_operator_is_told(objects, kms_double):
    kms_double.token = "another"
    try:
        objects.create("Keystore", "orders", KEYSTORE)
        found = objects.until("Keystore", "orders", "False", "NotAllowed")
        assert "KMS's settings" in found["message"]
    finally:
        kms_double.token = "the-operators-token"
    objects.until("Keystore", "orders", "True", "Active")


def test_a_namespace_is_held_only_until_the_kms_is_back(objects, kms_double):
    objects.create("Keystore", "orders", {**KEYSTORE, "deletionPolicy": "Delete"})
    objects.until("Keystore", "orders", "True", "Active")
    until(lambda: objects.read("Keystore", "orders")["metadata"].get("finalizers"))
    kms_double.refuse_with = "unavailable"
    try:
        objects.delete("Keystore", "orders")
        asked = len(kms_double.calls)
        until(lambda: len(kms_double.calls) > asked + 3)
        assert objects.read("Keystore", "orders")["metadata"]["deletionTimestamp"]
        found = until(lambda: objects.condition("Keystore", "orders"))
        assert "told to refuse" in found["message"]
    finally:
        kms_double.refuse_with = None
    until(lambda: objects.read("Keystore", "orders") == {})
