# SPDX-License-Identifier: Apache-2.0
"""Keys: made with their first version, rotated, set; kind and algorithm never change."""

from dataclasses import replace

import pytest
from identity_doubles import NOW
from kms_world import KmsWorld

from skm_common.resources import (
    Authentication,
    FixedField,
    GeneratedField,
    GeneratedSecret,
    KeySpec,
    KeystoreSpec,
    ManagedSecret,
    Material,
    SymmetricKey,
)
from skm_kms.errors import ConflictError, InvalidRequestError, NotFoundError, TooLargeError
from skm_kms.model import Key, Origin
from skm_kms.service.keys import put_key, rotate_key, set_secret
from skm_kms.service.keystores import put_keystore
from skm_kms.service.vault import SecretValue

STORE = KeystoreSpec(Authentication(True, True, None))
GENERATED = GeneratedSecret(
    (("password", GeneratedField(24, "Hex")), ("username", FixedField("orders")))
)
FIRST = Origin("uid-k", 1)


async def make(world: KmsWorld, material: Material, name: str = "k") -> Key:
    await put_keystore(world.core, "orders.a", STORE, Origin("uid-a", 1))
    origin = Origin(f"uid-{name}", 1)
    return await put_key(world.core, "orders.a", name, KeySpec("a", material), origin)


def secret(world: KmsWorld, key: Key, number: int) -> SecretValue:
    return world.core.vault.open_secret(world.state.tables.versions(key.id)[number])


async def test_a_generated_secret_is_made_inside(world: KmsWorld) -> None:
    key = await make(world, GENERATED)
    found = secret(world, key, 1).fields
    assert found is not None
    assert found["username"] == "orders"
    assert len(found["password"]) == 24
    assert set(found["password"]) <= set("0123456789abcdef")


async def test_no_row_holds_a_value(world: KmsWorld) -> None:
    key = await make(world, GENERATED)
    password = dict(secret(world, key, 1).fields or {})["password"]
    assert all(password.encode() not in row.body for row in world.store.load())


async def test_rotation_adds_a_version_and_keeps_the_id(world: KmsWorld) -> None:
    key = await make(world, GENERATED)
    rotated = await rotate_key(world.core, key.id)
    assert (rotated.id, rotated.current_version) == (key.id, 2)
    assert secret(world, key, 1) != secret(world, key, 2)
    world.reopen()
    assert sorted(world.state.tables.versions(key.id)) == [1, 2]


async def test_a_managed_secret_begins_without_a_value(world: KmsWorld) -> None:
    key = await make(world, ManagedSecret())
    assert key.current_version == 0
    with pytest.raises(ConflictError):
        await rotate_key(world.core, key.id)
    set_ = await set_secret(world.core, key.id, SecretValue("one"), 0)
    assert (set_.current_version, secret(world, key, 1).value) == (1, "one")
    with pytest.raises(ConflictError):
        await set_secret(world.core, key.id, SecretValue("two"), 0)
    await set_secret(world.core, key.id, SecretValue("two"), None)
    assert secret(world, key, 2).value == "two"


@pytest.mark.parametrize("material", [GENERATED, SymmetricKey()])
async def test_what_is_made_inside_is_never_set(world: KmsWorld, material: Material) -> None:
    key = await make(world, material)
    with pytest.raises(ConflictError):
        await set_secret(world.core, key.id, SecretValue("x"), None)


@pytest.mark.parametrize(
    ("was", "wanted"),
    [
        (GENERATED, ManagedSecret()),
        (GENERATED, SymmetricKey()),
        (ManagedSecret(), SymmetricKey()),
        (SymmetricKey(), SymmetricKey("AES256-GCM")),
        (SymmetricKey(), GENERATED),
    ],
)
async def test_kind_and_algorithm_never_change(
    world: KmsWorld, was: Material, wanted: Material
) -> None:
    await make(world, was)
    with pytest.raises(ConflictError, match="never change"):
        await put_key(world.core, "orders.a", "k", KeySpec("a", wanted), FIRST)


async def test_new_fields_come_with_the_next_rotation(world: KmsWorld) -> None:
    key = await make(world, GENERATED)
    wider = GeneratedSecret((*GENERATED.fields, ("pin", GeneratedField(8, "Digits"))))
    changed = await put_key(world.core, "orders.a", "k", KeySpec("a", wider), Origin("uid-k", 2))
    assert changed.current_version == 1
    await rotate_key(world.core, key.id)
    assert set(dict(secret(world, key, 2).fields or {})) == {"password", "pin", "username"}


async def test_a_key_needs_its_keystore(world: KmsWorld) -> None:
    with pytest.raises(NotFoundError):
        await put_key(world.core, "orders.none", "k", KeySpec("none", GENERATED), FIRST)


async def test_one_resource_stands_behind_one_key(world: KmsWorld) -> None:
    await make(world, GENERATED)
    await put_keystore(world.core, "orders.b", STORE, Origin("uid-b", 1))
    with pytest.raises(ConflictError, match="another keystore"):
        await put_key(world.core, "orders.b", "k", KeySpec("b", GENERATED), FIRST)


async def test_the_same_again_writes_nothing(world: KmsWorld) -> None:
    key = await make(world, GENERATED)
    sequence = world.state.sequence
    assert await make(world, GENERATED) == key
    assert world.state.sequence == sequence


async def test_an_annotation_rotates_once_when_its_time_has_come(world: KmsWorld) -> None:
    key = await make(world, GENERATED)
    early, late = "2027-01-15T08:00:00+00:00", "2027-01-15T08:01:00Z"
    assert NOW == 1_800_000_000.0
    assert (await rotate_key(world.core, key.id, early)).current_version == 2
    assert (await rotate_key(world.core, key.id, early)).current_version == 2
    assert (await rotate_key(world.core, key.id, late)).current_version == 2
    world.clock.advance(60)
    assert (await rotate_key(world.core, key.id, late, 2)).current_version == 3
    assert (await rotate_key(world.core, key.id, late, 2)).current_version == 3
    with pytest.raises(ConflictError):
        await rotate_key(world.core, key.id, None, 2)


@pytest.mark.parametrize("when", ["soon", "2027-01-15T08:00:00", "2027-13-01T00:00:00Z", ""])
async def test_a_time_that_is_none_rotates_nothing(world: KmsWorld, when: str) -> None:
    key = await make(world, GENERATED)
    with pytest.raises(InvalidRequestError):
        await rotate_key(world.core, key.id, when)


LIMIT = 32 * 1024


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (SecretValue("x" * LIMIT), True),
        (SecretValue("x" * (LIMIT + 1)), False),
        (SecretValue("é" * (LIMIT // 2)), True),
        (SecretValue("é" * (LIMIT // 2) + "x"), False),
        (SecretValue(fields={"a": "x" * (LIMIT - 1)}), True),
        (SecretValue(fields={"a": "x" * LIMIT}), False),
        (SecretValue(fields={f"f{n}": "x" for n in range(32)}), True),
    ],
)
async def test_the_largest_value_is_taken_and_no_larger(
    world: KmsWorld, value: SecretValue, fits: bool
) -> None:
    key = await make(world, ManagedSecret())
    if fits:
        await set_secret(world.core, key.id, value, None)
        assert secret(world, key, 1) == value
    else:
        with pytest.raises(TooLargeError):
            await set_secret(world.core, key.id, value, None)
        assert not world.state.tables.versions(key.id)


@pytest.mark.parametrize(
    "value",
    [
        SecretValue(""),
        SecretValue("a\0b"),
        SecretValue("\ud800"),
        SecretValue(),
        SecretValue("a", {"b": "c"}),
        SecretValue(fields={}),
        SecretValue(fields={"a": ""}),
        SecretValue(fields={"a": "b\0"}),
        SecretValue(fields={"": "b"}),
        SecretValue(fields={"../a": "b"}),
        SecretValue(fields={"a..b": "c"}),
        SecretValue(fields={".": "c"}),
        SecretValue(fields={"a/b": "c"}),
        SecretValue(fields={"a" * 64: "c"}),
        SecretValue(fields={f"f{n}": "x" for n in range(33)}),
    ],
)
async def test_a_value_that_no_reader_could_take_is_refused(
    world: KmsWorld, value: SecretValue
) -> None:
    key = await make(world, ManagedSecret())
    with pytest.raises(InvalidRequestError):
        await set_secret(world.core, key.id, value, None)


async def test_a_key_scheduled_for_destruction_takes_no_version(world: KmsWorld) -> None:
    key = await make(world, ManagedSecret())
    await world.state.commit(replace(key, generation=2, destroy_at=1.0))
    with pytest.raises(ConflictError, match="scheduled"):
        await set_secret(world.core, key.id, SecretValue("x"), None)


def test_no_repr_shows_a_value() -> None:
    assert "canary" not in repr(SecretValue("canary"))
    assert "canary" not in repr(SecretValue(fields={"a": "canary"}))
