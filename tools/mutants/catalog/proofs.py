# SPDX-License-Identifier: Apache-2.0
"""Proofs: who gets a first identity, and whose reports are taken as evidence."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = ("tests/unit/identity",)

_BOOTSTRAP: Final = "kms/skm_kms/identity/bootstrap.py"
_EVIDENCE: Final = "kms/skm_kms/identity/evidence.py"
_IDENTITY: Final = "kms/skm_kms/identity/identity.py"
_ISSUING: Final = "kms/skm_kms/identity/issuing.py"
_TOKENS: Final = "kms/skm_kms/identity/tokens.py"
_TEST_BOOTSTRAP: Final = "tests/unit/identity/test_bootstrap.py"
_TEST_CALLS: Final = "tests/unit/identity/test_calls.py"
_TEST_EVIDENCE: Final = "tests/unit/identity/test_evidence.py"

MUTANTS: Final = (
    Mutant(
        name="token_not_authenticated",
        file=_TOKENS,
        before="if not status.authenticated or audience not in status.audiences:",
        after="if audience not in status.audiences:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_review_that_says_no_is_no_whatever_else_it_says"),
    ),
    Mutant(
        name="token_audience",
        file=_TOKENS,
        before="if not status.authenticated or audience not in status.audiences:",
        after="if not status.authenticated:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_token_of_another_audience_is_unauthenticated"),
    ),
    Mutant(
        name="token_of_another_account",
        file=_BOOTSTRAP,
        before="if (pod.namespace, pod.service_account) !=",
        after="if False and () !=",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_token_of_another_service_account_gets_none"),
    ),
    Mutant(
        name="token_of_another_node",
        file=_BOOTSTRAP,
        before="if pod.node is None or claims.node not in (None, pod.node):",
        after="if pod.node is None:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_token_from_another_node_gets_none"),
    ),
    Mutant(
        name="facts_too_old_at_bootstrap",
        file=_BOOTSTRAP,
        before="if self._knowledge.facts.age(self._clock.monotonic()) > FACTS_MAX_AGE:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_old_facts_decide_nothing"),
    ),
    Mutant(
        name="labels_at_creation_unrecorded",
        file=_ISSUING,
        before="if pod.created_labels is None:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_a_pod_without_a_record_of_its_labels_gets_no_identity"),
    ),
    Mutant(
        name="bootstrap_of_a_revoked_pod",
        file=_ISSUING,
        before="if row is not None and row.revoked:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_a_revoked_pod_is_denied_and_gets_no_new_session"),
    ),
    Mutant(
        name="system_key_server_workload",
        file=_IDENTITY,
        before="if account != (names.SYSTEM_KEY_NAMESPACE, names.SYSTEM_KEY):",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_BOOTSTRAP,
            "test_nobody_else_gets_the_system_key_servers_certificate[account]",
            "test_nobody_else_gets_the_system_key_servers_certificate[namespace]",
        ),
    ),
    Mutant(
        name="node_agent_address",
        file=_BOOTSTRAP,
        before="if peer.address not in fact.internal_ipv4:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_BOOTSTRAP,
            "test_a_report_from_another_address_is_denied",
            "test_refusals_at_the_first_identity_are_counted_too",
        ),
    ),
    Mutant(
        name="node_agent_account",
        file=_BOOTSTRAP,
        before="if account != (names.NODE_NAMESPACE, names.NODE_AGENT):",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_pod_of_another_service_account_may_not_report"),
    ),
    Mutant(
        name="node_agent_node",
        file=_BOOTSTRAP,
        before="return None if claims.node == node else words.NODE_DIFFERS",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_report_about_another_node_is_denied"),
    ),
    Mutant(
        name="node_agent_daemon_set",
        file=_BOOTSTRAP,
        before="return None if owned else words.NODE_AGENT_UNOWNED",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_pod_that_is_not_the_daemon_sets_may_not_report"),
    ),
    Mutant(
        name="node_agent_boot_replayed",
        file=_EVIDENCE,
        before="if report.boot in known.retired:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_EVIDENCE, "test_a_replaced_process_of_the_same_pod_is_refused"),
    ),
    Mutant(
        name="node_agent_replaced",
        file=_EVIDENCE,
        before="if reporter.created <= known.reporter.created and not tie:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_BOOTSTRAP, "test_an_older_node_agent_may_not_report_once_a_later_one_has"
        )
        | named(
            _TEST_EVIDENCE,
            "test_a_pod_made_later_takes_over_and_the_earlier_one_stays_out",
            "test_a_pod_made_no_later_is_refused",
        ),
    ),
)
