# SPDX-License-Identifier: Apache-2.0
"""What is written is read back the same: operator and KMS compare canonical documents."""

import json

import pytest
from hypothesis import given
from resource_strategies import any_json, of_any_kind

from skm_common.resources import ResourceError, parse_keystore, read_document
from skm_common.resources.translation import PARSERS


@given(of_any_kind)
def test_a_spec_survives_its_document(case):
    kind, spec = case
    parsed = PARSERS[kind](spec)
    assert read_document(kind, parsed.document()) == parsed


@given(of_any_kind)
def test_a_document_survives_the_wire(case):
    kind, spec = case
    parsed = PARSERS[kind](spec)
    assert read_document(kind, json.loads(json.dumps(parsed.document()))) == parsed


@given(of_any_kind)
def test_the_canonical_form_of_the_canonical_form_is_itself(case):
    kind, spec = case
    document = PARSERS[kind](spec).document()
    assert read_document(kind, document).document() == document


@given(of_any_kind)
def test_specs_are_values(case):
    kind, spec = case
    first, second = PARSERS[kind](spec), PARSERS[kind](json.loads(json.dumps(spec)))
    assert first == second
    assert hash(first) == hash(second)


def field_of_refusal(kind, spec):
    """The field that a refusal names, or None for a spec that can be read."""
    try:
        PARSERS[kind](spec)
    except ResourceError as error:
        return error.field
    return None


@given(of_any_kind, any_json)
def test_any_json_is_a_spec_or_a_resource_error(case, value):
    kind, spec = case
    for document in ({"x": value}, {**spec, "extra": value}, dict.fromkeys(spec, value)):
        field = field_of_refusal(kind, document)
        assert field is None or field.startswith("spec")


@given(of_any_kind, any_json)
def test_any_json_is_a_document_or_a_resource_error(case, value):
    kind, spec = case
    document = PARSERS[kind](spec).document()
    for changed in (value, {**document, "extra": value}, dict.fromkeys(document, value)):
        try:
            read = read_document(kind, changed)
        except ResourceError:
            continue
        assert read.document() == changed


@pytest.mark.parametrize(
    "change",
    [
        {"factsMaxAge": "30s"},
        {"factsMaxAge": True},
        {"factsMaxAge": 30.0},
        {"factsMaxAge": 29},
        {"factsMaxAge": 3601},
        {"maxOffline": "1h"},
        {"delivery": ["File", "File"]},
        {"onTermination": None},
        {"unknown": 1},
        {"approval": None},
    ],
)
def test_what_is_not_canonical_is_refused(change):
    document = parse_keystore({"authentication": {"ipv4": {}}}).document()
    with pytest.raises(ResourceError):
        read_document("Keystore", {**document, **change})


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_a_document_is_an_object(value):
    with pytest.raises(ResourceError, match="desired"):
        read_document("Keystore", value)
