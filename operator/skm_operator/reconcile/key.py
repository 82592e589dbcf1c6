# SPDX-License-Identifier: Apache-2.0
"""A Key as the KMS holds it, in the status of its resource; never a value of it."""

from collections.abc import Mapping
from typing import Any, Final

from skm_common.resources import GeneratedSecret, KeySpec, ManagedSecret, ResourceRef, SymmetricKey
from skm_operator.conditions import ACTIVE, FALSE, NO_VALUE, READY, TRUE, Condition
from skm_operator.reconcile.view import View

DATABASE_REMINDER: Final = (
    "If a database checks this password, tell it of each change: see docs/operations.md."
)


def key_fields(spec: KeySpec, view: View) -> Mapping[str, Any]:
    """The Key's own fields of the status."""
    algorithm = spec.material.algorithm if isinstance(spec.material, SymmetricKey) else None
    return {
        "id": view.id,
        "kind": spec.material.kind,
        "algorithm": algorithm,
        "currentVersion": view.current_version or 0,
        "destroyAt": view.destroy_at,
    }


def key_ready(reference: ResourceRef, spec: KeySpec, view: View) -> Condition:
    """Ready, where the KMS has no objection of its own."""
    version = view.current_version or 0
    if version == 0 and isinstance(spec.material, ManagedSecret):
        return Condition(READY, FALSE, NO_VALUE, _set_it(reference, spec))
    reminder = f" {DATABASE_REMINDER}" if isinstance(spec.material, GeneratedSecret) else ""
    return Condition(READY, TRUE, ACTIVE, f"Version {version} is current.{reminder}")


def _set_it(reference: ResourceRef, spec: KeySpec) -> str:
    path = f"{reference.namespace}.{spec.keystore} {reference.name}"
    return f"The secret has no value yet; give it one with: skm secret set {path}"
