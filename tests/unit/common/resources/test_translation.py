# SPDX-License-Identifier: Apache-2.0
import copy

import pytest
from hypothesis import given
from resource_strategies import any_json, of_any_kind

from skm_common.names import API_VERSION
from skm_common.resources import ResourceError, ResourceRef, parse_reference, translate
from skm_common.resources.translation import PARSERS

METADATA = {"namespace": "shop", "name": "orders", "uid": "uid-1", "generation": 3}
KEYSTORE = {
    "apiVersion": API_VERSION,
    "kind": "Keystore",
    "metadata": METADATA,
    "spec": {"authentication": {"ipv4": {}}},
}
REFERENCE = ResourceRef("Keystore", "shop", "orders", "uid-1", 3)


def test_a_live_resource_becomes_a_reference_and_a_spec():
    found = translate(KEYSTORE)
    assert found.reference == REFERENCE
    assert found.spec == PARSERS["Keystore"](KEYSTORE["spec"])
    assert found.document() == found.spec.document()


@given(of_any_kind)
def test_translation_is_a_function_of_the_resource_and_leaves_it_alone(case):
    kind, spec = case
    resource = {**KEYSTORE, "kind": kind, "spec": spec}
    before = copy.deepcopy(resource)
    assert translate(resource) == translate(before)
    assert resource == before


def test_status_annotations_and_the_rest_of_the_metadata_change_nothing():
    noisy = {
        **KEYSTORE,
        "metadata": {**METADATA, "annotations": {"a": "b"}, "labels": {"c": "d"}},
        "status": {"id": "forged"},
    }
    assert translate(noisy) == translate(KEYSTORE)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"apiVersion": "skm.dev/v1"}, "apiVersion"),
        ({"apiVersion": None}, "apiVersion"),
        ({"kind": "Secret"}, "kind"),
        ({"kind": "ChangeRequest"}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": ["Keystore"]}, "kind"),
        ({"metadata": None}, "metadata"),
        ({"metadata": {**METADATA, "namespace": None}}, "metadata.namespace"),
        ({"metadata": {**METADATA, "namespace": "a.b"}}, "metadata.namespace"),
        ({"metadata": {**METADATA, "name": "a.b"}}, "metadata.name"),
        ({"metadata": {**METADATA, "name": "x" * 64}}, "metadata.name"),
        ({"metadata": {**METADATA, "uid": ""}}, "metadata.uid"),
        ({"metadata": {**METADATA, "uid": "x" * 65}}, "metadata.uid"),
        ({"metadata": {**METADATA, "generation": 0}}, "metadata.generation"),
        ({"metadata": {**METADATA, "generation": True}}, "metadata.generation"),
        ({"metadata": {**METADATA, "generation": "3"}}, "metadata.generation"),
        ({"spec": None}, "spec"),
        ({"spec": []}, "spec"),
    ],
)
def test_what_is_no_resource_of_ours_is_refused_where_it_stands(change, field):
    with pytest.raises(ResourceError) as caught:
        translate({**KEYSTORE, **change})
    assert caught.value.field == field


@given(any_json)
def test_any_json_is_a_reference_or_a_resource_error(value):
    for name in REFERENCE.document():
        with_value = {**REFERENCE.document(), name: value}
        try:
            parsed = parse_reference(with_value)
        except ResourceError:
            continue
        assert parsed.document() == with_value


def test_a_reference_survives_the_wire():
    assert parse_reference(REFERENCE.document()) == REFERENCE


def test_a_reference_has_no_other_fields():
    with pytest.raises(ResourceError) as caught:
        parse_reference({**REFERENCE.document(), "apiVersion": API_VERSION})
    assert caught.value.field == "resource.apiVersion"
