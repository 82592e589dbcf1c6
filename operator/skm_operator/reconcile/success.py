# SPDX-License-Identifier: Apache-2.0
"""The outcome for an object that the KMS holds as its resource asks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skm_common.resources import Desired, KeySpec, KeystoreSpec
from skm_operator import conditions
from skm_operator.conditions import FALSE, READY, SYNCED, TRUE, Condition
from skm_operator.reconcile.access_policy import policy_fields, policy_ready
from skm_operator.reconcile.key import key_fields, key_ready
from skm_operator.reconcile.keystore import keystore_fields, keystore_ready
from skm_operator.reconcile.outcome import Outcome, outcome
from skm_operator.reconcile.rotation import RotationState
from skm_operator.reconcile.view import View


def held(
    resource: Mapping[str, Any],
    desired: Desired,
    view: View,
    now: str,
    *,
    rotation: RotationState | None = None,
) -> Outcome:
    """Status of a resource whose object in the KMS is `view`.

    The KMS's own conditions stand beside ours; where it speaks of Ready its word counts, unless
    ours says more precisely what is missing.
    """
    rotation = rotation or RotationState()
    ready = _ready(desired, view)
    theirs = [item for item in view.conditions if item.type != SYNCED]
    if ready.status == TRUE:
        ready = next((item for item in theirs if item.type == READY), ready)
    synced = _synced(desired, rotation)
    if rotation.objection:
        ready = replace(ready, message=f"{ready.message} {rotation.objection}")
    others = {item.type: item for item in theirs if item.type != READY}
    fields = {**_fields(desired, view), **rotation.fields}
    told = (ready, synced, *others.values())
    return outcome(resource, told, now, settled=not rotation.waits, **fields)


def _synced(desired: Desired, rotation: RotationState) -> Condition:
    if rotation.objection:
        return Condition(SYNCED, FALSE, conditions.ROTATE_AT_INVALID, rotation.objection)
    words = f"The KMS holds generation {desired.reference.generation}."
    return Condition(SYNCED, TRUE, conditions.APPLIED, words)


def _ready(desired: Desired, view: View) -> Condition:
    spec = desired.spec
    if isinstance(spec, KeystoreSpec):
        return keystore_ready(spec)
    if isinstance(spec, KeySpec):
        return key_ready(desired.reference, spec, view)
    return policy_ready(spec)


def _fields(desired: Desired, view: View) -> Mapping[str, Any]:
    spec = desired.spec
    if isinstance(spec, KeystoreSpec):
        return keystore_fields(spec, view)
    if isinstance(spec, KeySpec):
        return key_fields(spec, view)
    return policy_fields(view)
