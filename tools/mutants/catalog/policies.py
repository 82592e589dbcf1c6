# SPDX-License-Identifier: Apache-2.0
"""Policies: which callers a rule lets in, by every part of it."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = (
    "tests/unit/common/policy",
    "tests/unit/injector/webhook",
)

_DECISION: Final = "common/skm_common/policy/decision.py"
_TEST_DECISION: Final = "tests/unit/common/policy/test_decision.py"
_TEST_REVIEW: Final = "tests/unit/injector/webhook/test_review.py"

MUTANTS: Final = (
    Mutant(
        name="policy_namespace",
        file=_DECISION,
        before="if caller.workload.namespace != policy.namespace:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_DECISION, "test_one_thing_that_differs_is_enough_and_is_named[another namespace]"
        ),
    ),
    Mutant(
        name="policy_service_account",
        file=_DECISION,
        before="if workload.service_account != subject.service_account:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_DECISION,
            "test_admission_leaves_networks_to_the_kms_and_nothing_else",
            "test_one_thing_that_differs_is_enough_and_is_named[another ServiceAccount]",
        ),
    ),
    Mutant(
        name="policy_label_now",
        file=_DECISION,
        before="if not _has(workload.labels, name, value):",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_DECISION,
            "test_one_thing_that_differs_is_enough_and_is_named[another label now]",
            "test_one_thing_that_differs_is_enough_and_is_named[no label now]",
        ),
    ),
    Mutant(
        name="policy_label_at_creation",
        file=_DECISION,
        before="if not _has(workload.created_labels, name, value):",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_DECISION,
            "test_one_thing_that_differs_is_enough_and_is_named[another label at creation]",
            "test_one_thing_that_differs_is_enough_and_is_named[no label at creation]",
        ),
    ),
    Mutant(
        name="policy_network",
        file=_DECISION,
        before="if not _in_networks(spec.cidrs, caller.address):",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_DECISION,
            "test_one_thing_that_differs_is_enough_and_is_named[an address above]",
            "test_one_thing_that_differs_is_enough_and_is_named[an address below]",
            "test_parts_of_two_policies_do_not_mix",
        ),
    ),
    Mutant(
        name="policy_rule_key",
        file=_DECISION,
        before="_rule_names(rule.keys, key) and operation in rule.operations",
        after="operation in rule.operations",
        suites=SUITES,
        expected=named(
            _TEST_DECISION,
            "test_a_star_is_every_key_and_a_key_named_star_is_none",
            "test_admission_leaves_networks_to_the_kms_and_nothing_else",
            "test_one_rules_keys_and_anothers_operations_do_not_mix",
            "test_one_thing_that_differs_is_enough_and_is_named[another key]",
            "test_parts_of_two_policies_do_not_mix",
        )
        | named(_TEST_REVIEW, "test_what_the_resources_don_t_allow_is_refused_for_now"),
    ),
    Mutant(
        name="policy_rule_operation",
        file=_DECISION,
        before="_rule_names(rule.keys, key) and operation in rule.operations",
        after="_rule_names(rule.keys, key)",
        suites=SUITES,
        expected=named(
            _TEST_DECISION,
            "test_any_subject_any_network_any_rule_will_do",
            "test_one_rules_keys_and_anothers_operations_do_not_mix",
            "test_one_thing_that_differs_is_enough_and_is_named[another operation]",
        ),
    ),
)
