# SPDX-License-Identifier: Apache-2.0
"""What stands in an object's way, in words a user can act on; nothing where all is well."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from skm_kms.model import Key, Keystore

from .core import Core

READY: Final = "Ready"
EVIDENCE_UNAVAILABLE: Final = "EvidenceUnavailable"
ORPHANED: Final = "Orphaned"
PENDING_DESTRUCTION: Final = "PendingDestruction"
NO_VALUE: Final = "NoValue"
ADOPTION_REQUIRED: Final = "AdoptionRequired"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as Kubernetes has them; `status` is True, False or Unknown."""

    type: str
    status: str
    reason: str
    message: str


def keystore_conditions(core: Core, keystore: Keystore) -> tuple[Condition, ...]:
    """Why callers can't be served from a keystore; empty if they can."""
    found = list(_end_conditions(keystore))
    namespace = core.cluster.namespace(keystore.namespace)
    if namespace is not None and namespace.uid != keystore.binding.namespace:
        message = f"It belongs to an earlier namespace: skm keystore adopt {keystore.name}"
        found.append(_not_ready(ADOPTION_REQUIRED, message))
    if keystore.spec.authentication.mac is not None and not core.attests():
        message = (
            "The keystore selects mac, but no node attests any MAC now: "
            "run the node agent (chart value nodeAgent.enabled), or take mac out of the methods."
        )
        found.append(_not_ready(EVIDENCE_UNAVAILABLE, message))
    return tuple(found)


def key_conditions(key: Key) -> tuple[Condition, ...]:
    """Why a key can't be used; empty if it can."""
    found = list(_end_conditions(key))
    if key.current_version == 0:
        found.append(_not_ready(NO_VALUE, "It has no value yet; give it one: skm secret set"))
    return tuple(found)


def state_of(record: Keystore | Key) -> str:
    """One word for lists: Enabled, Orphaned or PendingDestruction."""
    if record.destroy_at is not None:
        return PENDING_DESTRUCTION
    return ORPHANED if record.orphaned else "Enabled"


def _end_conditions(record: Keystore | Key) -> tuple[Condition, ...]:
    if record.destroy_at is not None:
        when = datetime.fromtimestamp(record.destroy_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = f"It will be destroyed at {when}; apply its resource again to keep it."
        return (_not_ready(PENDING_DESTRUCTION, message),)
    if record.orphaned:
        message = "Its resource is gone and it was kept; apply the resource again to use it."
        return (_not_ready(ORPHANED, message),)
    return ()


def _not_ready(reason: str, message: str) -> Condition:
    return Condition(READY, "False", reason, message)
