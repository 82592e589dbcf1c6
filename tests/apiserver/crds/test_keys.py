# SPDX-License-Identifier: Apache-2.0
"""Keys: each rule of the schema on both sides of its edge."""

import itertools
from typing import Any

import pytest

MATERIALS: dict[str, Any] = {
    "secret": {"managed": {}},
    "symmetric": {},
    "asymmetric": {"algorithm": "Ed25519"},
    "hmac": {},
}
GENERATED = {"generate": {"username": {"value": "orders"}, "password": {"length": 32}}}


def only(**material: Any) -> dict[str, Any]:
    return {"symmetric": None, **material}


def test_the_defaults_are_written_into_the_object(person):
    spec = person.create("Key").body["spec"]
    assert spec["symmetric"] == {"algorithm": "XAES256-GCM"}
    assert spec["deletionPolicy"] == "Retain"
    spec = person.create("Key", "mac", **only(hmac={})).body["spec"]
    assert spec["hmac"] == {"algorithm": "HMAC-SHA-256"}


@pytest.mark.parametrize("kind", MATERIALS)
def test_one_kind_is_accepted(person, kind):
    assert person.create("Key", **only(**{kind: MATERIALS[kind]})).status == 201


@pytest.mark.parametrize("pair", list(itertools.combinations(MATERIALS, 2)))
def test_two_kinds_are_refused(person, refuses, pair):
    answer = person.create("Key", **only(**{kind: MATERIALS[kind] for kind in pair}))
    refuses(answer, "spec", "write exactly one of secret, symmetric, asymmetric and hmac")


def test_no_kind_is_refused(person, refuses):
    refuses(person.create("Key", **only()), "spec", "write exactly one of secret")


@pytest.mark.parametrize("pair", list(itertools.permutations(MATERIALS, 2)))
def test_a_kind_is_for_ever(person, refuses, pair):
    before, after = pair
    person.create("Key", **only(**{before: MATERIALS[before]}))
    answer = person.edit("Key", {before: None, after: MATERIALS[after]})
    refuses(answer, "spec", "a key's kind (secret, symmetric, asymmetric, hmac) can't be changed")


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("symmetric", "AES256-GCM", "AES128-GCM"),
        ("asymmetric", "RSA-2048", "RSA-4096"),
        ("hmac", "HMAC-SHA-256", "HMAC-SHA-512"),
    ],
)
def test_an_algorithm_is_for_ever(person, refuses, kind, before, after):
    person.create("Key", **only(**{kind: {"algorithm": before}}))
    assert person.edit("Key", {kind: {"algorithm": before}}).status == 200
    answer = person.edit("Key", {kind: {"algorithm": after}})
    refuses(answer, f"spec.{kind}.algorithm", "a key's algorithm can't be changed; make a new Key")


@pytest.mark.parametrize(
    ("kind", "algorithms"),
    [
        (
            "symmetric",
            "XAES256-GCM AES256-GCM AES128-GCM ChaCha20-Poly1305 XChaCha20-Poly1305",
        ),
        ("asymmetric", "RSA-2048 RSA-3072 RSA-4096 EC-P256 EC-P384 EC-P521 Ed25519 ML-DSA-65"),
        ("hmac", "HMAC-SHA-256 HMAC-SHA-512"),
    ],
)
def test_every_algorithm_of_design_is_known_and_no_other(person, refuses, kind, algorithms):
    for number, algorithm in enumerate(algorithms.split()):
        material = {kind: {"algorithm": algorithm}}
        assert person.create("Key", f"key-{number}", **only(**material)).status == 201
    answer = person.create("Key", **only(**{kind: {"algorithm": "ROT13"}}))
    refuses(answer, f"spec.{kind}.algorithm", algorithms.split()[0])


def test_an_asymmetric_key_names_its_algorithm(person, refuses):
    answer = person.create("Key", **only(asymmetric={}))
    refuses(answer, "spec.asymmetric.algorithm", "Required")


def test_the_keystore_is_for_ever(person, refuses):
    person.create("Key")
    answer = person.edit("Key", {"keystoreRef": {"name": "other"}})
    refuses(answer, "spec.keystoreRef", "keystoreRef can't be changed; make a new Key")


@pytest.mark.parametrize("name", ["a", "a" * 63, "a-1"])
def test_a_keystore_is_named_by_a_label(person, name):
    assert person.create("Key", keystoreRef={"name": name}).status == 201


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a.b", "a/b", "a\n"])
def test_what_is_no_label_names_no_keystore(person, refuses, name):
    answer = person.create("Key", keystoreRef={"name": name})
    refuses(answer, "spec.keystoreRef.name", "write the name of a Keystore of this namespace")


def test_a_keystores_name_has_at_most_63_characters(person, refuses):
    answer = person.create("Key", keystoreRef={"name": "a" * 64})
    refuses(answer, "spec.keystoreRef.name", "may not be more than 63")


def test_a_secret_is_generated_or_managed(person, refuses):
    assert person.create("Key", "generated", **only(secret=GENERATED)).status == 201
    assert person.create("Key", "managed", **only(secret={"managed": {}})).status == 201
    words = "write exactly one of generate (the KMS makes the value) and managed"
    refuses(person.create("Key", **only(secret={})), "spec.secret", words)
    refuses(person.create("Key", **only(secret={**GENERATED, "managed": {}})), "spec.secret", words)


def test_where_a_secret_comes_from_is_for_ever(person, refuses):
    words = "can't become a managed one, nor the other way round"
    person.create("Key", "generated", **only(secret=GENERATED))
    change = {"secret": {"generate": None, "managed": {}}}
    refuses(person.edit("Key", change, "generated"), "spec.secret", words)
    person.create("Key", "managed", **only(secret={"managed": {}}))
    change = {"secret": {"managed": None, **GENERATED}}
    refuses(person.edit("Key", change, "managed"), "spec.secret", words)


def test_what_is_generated_may_change_for_the_next_rotation(person):
    person.create("Key", **only(secret=GENERATED))
    change = {"secret": {"generate": {"password": {"length": 64}}}}
    assert person.edit("Key", change).status == 200


@pytest.mark.parametrize("name", ["a", "A_.-9", "_x", "9", "x" * 63, "tls.crt"])
def test_a_field_has_a_name_that_is_a_file(person, name):
    answer = person.create("Key", **only(secret={"generate": {name: {"value": "v"}}}))
    assert answer.status == 201, answer.message


@pytest.mark.parametrize("name", ["", "x" * 64, ".x", "-x", "a..b", "a/b", "a b", "ä", "a\n"])
def test_another_name_of_a_field_is_refused(person, refuses, name):
    answer = person.create("Key", **only(secret={"generate": {name: {"value": "v"}}}))
    refuses(answer, "spec.secret.generate", "a field's name is at most 63 of A-Z")


def test_a_secret_has_1_to_32_fields(person, refuses):
    def fields(count: int) -> dict[str, Any]:
        return only(secret={"generate": {f"f{n}": {"value": "v"} for n in range(count)}})

    assert person.create("Key", "one", **fields(1)).status == 201
    assert person.create("Key", "full", **fields(32)).status == 201
    refuses(person.create("Key", **fields(0)), "spec.secret.generate", "at least 1")
    refuses(person.create("Key", **fields(33)), "spec.secret.generate", "at most 32")


def field(**choice: Any) -> dict[str, Any]:
    return only(secret={"generate": {"password": choice}})


def test_a_secret_has_at_most_32_kib(person, refuses):
    def fields(last: int) -> dict[str, Any]:
        full = {f"f{n}": {"length": 1024} for n in range(10, 30)}
        large = {f"g{n}": {"value": "v" * 4096} for n in range(2)}
        rest = 32768 - 20 * 1027 - 2 * 4098 - 1 - 32 - 1
        plain = {"p": {}, "h": {"value": "v" * (rest + last)}}
        return only(secret={"generate": {**full, **large, **plain}})

    answer = person.create("Key", "full", **fields(0))
    assert answer.status == 201, answer.message
    words = "a secret has at most 32 KiB, names and values together"
    refuses(person.create("Key", **fields(1)), "spec.secret.generate", words)


def test_a_fixed_value_holds_no_nul(person, refuses):
    answer = person.create("Key", **field(value="a\0b"))
    refuses(answer, "spec.secret.generate[password].value", "write text without NUL")


def test_a_field_is_fixed_or_generated(person, refuses):
    assert person.create("Key", "fixed", **field(value="v")).status == 201
    assert person.create("Key", "plain", **field()).status == 201
    assert person.create("Key", "both", **field(length=8, charset="Hex")).status == 201
    for other in ({"length": 8}, {"charset": "Hex"}):
        answer = person.create("Key", **field(value="v", **other))
        refuses(answer, "spec.secret.generate[password]", "write either value")


@pytest.mark.parametrize(
    ("choice", "inside", "outside", "words"),
    [
        ("length", 8, 7, "greater than or equal to 8"),
        ("length", 1024, 1025, "less than or equal to 1024"),
        ("value", "v", "", "at least 1"),
        ("value", "v" * 4096, "v" * 4097, "may not be more than 4096"),
        ("charset", "Digits", "Emoji", "Alphanumeric"),
    ],
)
def test_a_field_has_bounds(person, refuses, choice, inside, outside, words):
    assert person.create("Key", "inside", **field(**{choice: inside})).status == 201
    answer = person.create("Key", "outside", **field(**{choice: outside}))
    refuses(answer, f"spec.secret.generate.password.{choice}", words)


@pytest.mark.parametrize(("inside", "outside"), [("1h", "59m59s"), ("87600h", "87600h1s")])
def test_a_rotation_has_an_interval_within_bounds(person, refuses, inside, outside):
    assert person.create("Key", "inside", rotation={"interval": inside}).status == 201
    answer = person.create("Key", "outside", rotation={"interval": outside})
    refuses(answer, "spec.rotation.interval", "write hours, minutes and seconds from 1h to 87600h")


def test_a_rotation_without_an_interval_is_refused(person, refuses):
    refuses(person.create("Key", rotation={}), "spec.rotation.interval", "Required")


def test_a_value_has_no_place_in_the_object(person):
    """There is no field for the value of a managed secret: strict clients hear it at once."""
    answer = person.create("Key", **only(secret={"managed": {"value": "hunter2"}}))
    assert answer.status == 400
    assert "unknown field" in answer.message
