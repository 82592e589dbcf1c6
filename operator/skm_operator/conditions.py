# SPDX-License-Identifier: Apache-2.0
"""Conditions (metav1.Condition): types and reasons by name, and how a list of them changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# Types.
READY: Final = "Ready"
SYNCED: Final = "Synced"

# Statuses.
TRUE: Final = "True"
FALSE: Final = "False"
UNKNOWN: Final = "Unknown"

# Reasons: what a program may look at. The message beside each says what to do next.
ACTIVE: Final = "Active"
ADOPTION_REQUIRED: Final = "AdoptionRequired"
APPLIED: Final = "Applied"
CONFLICT: Final = "Conflict"
INVALID: Final = "Invalid"
KEYSTORE_NOT_FOUND: Final = "KeystoreNotFound"
NO_VALUE: Final = "NoValue"
NOT_ALLOWED: Final = "NotAllowed"
NOT_SUPPORTED: Final = "NotSupported"
RECONCILING: Final = "Reconciling"
REFUSED: Final = "Refused"
ROTATE_AT_INVALID: Final = "RotateAtInvalid"

_LONGEST_MESSAGE: Final = 32768


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds, why in one word, and why in a sentence that says what to do next."""

    type: str
    status: str
    reason: str
    message: str


def both(status: str, reason: str, message: str) -> tuple[Condition, Condition]:
    """Ready and Synced with the same word: while the KMS lacks the object, neither can hold."""
    return Condition(READY, status, reason, message), Condition(SYNCED, status, reason, message)


def find(conditions: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any] | None:
    """The condition of one type in an object's status."""
    return next((found for found in conditions if found.get("type") == kind), None)


def renewed(
    previous: Sequence[Mapping[str, Any]],
    conditions: Iterable[Condition],
    generation: int,
    now: str,
) -> list[dict[str, Any]]:
    """The list for the status; `lastTransitionTime` moves only where a status changes.

    `now` is RFC 3339. Types that aren't given any more are dropped: nobody else writes there.
    """
    return [_renew(find(previous, item.type), item, generation, now) for item in conditions]


def _renew(
    previous: Mapping[str, Any] | None, condition: Condition, generation: int, now: str
) -> dict[str, Any]:
    same = previous is not None and previous.get("status") == condition.status
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message[:_LONGEST_MESSAGE],
        "lastTransitionTime": previous["lastTransitionTime"] if previous and same else now,
        "observedGeneration": generation,
    }
