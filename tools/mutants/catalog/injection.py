# SPDX-License-Identifier: Apache-2.0
"""Injection: what the webhook refuses before a pod exists."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = ("tests/unit/injector/webhook",)

_PLAN: Final = "injector/skm_injector/webhook/plan.py"
_RIGHTS: Final = "injector/skm_injector/webhook/rights.py"
_SHAPE: Final = "injector/skm_injector/webhook/shape.py"
_TEST_REVIEW: Final = "tests/unit/injector/webhook/test_review.py"

MUTANTS: Final = (
    Mutant(
        name="webhook_policy_could_admit",
        file=_RIGHTS,
        before="if decision.allowed:",
        after="if True:",
        suites=SUITES,
        expected=named(
            _TEST_REVIEW,
            "test_a_policy_that_can_t_be_used_says_why",
            "test_what_the_resources_don_t_allow_is_refused_for_now",
        ),
    ),
    Mutant(
        name="webhook_shared_with_others",
        file=_SHAPE,
        before='if pod["spec"].get(field):',
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_REVIEW,
            "test_a_pod_that_shares_with_others_is_refused[hostNetwork]",
            "test_a_pod_that_shares_with_others_is_refused[hostPID]",
            "test_a_pod_that_shares_with_others_is_refused[shareProcessNamespace]",
        ),
    ),
    Mutant(
        name="webhook_proof_of_identity",
        file=_SHAPE,
        before="if _proves_identity(source):",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_REVIEW, "test_a_proof_of_identity_for_the_author_is_refused"),
    ),
    Mutant(
        name="webhook_variable_from_secrets",
        file=_SHAPE,
        before='if variable["name"] != names.MARKER_VARIABLE and is_ours(',
        after="if False and is_ours(",
        suites=SUITES,
        expected=named(_TEST_REVIEW, "test_a_variable_from_our_volume_is_refused"),
    ),
    Mutant(
        name="webhook_record_of_labels",
        file=_PLAN,
        before='    labels = pod["metadata"].get("labels") or {}\n',
        after="    labels = {}\n",
        suites=SUITES,
        expected=named(
            _TEST_REVIEW, "test_the_record_of_labels_is_the_pod_s_labels_whatever_the_author_wrote"
        ),
    ),
)
