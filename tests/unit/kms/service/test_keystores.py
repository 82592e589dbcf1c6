# SPDX-License-Identifier: Apache-2.0
"""Keystores: made once, changed from where they came, taken up again only in their own place."""

from dataclasses import replace

import pytest
from identity_doubles import uid
from kms_world import KmsWorld

from skm_common.resources import Authentication, KeystoreSpec
from skm_kms.errors import ConflictError, NotFoundError
from skm_kms.model import Origin
from skm_kms.service.deletion import resource_gone
from skm_kms.service.keystores import adopt_keystore, find_keystore, put_keystore

SPEC = KeystoreSpec(Authentication(True, True, None))
FIRST, SECOND = Origin("uid-1", 1), Origin("uid-2", 1)


async def test_a_keystore_gets_an_identity_of_its_own(world: KmsWorld) -> None:
    one = await put_keystore(world.core, "orders.a", SPEC, FIRST)
    two = await put_keystore(world.core, "orders.b", SPEC, SECOND)
    assert one.id != two.id
    assert (one.binding.cluster, one.binding.namespace) == (uid(600), uid(601))


async def test_the_same_again_writes_nothing(world: KmsWorld) -> None:
    one = await put_keystore(world.core, "orders.a", SPEC, FIRST)
    sequence = world.state.sequence
    assert await put_keystore(world.core, "orders.a", SPEC, FIRST) == one
    assert world.state.sequence == sequence


async def test_a_change_keeps_the_identity(world: KmsWorld) -> None:
    one = await put_keystore(world.core, "orders.a", SPEC, FIRST)
    changed = replace(SPEC, facts_max_age=60)
    two = await put_keystore(world.core, "orders.a", changed, Origin("uid-1", 2))
    assert (two.id, two.generation, two.spec) == (one.id, 2, changed)


async def test_an_object_is_changed_only_from_where_it_came(world: KmsWorld) -> None:
    await put_keystore(world.core, "orders.a", SPEC, FIRST)
    with pytest.raises(ConflictError) as refused:
        await put_keystore(world.core, "orders.a", SPEC, None)
    assert refused.value.code == "managed_by_resource"
    await put_keystore(world.core, "orders.own", SPEC, None)
    with pytest.raises(ConflictError):
        await put_keystore(world.core, "orders.own", SPEC, FIRST)


async def test_no_keystore_stands_in_a_namespace_that_isnt_there(world: KmsWorld) -> None:
    with pytest.raises(ConflictError, match="isn't there"):
        await put_keystore(world.core, "nowhere.a", SPEC, FIRST)


async def test_a_retained_keystore_is_taken_up_again(world: KmsWorld) -> None:
    one = await put_keystore(world.core, "orders.a", SPEC, FIRST)
    orphan = await resource_gone(world.core, "Keystore", "orders.a", "a", "uid-1")
    assert orphan.orphaned  # type: ignore[union-attr]
    two = await put_keystore(world.core, "orders.a", SPEC, SECOND)
    assert (two.id, two.orphaned, two.origin) == (one.id, False, SECOND)


@pytest.mark.parametrize(("space", "old"), [("orders", 601), ("kube-system", 600)])
async def test_another_namespace_or_cluster_inherits_nothing(
    world: KmsWorld, space: str, old: int
) -> None:
    await put_keystore(world.core, "orders.a", SPEC, FIRST)
    world.cluster.kube.remove("/api/v1/namespaces", uid(old))
    world.namespace(space, uid(699))
    await world.settle()
    with pytest.raises(ConflictError) as refused:
        await put_keystore(world.core, "orders.a", SPEC, SECOND)
    assert refused.value.code == "adoption_required"
    adopted = await adopt_keystore(world.core, "orders.a")
    assert uid(699) in (adopted.binding.cluster, adopted.binding.namespace)
    assert await adopt_keystore(world.core, "orders.a") == adopted
    await put_keystore(world.core, "orders.a", SPEC, SECOND)


async def test_an_absent_keystore_is_not_found(world: KmsWorld) -> None:
    with pytest.raises(NotFoundError):
        find_keystore(world.core, "orders.absent")
    with pytest.raises(NotFoundError):
        await adopt_keystore(world.core, "orders.absent")
