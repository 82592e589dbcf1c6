# SPDX-License-Identifier: Apache-2.0
"""Records as the admin plane shows them; no view has a place for material."""

from typing import Any

from skm_kms.model import Administrator, Key, Keystore, KeyVersion, Policy
from skm_kms.service.conditions import Condition, key_conditions, keystore_conditions, state_of
from skm_kms.service.core import Core

from ..times import rfc3339
from .models import (
    AdministratorView,
    ConditionView,
    KeystoreView,
    KeyView,
    PolicyView,
    ResourceView,
    VersionView,
)


def keystore_view(core: Core, keystore: Keystore) -> KeystoreView:
    """A keystore, with what stands in its way."""
    return KeystoreView(
        **_common(keystore),
        **_ending(keystore),
        conditions=condition_views(keystore_conditions(core, keystore)),
    )


def key_view(core: Core, key: Key) -> KeyView:
    """A key, with what stands in its way."""
    keystore = core.state.tables.keystore_by_id(key.keystore_id)
    return KeyView(
        **_common(key),
        **_ending(key),
        keystore=keystore.name if keystore else "",
        kind=key.spec.material.kind,
        current_version=key.current_version or None,
        rotate_at=key.rotate_at,
        conditions=condition_views(key_conditions(key)),
    )


def policy_view(core: Core, policy: Policy) -> PolicyView:
    """A policy."""
    keystore = core.state.tables.keystore_by_id(policy.keystore_id)
    return PolicyView(
        **_common(policy), state="Enabled", keystore=keystore.name if keystore else ""
    )


def version_view(version: KeyVersion) -> VersionView:
    """A version without its material."""
    return VersionView(
        version=version.number, state=version.state, created_at=rfc3339(version.created_at)
    )


def administrator_fields(row: Administrator) -> dict[str, str]:
    """The fields of everyone with a role."""
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339(row.expires_at),
    }


def administrator_view(row: Administrator) -> AdministratorView:
    """Somebody with a role."""
    return AdministratorView(**administrator_fields(row))


def condition_views(conditions: tuple[Condition, ...]) -> list[ConditionView]:
    """Conditions as they are shown."""
    return [
        ConditionView(type=c.type, status=c.status, reason=c.reason, message=c.message)
        for c in conditions
    ]


def _common(record: Keystore | Key | Policy) -> dict[str, Any]:
    origin = record.origin
    behind = ResourceView(uid=origin.uid, generation=origin.generation) if origin else None
    return {
        "id": record.id,
        "name": record.name,
        "generation": record.generation,
        "resource": behind,
        "document": record.spec.document(),
        "created_at": rfc3339(record.created_at),
    }


def _ending(record: Keystore | Key) -> dict[str, Any]:
    return {
        "state": state_of(record),
        "orphaned": record.orphaned,
        "destroy_at": None if record.destroy_at is None else rfc3339(record.destroy_at),
    }
