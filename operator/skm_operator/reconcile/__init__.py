# SPDX-License-Identifier: Apache-2.0
"""Reconciliation as functions of values: live resource and KMS's view → status and event."""

from skm_operator.reconcile.drift import Drift, Pair, compare
from skm_operator.reconcile.failure import failed, unreadable
from skm_operator.reconcile.outcome import Event, Outcome
from skm_operator.reconcile.rotation import RotateAtError, RotationState, due, rotated
from skm_operator.reconcile.success import held
from skm_operator.reconcile.view import View, keystore_of, path_of, read_view

__all__ = [
    "Drift",
    "Event",
    "Outcome",
    "Pair",
    "RotateAtError",
    "RotationState",
    "View",
    "compare",
    "due",
    "failed",
    "held",
    "keystore_of",
    "path_of",
    "read_view",
    "rotated",
    "unreadable",
]
