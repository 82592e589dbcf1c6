# SPDX-License-Identifier: Apache-2.0
"""The outcome for an object that the KMS holds as its resource asks."""

from collections.abc import Mapping
from typing import Any

from skm_common.resources import Desired, KeySpec, KeystoreSpec
from skm_operator import conditions
from skm_operator.conditions import READY, SYNCED, TRUE, Condition
from skm_operator.reconcile.access_policy import policy_fields, policy_ready
from skm_operator.reconcile.key import key_fields, key_ready
from skm_operator.reconcile.keystore import keystore_fields, keystore_ready
from skm_operator.reconcile.outcome import Outcome, outcome
from skm_operator.reconcile.view import View


def held(
    resource: Mapping[str, Any], desired: Desired, view: View, now: str, **more: Any
) -> Outcome:
    """Status of a resource whose object in the KMS is `view`; `more` are further fields of it.

    The KMS's own conditions stand beside ours; where it speaks of Ready, its word counts.
    """
    theirs = {item.type: item for item in view.conditions if item.type != SYNCED}
    ready = theirs.pop(READY, None) or _ready(desired, view)
    generation = desired.reference.generation
    synced = Condition(SYNCED, TRUE, conditions.APPLIED, f"The KMS holds generation {generation}.")
    told = (ready, synced, *theirs.values())
    return outcome(resource, told, now, settled=True, **_fields(desired, view), **more)


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
