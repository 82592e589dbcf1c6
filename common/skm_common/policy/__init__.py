# SPDX-License-Identifier: Apache-2.0
"""Who may do what: pure matching and its explanation, for the KMS and for admission."""

from skm_common.policy.decision import Decision, NamedPolicy, could_admit, decide
from skm_common.policy.facts import CallerFacts, Workload

__all__ = ["CallerFacts", "Decision", "NamedPolicy", "Workload", "could_admit", "decide"]
