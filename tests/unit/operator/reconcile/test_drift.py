# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_operator.reconcile import Pair, compare

KINDS = ["Keystore", "Key", "AccessPolicy"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_stands_beside_its_view(resource, view, kind):
    live, seen = resource(kind), view(kind)
    drift = compare([live], [seen])
    assert drift.pairs == (Pair(live, seen),)
    assert drift.vanished == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_without_a_view_stands_alone(resource, kind):
    assert compare([resource(kind)], []).pairs == (Pair(resource(kind), None),)


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_whose_resource_is_gone_has_vanished(view, kind):
    assert compare([], [view(kind)]).vanished == (view(kind),)


def test_a_terminating_resource_counts_as_gone(resource, view):
    going = resource("AccessPolicy", deletionTimestamp="2026-01-01T00:00:00Z")
    drift = compare([going], [view("AccessPolicy")])
    assert drift.pairs == ()
    assert drift.vanished == (view("AccessPolicy"),)


def test_a_resource_made_again_meets_the_old_view_which_has_vanished(resource, view):
    again = resource(uid="another")
    drift = compare([again], [view()])
    assert drift.pairs == (Pair(again, view()),)
    assert drift.vanished == (view(),)


@pytest.mark.parametrize(
    "change", [{"resource": None}, {"orphaned": True}, {"destroyAt": "2030-01-01T00:00:00Z"}]
)
def test_what_nobody_manages_any_more_has_not_vanished(view, change):
    assert compare([], [view(**change)]).vanished == ()


def test_a_key_that_moved_is_no_longer_where_it_was(resource, view):
    spec = {"keystoreRef": {"name": "other"}, "symmetric": {}}
    moved = resource("Key", spec=spec)
    drift = compare([moved], [view("Key")])
    assert drift.pairs == (Pair(moved, None),)
    assert drift.vanished == ()


def test_names_of_two_namespaces_are_not_mixed(resource, view):
    elsewhere = resource(namespace="other", uid="other")
    drift = compare([elsewhere], [view()])
    assert drift.pairs == (Pair(elsewhere, None),)
    assert drift.vanished == (view(),)


def test_keystores_come_first_and_go_last(resource, view):
    drift = compare([resource(kind) for kind in reversed(KINDS)], [])
    assert [pair.resource["kind"] for pair in drift.pairs] == KINDS
    gone = compare([], [view(kind) for kind in KINDS]).vanished
    assert [item.kind for item in gone] == list(reversed(KINDS))
