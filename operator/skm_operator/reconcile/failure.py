# SPDX-License-Identifier: Apache-2.0
"""The conditions of an object that couldn't be brought into the KMS, in words a user can act on."""

from collections.abc import Mapping
from typing import Any, Final

from skm_common.resources import ResourceError
from skm_operator import conditions
from skm_operator.conditions import FALSE, UNKNOWN, Condition, both
from skm_operator.errors import KmsAwayError, KmsError, KmsRefusedError
from skm_operator.reconcile.outcome import Outcome, outcome

_REASONS: Final = {
    "invalid_request": conditions.INVALID,
    "too_large": conditions.INVALID,
    "not_supported": conditions.NOT_SUPPORTED,
    "not_found": conditions.KEYSTORE_NOT_FOUND,
    "adoption_required": conditions.ADOPTION_REQUIRED,
    "conflict": conditions.CONFLICT,
    "managed_by_resource": conditions.CONFLICT,
    "forbidden": conditions.NOT_ALLOWED,
    "unauthenticated": conditions.NOT_ALLOWED,
    "denied": conditions.NOT_ALLOWED,
}
"""Problem code → reason; what isn't named here is Refused."""

_FINAL: Final = frozenset({conditions.INVALID, conditions.NOT_SUPPORTED})
"""Reasons that hold until somebody changes the resource."""


def unreadable(resource: Mapping[str, Any], error: ResourceError, now: str) -> Outcome:
    """The resource asks for what it can't have: nothing was sent to the KMS."""
    told = both(FALSE, error.reason, f"{error}.")
    return outcome(resource, told, now, settled=True)


def failed(resource: Mapping[str, Any], error: KmsError, now: str) -> Outcome:
    """The KMS refused, or was away: the rest of the status stays as it was."""
    told = _away(error) if isinstance(error, KmsAwayError) else _refused(resource, error)
    settled = isinstance(error, KmsRefusedError) and told[0].reason in _FINAL
    return outcome(resource, told, now, settled=settled)


def _away(error: KmsError) -> tuple[Condition, Condition]:
    message = (
        f"The KMS can't answer now ({error.detail}); it is asked again by itself. If this lasts, "
        "look at its pods and at their readiness."
    )
    return both(UNKNOWN, conditions.RECONCILING, message)


def _refused(resource: Mapping[str, Any], error: KmsError) -> tuple[Condition, Condition]:
    reason = _REASONS.get(error.code, conditions.REFUSED)
    return both(FALSE, reason, _words(resource, reason, error.detail))


def _words(resource: Mapping[str, Any], reason: str, detail: str) -> str:
    if reason == conditions.KEYSTORE_NOT_FOUND and resource["kind"] != "Keystore":
        keystore = resource["spec"]["keystoreRef"]["name"]
        return f"Keystore {keystore} isn't in the KMS yet; apply it in this namespace."
    if reason == conditions.NOT_ALLOWED:
        return f"The KMS doesn't accept this operator ({detail}); look at the KMS's settings."
    return f"The KMS refused: {detail}"
