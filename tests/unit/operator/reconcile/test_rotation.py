# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skm_common import names
from skm_common.resources import parse_key
from skm_operator.reconcile import RotateAtError, RotationState, due, rotated

NOON = "2026-01-01T12:00:00Z"
SYMMETRIC = parse_key({"keystoreRef": {"name": "orders"}, "symmetric": {}})
MANAGED = parse_key({"keystoreRef": {"name": "orders"}, "secret": {"managed": {}}})


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 1, 1, hour, minute, second, tzinfo=UTC)


def annotated(resource, value, **parts):
    return resource("Key", annotations={names.ROTATE_AT: value}, **parts)


@pytest.mark.parametrize(("now", "expected"), [(at(11, 59, 59), None), (at(12), NOON)])
def test_it_is_due_from_its_second_on(resource, now, expected):
    assert due(annotated(resource, NOON), SYMMETRIC, now) == expected


def test_without_the_annotation_nothing_is_due(resource):
    assert due(resource("Key"), SYMMETRIC, at(12)) is None
    assert due(resource("Key", annotations={"other": NOON}), SYMMETRIC, at(12)) is None


def test_what_was_applied_is_not_due_again_but_another_time_is(resource):
    live = annotated(resource, NOON, status={"rotateAt": NOON})
    assert due(live, SYMMETRIC, at(13)) is None
    live = annotated(resource, "2026-01-01T12:30:00Z", status={"rotateAt": NOON})
    assert due(live, SYMMETRIC, at(13)) == "2026-01-01T12:30:00Z"


@pytest.mark.parametrize("text", ["2026-01-01T14:00:00+02:00", "2026-01-01T12:00:00.0Z"])
def test_a_zone_and_a_fraction_are_read(resource, text):
    assert due(annotated(resource, text), SYMMETRIC, at(12)) == text
    assert due(annotated(resource, text), SYMMETRIC, at(11, 59, 59)) is None


@pytest.mark.parametrize(
    "text", ["", "now", "2026-01-01", "2026-01-01T12:00:00", "2026-01-01 12:00:00Z", "1767268800"]
)
def test_what_is_no_rfc_3339_time_is_refused_with_an_example(resource, text):
    with pytest.raises(RotateAtError, match="such as 2027-01-31T04:00:00Z"):
        due(annotated(resource, text), SYMMETRIC, at(12))


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_refusal(text):
    live = {"metadata": {"annotations": {names.ROTATE_AT: text}}}
    try:
        found = due(live, SYMMETRIC, at(12))
    except RotateAtError:
        return
    assert found in (None, text)


def test_a_managed_secret_is_never_rotated(resource):
    with pytest.raises(RotateAtError, match="skm secret set"):
        due(annotated(resource, NOON), MANAGED, at(11))


def test_an_answer_with_a_new_version_is_a_rotation(view):
    before, after = view("Key", currentVersion=1), view("Key", currentVersion=2)
    assert rotated("T", before, after) == RotationState(applied="T")


def test_an_answer_that_names_the_annotation_is_one_even_without_a_new_version(view):
    after = view("Key", currentVersion=1, rotateAt="T")
    assert rotated("T", view("Key", currentVersion=1), after) == RotationState(applied="T")


def test_an_answer_that_changed_nothing_is_tried_again(view):
    """The KMS's clock is behind ours: its time hasn't come."""
    same = view("Key", currentVersion=1)
    assert rotated("T", same, same) == RotationState(waits=True)
