# SPDX-License-Identifier: Apache-2.0
"""Rotation by annotation: `skm.dev/rotate-at` names a time; when it comes, the key rotates once.

The last value that led to a rotation stands in the Key's status; the KMS remembers it too, so that
a crash between the two rotates no second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from skm_common import names
from skm_common.resources import KeySpec, ManagedSecret
from skm_operator.reconcile.view import View


@dataclass(frozen=True, slots=True)
class RotationState:
    """Where a rotation by annotation stands: was applied, waits to be tried again, or can't be."""

    applied: str | None = None
    waits: bool = False
    objection: str | None = None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of the status that it changes."""
        return {} if self.applied is None else {"rotateAt": self.applied}


class RotateAtError(ValueError):
    """The annotation asks for what can't be; the text says what to write instead."""


def due(resource: Mapping[str, Any], spec: KeySpec, now: datetime) -> str | None:
    """The annotation's value if its time has come and it wasn't applied; raises RotateAtError."""
    wanted = (resource["metadata"].get("annotations") or {}).get(names.ROTATE_AT)
    applied = (resource.get("status") or {}).get("rotateAt")
    if wanted is None or wanted == applied:
        return None
    moment = _moment(wanted)
    if isinstance(spec.material, ManagedSecret):
        raise RotateAtError(
            f"Annotation {names.ROTATE_AT} can't rotate a managed secret; remove it, and give the "
            "secret a new value with skm secret set."
        )
    return wanted if moment <= now else None


def rotated(rotate_at: str, before: View, after: View) -> RotationState:
    """What the KMS's answer to a rotation means; it may find that the time hasn't come yet."""
    done = after.rotate_at == rotate_at or after.current_version != before.current_version
    return RotationState(applied=rotate_at) if done else RotationState(waits=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in text:
        raise RotateAtError(
            f"Annotation {names.ROTATE_AT} must be an RFC 3339 time with a zone, "
            "such as 2027-01-31T04:00:00Z."
        )
    return moment
