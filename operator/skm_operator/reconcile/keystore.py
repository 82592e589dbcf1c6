# SPDX-License-Identifier: Apache-2.0
"""A Keystore as the KMS holds it, in the status of its resource."""

from collections.abc import Mapping
from typing import Any

from skm_common.resources import KeystoreSpec
from skm_operator.conditions import ACTIVE, READY, TRUE, Condition
from skm_operator.reconcile.view import View


def keystore_fields(spec: KeystoreSpec, view: View) -> Mapping[str, Any]:
    """The Keystore's own fields of the status."""
    return {
        "id": view.id,
        "methods": list(spec.authentication.selected),
        "destroyAt": view.destroy_at,
    }


def keystore_ready(spec: KeystoreSpec) -> Condition:
    """Ready, where the KMS has no objection of its own (such as a MAC that it can't prove)."""
    methods = ", ".join(spec.authentication.selected)
    return Condition(READY, TRUE, ACTIVE, f"Every caller must pass {methods}.")
