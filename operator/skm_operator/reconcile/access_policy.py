# SPDX-License-Identifier: Apache-2.0
"""An AccessPolicy as the KMS holds it, in the status of its resource."""

from collections.abc import Mapping
from typing import Any

from skm_common.resources import AccessPolicySpec
from skm_operator.conditions import ACTIVE, READY, TRUE, Condition
from skm_operator.reconcile.view import View


def policy_fields(view: View) -> Mapping[str, Any]:
    """The AccessPolicy's own fields of the status."""
    return {"id": view.id}


def policy_ready(spec: AccessPolicySpec) -> Condition:
    """Ready, where the KMS has no objection of its own."""
    accounts = ", ".join(sorted({subject.service_account for subject in spec.subjects}))
    return Condition(READY, TRUE, ACTIVE, f"In force for pods of ServiceAccount {accounts}.")
