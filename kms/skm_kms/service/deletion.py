# SPDX-License-Identifier: Apache-2.0
"""The end of objects: a resource that goes, destruction scheduled, cancelled, and at last done."""

from dataclasses import replace
from typing import Any, Final

from skm_kms.errors import ConflictError, NotFoundError
from skm_kms.model import Key, Keystore, Policy, Record

from .applying import read_live
from .core import Core
from .keystores import find_keystore

Kept = Keystore | Key

DELETE: Final = "Delete"


async def resource_gone(
    core: Core, kind: str, keystore_name: str, name: str, uid: str
) -> Keystore | Key | Policy:
    """What becomes of an object whose resource is gone or going: its stored policy decides.

    `Delete` schedules its destruction after the keystore's waiting period, `Retain` keeps it as
    orphaned, a policy is removed. The same again changes nothing. Raises ConflictError while the
    resource stands in the cluster, NotFoundError if there is no object of this name.
    """
    namespace = keystore_name.partition(".")[0]
    live = await read_live(core, kind, (namespace, name))
    if live is not None and live.uid == uid and not live.terminating:
        raise ConflictError(f"{kind} {namespace}/{name} still stands in the cluster")
    async with core.state.writing:
        standing = _find(core, kind, keystore_name, name)
        if standing.origin is None or standing.origin.uid != uid:
            return standing
        if isinstance(standing, Policy):
            await core.state.commit(removes=(standing,))
            return standing
        return await _let_go(core, standing)


async def schedule(core: Core, kind: str, keystore_name: str, name: str) -> Keystore | Key:
    """Schedule the destruction of an administrator's own object, or of an orphaned one."""
    async with core.state.writing:
        standing = _find(core, kind, keystore_name, name)
        if isinstance(standing, Policy):
            raise ConflictError("a policy is removed, never scheduled")
        if standing.origin is not None and not standing.orphaned:
            raise ConflictError(
                f"a custom resource stands behind this {kind}; delete that",
                code="managed_by_resource",
            )
        return await _change(core, standing, destroy_at=_due_time(core, standing))


async def cancel(core: Core, kind: str, keystore_name: str, name: str) -> Keystore | Key:
    """Keep an object whose destruction is scheduled; it stays retained until it is taken up."""
    async with core.state.writing:
        standing = _find(core, kind, keystore_name, name)
        if isinstance(standing, Policy) or standing.destroy_at is None:
            raise ConflictError("no destruction is scheduled")
        return await _change(core, standing, destroy_at=None, orphaned=standing.origin is not None)


async def destroy_due(core: Core) -> tuple[Key | Keystore, ...]:
    """Destroy every key and keystore whose time has come, and say which; a keystore waits for
    its last key."""
    now = core.clock.now()
    async with core.state.writing:
        tables = core.state.tables
        keys = tuple(key for key in tables.all_keys() if _has_come(key, now))
        gone = {key.id for key in keys}
        keystores = tuple(
            keystore
            for keystore in tables.keystores()
            if _has_come(keystore, now) and all(k.id in gone for k in tables.keys(keystore.id))
        )
        removes: list[Record] = [v for key in keys for v in tables.versions(key.id).values()]
        removes += [policy for keystore in keystores for policy in tables.policies(keystore.id)]
        if keys or keystores:
            await core.state.commit(removes=(*removes, *keys, *keystores))
        for key in keys:
            core.vault.forget(key.id)
        return (*keys, *keystores)


def next_due(core: Core) -> float | None:
    """The Unix time of the next scheduled destruction."""
    tables = core.state.tables
    found = [key.destroy_at for key in tables.all_keys() if key.destroy_at is not None]
    found += [store.destroy_at for store in tables.keystores() if store.destroy_at is not None]
    return min(found, default=None)


def _find(core: Core, kind: str, keystore_name: str, name: str) -> Keystore | Key | Policy:
    keystore = find_keystore(core, keystore_name)
    tables = core.state.tables
    found: Keystore | Key | Policy | None = keystore
    if kind == "Key":
        found = tables.key(keystore.id, name)
    elif kind == "AccessPolicy":
        found = tables.policy(keystore.id, name)
    if found is None:
        raise NotFoundError(f"there is no {kind} {name} in keystore {keystore_name}")
    return found


async def _let_go(core: Core, standing: Kept) -> Kept:
    if standing.destroy_at is not None or standing.orphaned:
        return standing
    if standing.spec.deletion_policy == DELETE:
        return await _change(core, standing, destroy_at=_due_time(core, standing))
    return await _change(core, standing, orphaned=True)


async def _change(core: Core, standing: Kept, **changes: Any) -> Kept:
    wanted = replace(standing, **changes)
    if wanted == standing:
        return standing
    wanted = replace(wanted, generation=standing.generation + 1)
    await core.state.commit(wanted)
    return wanted


def _due_time(core: Core, standing: Keystore | Key) -> float:
    """When a destruction that is scheduled now comes; one scheduled before keeps its time."""
    if standing.destroy_at is not None:
        return standing.destroy_at
    if isinstance(standing, Keystore):
        period = standing.spec.deletion_waiting_period
    else:
        keystore = core.state.tables.keystore_by_id(standing.keystore_id)
        if keystore is None:
            raise NotFoundError("the key's keystore was destroyed")
        period = keystore.spec.deletion_waiting_period
    return core.clock.now() + period


def _has_come(record: Key | Keystore, now: float) -> bool:
    return record.destroy_at is not None and record.destroy_at <= now
