# SPDX-License-Identifier: Apache-2.0
"""Access: from a known caller to a key, by what is stored and what the cluster says live."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = (
    "tests/unit/kms",
    "tests/contract/test_what_ends_access.py",
)

_ACCESS: Final = "kms/skm_kms/service/access.py"
_LIVE: Final = "kms/skm_kms/service/live.py"
_TEST_WHAT_ENDS_ACCESS: Final = "tests/contract/test_what_ends_access.py"
_TEST_ACCESS: Final = "tests/unit/kms/service/test_access.py"

MUTANTS: Final = (
    Mutant(
        name="policy_decision",
        file=_ACCESS,
        before="        if allowed is None:\n            raise DeniedError(",
        after="        if False:\n            raise DeniedError(",
        suites=SUITES,
        expected=named(
            _TEST_ACCESS,
            "test_a_narrowed_live_policy_counts_before_it_is_stored",
            "test_a_widened_live_policy_counts_only_once_it_is_stored",
            "test_an_operation_that_no_rule_names_is_denied_by_policy",
        ),
    ),
    Mutant(
        name="live_policy_narrower",
        file=_ACCESS,
        before="if all(decide((form,), facts, key, operation).allowed for form in forms):",
        after="if decide(forms[:1], facts, key, operation).allowed:",
        suites=SUITES,
        expected=named(_TEST_ACCESS, "test_a_narrowed_live_policy_counts_before_it_is_stored"),
    ),
    Mutant(
        name="live_resource_gone",
        file=_LIVE,
        before="        if fact is None or fact.terminating",
        after="        if fact is None:\n            return stored\n        if fact.terminating",
        suites=SUITES,
        expected=named(
            _TEST_ACCESS,
            "test_a_resource_that_doesnt_live_grants_nothing[gone-key]",
            "test_a_resource_that_doesnt_live_grants_nothing[gone-keystore]",
            "test_a_resource_that_doesnt_live_grants_nothing[gone-policy]",
            "test_a_resource_that_doesnt_live_grants_nothing[never-key]",
            "test_a_resource_that_doesnt_live_grants_nothing[never-keystore]",
            "test_a_resource_that_doesnt_live_grants_nothing[never-policy]",
        ),
    ),
    Mutant(
        name="live_resource_another",
        file=_LIVE,
        before=" or fact.uid != origin.uid:",
        after=":",
        suites=SUITES,
        expected=named(
            _TEST_ACCESS,
            "test_a_resource_that_doesnt_live_grants_nothing[another-key]",
            "test_a_resource_that_doesnt_live_grants_nothing[another-keystore]",
            "test_a_resource_that_doesnt_live_grants_nothing[another-policy]",
        ),
    ),
    Mutant(
        name="keystore_of_an_earlier_namespace",
        file=_ACCESS,
        before="if not here or not ours or keystore.destroy_at is not None:",
        after="if keystore.destroy_at is not None:",
        suites=SUITES,
        expected=named(
            _TEST_WHAT_ENDS_ACCESS, "test_a_namespace_made_again_reads_nothing_of_the_earlier_one"
        )
        | named(_TEST_ACCESS, "test_a_keystore_of_another_place_lets_nobody_in"),
    ),
    Mutant(
        name="key_scheduled_for_destruction",
        file=_ACCESS,
        before="if key is None or spec is None or key.destroy_at is not None:",
        after="if key is None or spec is None:",
        suites=SUITES,
        expected=named(
            _TEST_WHAT_ENDS_ACCESS, "test_a_key_scheduled_for_destruction_is_read_no_more"
        ),
    ),
    Mutant(
        name="kept_grant_of_an_earlier_state",
        file=_ACCESS,
        before="and state == self._state.generation\n",
        after="",
        suites=SUITES,
        expected=named(
            _TEST_WHAT_ENDS_ACCESS, "test_a_key_scheduled_for_destruction_is_read_no_more"
        )
        | named(_TEST_ACCESS, "test_a_grant_ends_with_any_news_and_with_its_time"),
    ),
    Mutant(
        name="kept_grant_of_earlier_facts",
        file=_ACCESS,
        before="callers == self._checks.generation\n            and ",
        after="",
        suites=SUITES,
        expected=named(
            _TEST_ACCESS,
            "test_a_grant_ends_with_any_news_and_with_its_time",
            "test_a_resource_that_doesnt_live_grants_nothing[another-key]",
            "test_a_resource_that_doesnt_live_grants_nothing[another-keystore]",
            "test_a_resource_that_doesnt_live_grants_nothing[another-policy]",
            "test_a_resource_that_doesnt_live_grants_nothing[going-key]",
            "test_a_resource_that_doesnt_live_grants_nothing[going-keystore]",
            "test_a_resource_that_doesnt_live_grants_nothing[going-policy]",
            "test_a_resource_that_doesnt_live_grants_nothing[gone-key]",
            "test_a_resource_that_doesnt_live_grants_nothing[gone-keystore]",
            "test_a_resource_that_doesnt_live_grants_nothing[gone-policy]",
        ),
    ),
    Mutant(
        name="kept_grant_after_its_end",
        file=_ACCESS,
        before="and grant.admission.valid_until > self._clock.monotonic()\n",
        after="",
        suites=SUITES,
        expected=named(
            _TEST_WHAT_ENDS_ACCESS, "test_a_connection_that_stands_ends_with_its_certificate"
        )
        | named(_TEST_ACCESS, "test_a_grant_ends_with_any_news_and_with_its_time"),
    ),
)
