# SPDX-License-Identifier: Apache-2.0
"""The state: durable before visible, whole or not at all, verified at each start."""

import asyncio

import pytest
from kms_world import KmsWorld

from skm_common.resources import Authentication, KeystoreSpec
from skm_kms.errors import ConflictError, UnavailableError
from skm_kms.model import Binding, Keystore, KeystoreId
from skm_kms.service.errors import LoadError
from skm_kms.service.loading import load
from skm_kms.store import RowKey

SPEC = KeystoreSpec(Authentication(True, True, None))


def keystore(name: str = "orders.a", generation: int = 1, id_: str = "ks-a") -> Keystore:
    return Keystore(KeystoreId(id_), generation, name, SPEC, Binding("c", "n"), None, 1.0)


async def test_a_commit_is_visible_and_survives_a_restart(world: KmsWorld) -> None:
    before = world.state.generation
    await world.state.commit(keystore())
    assert world.state.generation == before + 1
    assert world.state.tables.keystore("orders.a") == keystore()
    world.reopen()
    assert world.state.tables.keystore("orders.a") == keystore()


async def test_a_change_must_follow_what_stands(world: KmsWorld) -> None:
    await world.state.commit(keystore())
    for generation in (1, 3):
        with pytest.raises(ConflictError):
            await world.state.commit(keystore(generation=generation))
    with pytest.raises(ConflictError):
        await world.state.commit(keystore("orders.b", 2, "ks-b"))
    await world.state.commit(keystore(generation=2))


async def test_a_database_that_fails_leaves_memory_as_it_was(world: KmsWorld) -> None:
    await world.state.commit(keystore())
    world.store._connection.close()
    with pytest.raises(UnavailableError) as refused:
        await world.state.commit(keystore(generation=2))
    assert "state.db" not in str(refused.value)
    assert world.state.trouble is not None
    found = world.state.tables.keystore("orders.a")
    assert found is not None
    assert found.generation == 1


async def test_a_caller_that_is_cancelled_leaves_a_whole_change_behind(world: KmsWorld) -> None:
    task = asyncio.ensure_future(world.state.commit(keystore()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await world.state.commit(keystore("orders.b", 1, "ks-b"))
    assert world.state.tables.keystore("orders.a") == keystore()
    assert [row.id for row in world.store.load() if row.table == "keystores"] == ["ks-a", "ks-b"]


async def test_whoever_waits_is_woken_by_a_change(world: KmsWorld) -> None:
    waiting = asyncio.ensure_future(world.state.news.wait(30))
    await asyncio.sleep(0)
    await world.state.commit(keystore())
    await asyncio.wait_for(waiting, 5)
    assert len(world.state.news) == 0


async def test_a_session_wakes_nobody_and_moves_no_generation(world: KmsWorld) -> None:
    before = world.state.generation
    await world.honest()
    assert world.state.tables.sessions
    assert world.state.generation == before


async def test_a_removed_row_that_others_name_is_found_at_load(world: KmsWorld) -> None:
    from skm_common.resources import KeySpec, SymmetricKey
    from skm_kms.service.keys import put_key
    from skm_kms.service.keystores import put_keystore

    store = await put_keystore(world.core, "orders.a", SPEC, None)
    key = await put_key(world.core, "orders.a", "k", KeySpec("a", SymmetricKey()), None)
    sequence = world.state.sequence
    row = next(row for row in world.store.load() if row.table == "key_versions")
    world.store.commit([], [RowKey("key_versions", row.id)], sequence + 1)
    with pytest.raises(LoadError, match=key.id):
        load(world.store, world.keyring)
    world.store.commit([row], [RowKey("keystores", store.id)], sequence + 2)
    with pytest.raises(LoadError, match="keystore's row is missing"):
        load(world.store, world.keyring)


async def test_a_row_newer_than_the_newest_commit_is_refused(world: KmsWorld) -> None:
    await world.state.commit(keystore())
    world.store._connection.execute("UPDATE rows SET sequence = 99 WHERE name = 'keystores'")
    with pytest.raises(LoadError, match="newer"):
        load(world.store, world.keyring)


async def test_a_probe_finds_trouble_and_its_end(world: KmsWorld) -> None:
    await world.state.probe()
    assert world.state.trouble is None
    world.store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(UnavailableError):
        await world.state.probe()
    assert world.state.trouble
    world.store._connection.execute("PRAGMA query_only = OFF")
    await world.state.probe()
    assert world.state.trouble is None
