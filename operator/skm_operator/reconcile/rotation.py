# SPDX-License-Identifier: Apache-2.0
"""Rotation by annotation: `skm.dev/rotate-at` names a time, and the key rotates once when it comes.

The last value that led to a rotation stands in the Key's status. A crash between the two can't
rotate twice: the call names the version that was current, and a KMS that is past it refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from skm_common import names


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation whose time has come: the annotation's value, and the version it starts from."""

    rotate_at: str
    expected_version: int


class RotateAtError(ValueError):
    """The annotation isn't a time; the text says what to write instead."""


def due(resource: Mapping[str, Any], current_version: int, now: datetime) -> Rotation | None:
    """The rotation to ask for now, or None; raises RotateAtError for what is no RFC 3339 time."""
    wanted = (resource["metadata"].get("annotations") or {}).get(names.ROTATE_AT)
    applied = (resource.get("status") or {}).get("rotateAt")
    if wanted is None or wanted == applied:
        return None
    return Rotation(wanted, current_version) if _moment(wanted) <= now else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in text:
        raise RotateAtError(
            f"annotation {names.ROTATE_AT} must be an RFC 3339 time with a zone, "
            "such as 2027-01-31T04:00:00Z"
        )
    return moment
