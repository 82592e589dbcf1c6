# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_operator.registry import STORAGE_PREFIX, build_settings, delay_after, destroys, is_gone


@pytest.mark.parametrize(
    ("retry", "delay"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 20), (1000, 20)]
)
def test_attempts_come_less_and_less_often_but_always(retry, delay):
    assert delay_after(retry) == delay


@pytest.mark.parametrize(
    ("spec", "expected"),
    [({"deletionPolicy": "Delete"}, True), ({"deletionPolicy": "Retain"}, False), ({}, False)],
)
def test_only_delete_needs_a_finalizer(spec, expected):
    assert destroys(spec=spec, anything="else") is expected


@pytest.mark.parametrize(
    ("kind", "expected"), [("DELETED", True), ("MODIFIED", False), ("ADDED", False), (None, False)]
)
def test_only_the_end_of_a_resource_is_gone(kind, expected):
    assert is_gone(event={"type": kind}) is expected


def test_kopf_keeps_to_what_the_admission_policy_allows():
    settings = build_settings()
    assert settings.persistence.finalizer == "skm.dev/cleanup"
    assert settings.queueing.worker_limit is None
    assert not settings.posting.enabled
    assert settings.scanning.disabled
    assert STORAGE_PREFIX == "operator.skm.dev"
