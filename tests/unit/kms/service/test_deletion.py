# SPDX-License-Identifier: Apache-2.0
"""The end of objects: retained, scheduled, saved, and destroyed when the time has come."""

import pytest
from kms_harness import GENERATED, key, keystore
from kms_world import KmsWorld, origin

from skm_common.resources import KeySpec, KeystoreSpec, translate
from skm_kms.errors import ConflictError, NotFoundError
from skm_kms.model import Key, Keystore
from skm_kms.service.deletion import cancel, destroy_due, next_due, resource_gone, schedule
from skm_kms.service.keys import put_key
from skm_kms.service.keystores import put_keystore

DAY = 86400.0


async def make(world: KmsWorld, policy: str) -> tuple[Keystore, Key]:
    store = keystore("a", 501, deletionPolicy=policy, deletionWaitingPeriod="24h")
    document = key("k", 502, {**GENERATED, "deletionPolicy": policy}, "a")
    specs = translate(store).spec, translate(document).spec
    assert isinstance(specs[0], KeystoreSpec)
    assert isinstance(specs[1], KeySpec)
    made = await put_keystore(world.core, "orders.a", specs[0], origin(store))
    return made, await put_key(world.core, "orders.a", "k", specs[1], origin(document))


def gone(world: KmsWorld, record: Key | Keystore):  # type: ignore[no-untyped-def]
    kind = "Key" if isinstance(record, Key) else "Keystore"
    name = "k" if isinstance(record, Key) else "a"
    assert record.origin is not None
    return resource_gone(world.core, kind, "orders.a", name, record.origin.uid)


async def test_retain_keeps_and_delete_schedules(world: KmsWorld) -> None:
    _, kept = await make(world, "Retain")
    orphan = await gone(world, kept)
    assert (orphan.orphaned, orphan.destroy_at) == (True, None)
    assert await gone(world, kept) == orphan


async def test_a_scheduled_key_is_destroyed_when_due_and_not_before(world: KmsWorld) -> None:
    store, doomed = await make(world, "Delete")
    scheduled = await gone(world, doomed)
    assert scheduled.destroy_at == world.clock.now() + DAY
    assert next_due(world.core) == scheduled.destroy_at
    world.clock.advance(DAY - 1)
    assert await destroy_due(world.core) == ()
    assert await gone(world, doomed) == scheduled
    world.clock.advance(1)
    assert [record.id for record in await destroy_due(world.core)] == [doomed.id]
    assert world.state.tables.key(store.id, "k") is None
    assert not world.state.tables.versions(doomed.id)
    assert {row.table for row in world.store.load()} == {"authorities", "keystores"}
    assert next_due(world.core) is None
    world.reopen()
    with pytest.raises(NotFoundError):
        await gone(world, doomed)


async def test_a_keystore_waits_for_its_last_key(world: KmsWorld) -> None:
    store, last = await make(world, "Delete")
    await gone(world, store)
    world.clock.advance(2 * DAY)
    assert await destroy_due(world.core) == ()
    await gone(world, last)
    world.clock.advance(DAY)
    assert {record.id for record in await destroy_due(world.core)} == {store.id, last.id}
    assert world.state.tables.keystores() == []


async def test_shortening_the_period_never_touches_what_is_scheduled(world: KmsWorld) -> None:
    store, doomed = await make(world, "Delete")
    scheduled = await gone(world, doomed)
    longer = translate(keystore("a", 501, deletionPolicy="Delete")).spec
    assert isinstance(longer, KeystoreSpec)
    await put_keystore(world.core, "orders.a", longer, store.origin)
    assert (await gone(world, doomed)).destroy_at == scheduled.destroy_at


async def test_applying_it_again_saves_it(world: KmsWorld) -> None:
    _, doomed = await make(world, "Delete")
    await gone(world, doomed)
    _, saved = await make(world, "Delete")
    assert (saved.id, saved.destroy_at) == (doomed.id, None)


async def test_a_cancelled_destruction_leaves_it_retained(world: KmsWorld) -> None:
    _, doomed = await make(world, "Delete")
    with pytest.raises(ConflictError):
        await cancel(world.core, "Key", "orders.a", "k")
    await gone(world, doomed)
    kept = await cancel(world.core, "Key", "orders.a", "k")
    assert (kept.destroy_at, kept.orphaned) == (None, True)
    world.clock.advance(9 * DAY)
    assert await destroy_due(world.core) == ()


async def test_a_resource_that_stands_isnt_gone(world: KmsWorld) -> None:
    _, held = await make(world, "Delete")
    document = key("k", 502, GENERATED, "a")
    await world.live(document)
    with pytest.raises(ConflictError, match="still stands"):
        await gone(world, held)
    document["metadata"]["deletionTimestamp"] = "2027-01-15T08:00:00Z"
    await world.live(document)
    assert (await gone(world, held)).destroy_at is not None


async def test_the_word_about_another_resource_changes_nothing(world: KmsWorld) -> None:
    _, held = await make(world, "Delete")
    same = await resource_gone(world.core, "Key", "orders.a", "k", "some-other-uid")
    assert same == held


async def test_an_administrator_ends_orphans_and_own_objects_only(world: KmsWorld) -> None:
    _, held = await make(world, "Retain")
    with pytest.raises(ConflictError) as refused:
        await schedule(world.core, "Key", "orders.a", "k")
    assert refused.value.code == "managed_by_resource"
    await gone(world, held)
    assert (await schedule(world.core, "Key", "orders.a", "k")).destroy_at is not None
