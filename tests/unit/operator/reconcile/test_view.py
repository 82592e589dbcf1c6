# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_common.resources import translate
from skm_operator.reconcile import keystore_of, path_of


@pytest.mark.parametrize("kind", ["Keystore", "Key", "AccessPolicy"])
def test_a_view_agrees_with_the_very_generation_it_was_made_from(resource, view, kind):
    desired = translate(resource(kind))
    assert view(kind, document=desired.document()).agrees(desired)


@pytest.mark.parametrize(
    "change",
    [
        {"resource": {"uid": "uid-orders", "generation": 2}},
        {"resource": {"uid": "another", "generation": 1}},
        {"resource": None},
        {"document": {}},
        {"orphaned": True},
        {"destroyAt": "2030-01-01T00:00:00Z"},
    ],
)
def test_a_view_that_differs_in_one_thing_does_not_agree(resource, view, change):
    desired = translate(resource())
    assert not view(**{"document": desired.document(), **change}).agrees(desired)


def test_an_object_is_managed_while_a_resource_stands_behind_it(view):
    assert view().managed
    assert not view(resource=None).managed
    assert not view(orphaned=True).managed
    assert not view(destroyAt="2030-01-01T00:00:00Z").managed


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Keystore", "/v1/keystores/shop.orders"),
        ("Key", "/v1/keystores/shop.orders/keys/orders-db"),
        ("AccessPolicy", "/v1/keystores/shop.orders/policies/orders-db"),
    ],
)
def test_each_kind_has_its_path(kind, path):
    assert path_of(kind, "shop.orders", "orders-db") == path


def test_a_keystore_is_named_by_namespace_and_name(resource):
    assert keystore_of("Keystore", "shop", "orders", {}) == "shop.orders"
    assert keystore_of("Key", "shop", "db", {"keystoreRef": {"name": "orders"}}) == "shop.orders"
    assert keystore_of("Key", "shop", "db", {}) == "shop."


def test_a_keystores_own_name_is_the_resources(view):
    assert (view().keystore, view().name) == ("shop.orders", "orders")


@pytest.mark.parametrize("missing", ["id", "name", "document"])
def test_an_answer_without_what_every_view_has_is_none(view, missing):
    from skm_operator.reconcile import read_view

    answer = {"id": "id-1", "name": "orders-db", "document": {}}
    del answer[missing]
    with pytest.raises(KeyError):
        read_view("Key", "shop.orders", answer)
