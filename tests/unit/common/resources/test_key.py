# SPDX-License-Identifier: Apache-2.0
import itertools

import pytest

from skm_common.resources import (
    SYMMETRIC,
    FixedField,
    GeneratedField,
    GeneratedSecret,
    KeySpec,
    ManagedSecret,
    NotSupportedError,
    ResourceError,
    SymmetricKey,
    parse_key,
)

REF = {"keystoreRef": {"name": "orders"}}
KINDS = {
    "secret": {"managed": {}},
    "symmetric": {},
    "asymmetric": {"algorithm": "Ed25519"},
    "hmac": {"algorithm": "HMAC-SHA-256"},
}


def refused(spec, field, words=""):
    with pytest.raises(ResourceError) as caught:
        parse_key({**REF, **spec})
    assert caught.value.field == field
    assert words in caught.value.message
    return caught.value


def generate(**fields):
    return {"secret": {"generate": fields}}


def test_a_generated_secret_is_read_in_the_order_of_its_names():
    spec = {**REF, **generate(username={"value": "orders"}, password={"length": 20})}
    assert parse_key(spec) == KeySpec(
        keystore="orders",
        material=GeneratedSecret(
            (
                ("password", GeneratedField(20, "Alphanumeric")),
                ("username", FixedField("orders")),
            )
        ),
        deletion_policy="Retain",
    )


def test_a_managed_secret_is_read():
    found = parse_key({**REF, "secret": {"managed": {}}, "deletionPolicy": "Delete"})
    assert found == KeySpec("orders", ManagedSecret(), "Delete")


@pytest.mark.parametrize("algorithm", SYMMETRIC)
def test_a_symmetric_key_is_read(algorithm):
    found = parse_key({**REF, "symmetric": {"algorithm": algorithm}})
    assert found.material == SymmetricKey(algorithm)


def test_a_symmetric_key_is_xaes_unless_told_otherwise():
    assert parse_key({**REF, "symmetric": {}}).material == SymmetricKey("XAES256-GCM")


def test_each_kind_has_its_word():
    words = {type(m): m.kind for m in (GeneratedSecret(()), ManagedSecret(), SymmetricKey())}
    assert words == {GeneratedSecret: "Secret", ManagedSecret: "Secret", SymmetricKey: "Symmetric"}


@pytest.mark.parametrize("kinds", [(), *itertools.combinations(["secret", "symmetric"], 2)])
def test_there_is_exactly_one_kind(kinds):
    refused({kind: KINDS[kind] for kind in kinds}, "spec", "exactly one of")


@pytest.mark.parametrize("kind", ["asymmetric", "hmac"])
def test_kinds_that_are_not_built_are_not_supported(kind):
    assert isinstance(refused({kind: KINDS[kind]}, f"spec.{kind}"), NotSupportedError)


def test_an_automatic_rotation_is_not_supported():
    spec = {"symmetric": {}, "rotation": {"interval": "720h"}}
    assert isinstance(refused(spec, "spec.rotation.interval"), NotSupportedError)
    assert parse_key({**REF, "symmetric": {}, "rotation": {}}).keystore == "orders"


def test_an_algorithm_that_is_not_built_is_not_supported():
    spec = {"symmetric": {"algorithm": "XChaCha20-Poly1305"}}
    error = refused(spec, "spec.symmetric.algorithm: XChaCha20-Poly1305")
    assert isinstance(error, NotSupportedError)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"symmetric": None}, "spec.symmetric"),
        ({"symmetric": {"size": 1}}, "spec.symmetric.size"),
        ({"symmetric": {"algorithm": "ROT13"}}, "spec.symmetric.algorithm"),
        ({"symmetric": {"algorithm": ["AES256-GCM"]}}, "spec.symmetric.algorithm"),
        ({"symmetric": {}, "deletionPolicy": "Keep"}, "spec.deletionPolicy"),
        ({"symmetric": {}, "rotation": None}, "spec.rotation"),
        ({"symmetric": {}, "rotation": {"every": "1h"}}, "spec.rotation.every"),
        ({"symmetric": {}, "value": "x"}, "spec.value"),
        ({"symmetric": {}, "keystoreRef": None}, "spec.keystoreRef"),
        ({"symmetric": {}, "keystoreRef": {}}, "spec.keystoreRef.name"),
        ({"symmetric": {}, "keystoreRef": {"name": "A"}}, "spec.keystoreRef.name"),
        ({"symmetric": {}, "keystoreRef": {"name": "a.b"}}, "spec.keystoreRef.name"),
        ({"symmetric": {}, "keystoreRef": {"name": "a\n"}}, "spec.keystoreRef.name"),
        (
            {"symmetric": {}, "keystoreRef": {"name": "a", "namespace": "b"}},
            "spec.keystoreRef.namespace",
        ),
        ({"secret": None}, "spec.secret"),
        ({"secret": {}}, "spec.secret"),
        ({"secret": {"managed": {}, "generate": {"p": {}}}}, "spec.secret"),
        ({"secret": {"value": "x"}}, "spec.secret.value"),
        ({"secret": {"managed": {"value": "x"}}}, "spec.secret.managed.value"),
        ({"secret": {"managed": None}}, "spec.secret.managed"),
        ({"secret": {"generate": {}}}, "spec.secret.generate"),
        ({"secret": {"generate": []}}, "spec.secret.generate"),
        (generate(p=None), "spec.secret.generate.p"),
        (generate(p={"size": 1}), "spec.secret.generate.p.size"),
        (generate(p={"value": "v", "length": 8}), "spec.secret.generate.p.length"),
        (generate(p={"value": ""}), "spec.secret.generate.p.value"),
        (generate(p={"value": 7}), "spec.secret.generate.p.value"),
        (generate(p={"length": True}), "spec.secret.generate.p.length"),
        (generate(p={"length": 8.0}), "spec.secret.generate.p.length"),
        (generate(p={"charset": "Emoji"}), "spec.secret.generate.p.charset"),
    ],
)
def test_what_can_not_be_read_is_refused_where_it_stands(spec, field):
    refused(spec, field)


@pytest.mark.parametrize(("inside", "outside"), [(8, 7), (1024, 1025)])
def test_a_generated_field_has_a_length_within_bounds(inside, outside):
    assert parse_key({**REF, **generate(p={"length": inside})})
    refused(generate(p={"length": outside}), "spec.secret.generate.p.length", "from 8 to 1024")


def test_a_fixed_field_has_at_most_4096_characters():
    assert parse_key({**REF, **generate(p={"value": "v" * 4096})})
    refused(generate(p={"value": "v" * 4097}), "spec.secret.generate.p.value")


def test_a_secret_has_at_most_32_fields():
    def fields(count):
        return generate(**{f"f{n}": {} for n in range(count)})

    assert len(parse_key({**REF, **fields(32)}).material.fields) == 32
    refused(fields(33), "spec.secret.generate", "1 to 32")


@pytest.mark.parametrize("character", ["v", "ä", "€"])
def test_a_secret_has_at_most_32_kib_of_names_and_values(character):
    def fields(last):
        full = {f"f{n}": {"length": 1024} for n in range(10, 40)}
        rest = 32768 - 30 * 1027 - 1
        count, more = divmod(rest, len(character.encode()))
        return generate(**full, p={"value": character * count + "v" * (more + last)})

    assert parse_key({**REF, **fields(0)})
    refused(fields(1), "spec.secret.generate", "together at most 32768 bytes")


@pytest.mark.parametrize("value", ["a\0b", "\0", "a\ud800", "\udfff"])
def test_a_fixed_value_is_utf_8_without_nul(value):
    refused(generate(p={"value": value}), "spec.secret.generate.p.value", "UTF-8 text without NUL")


@pytest.mark.parametrize("name", ["a", "A_.-9", "_", "9", "x" * 63, "tls.crt"])
def test_a_field_is_named_like_a_file(name):
    assert parse_key({**REF, **generate(**{name: {}})})


@pytest.mark.parametrize("name", ["", "x" * 64, ".x", "-x", "a..b", "a/b", "a b", "ä", "a\n", "\0"])
def test_another_name_is_refused(name):
    refused(generate(**{name: {}}), f"spec.secret.generate.{name}", "at most 63")


@pytest.mark.parametrize("length", [63, 64])
def test_a_keystores_name_has_at_most_63_characters(length):
    spec = {"symmetric": {}, "keystoreRef": {"name": "a" * length}}
    if length == 63:
        assert parse_key({**REF, **spec}).keystore == "a" * 63
    else:
        refused(spec, "spec.keystoreRef.name", "at most 63")


def test_no_refusal_repeats_a_value():
    """A fixed value is no secret, but people put passwords everywhere."""
    canary = "hunter2-canary"
    for spec in (
        generate(p={"value": canary, "length": 8}),
        generate(p={"value": canary * 1000}),
        generate(p={"charset": canary}),
        {"symmetric": {"algorithm": canary}},
        {"symmetric": {}, "keystoreRef": {"name": f"{canary}!"}},
    ):
        with pytest.raises(ResourceError) as caught:
            parse_key({**REF, **spec})
        assert canary not in f"{caught.value} {caught.value!r}"
