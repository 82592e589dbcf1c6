# SPDX-License-Identifier: Apache-2.0
"""Sessions: a certificate, its row and its pod must stand for each other at every call."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = ("tests/unit/identity",)

_CHECKS: Final = "kms/skm_kms/identity/checks.py"
_ISSUING: Final = "kms/skm_kms/identity/issuing.py"
_TEST_BOOTSTRAP: Final = "tests/unit/identity/test_bootstrap.py"
_TEST_CALLS: Final = "tests/unit/identity/test_calls.py"
_TEST_CHECKS: Final = "tests/unit/identity/test_checks.py"

MUTANTS: Final = (
    Mutant(
        name="certificate_expired",
        file=_CHECKS,
        before="if now >= certificate.not_after:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_a_kept_alive_connection_does_not_outlive_its_certificate")
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone[expired]"),
    ),
    Mutant(
        name="certificate_of_another_authority",
        file=_CHECKS,
        before="if view.own_authority and session_certificate else",
        after="if session_certificate else",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_a_certificate_of_another_authority_is_denied")
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone[foreign CA]"),
    ),
    Mutant(
        name="session_unknown",
        file=_CHECKS,
        before="return words.SESSION_UNKNOWN",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_CHECKS, "test_each_reason_refuses_alone[no session]"),
    ),
    Mutant(
        name="session_revoked",
        file=_CHECKS,
        before="return words.SESSION_REVOKED",
        after="pass",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_a_revoked_pod_is_denied_and_gets_no_new_session")
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone[revoked]"),
    ),
    Mutant(
        name="session_superseded",
        file=_CHECKS,
        before="return None if session.key == certificate.key else words.SESSION_SUPERSEDED",
        after="return None",
        suites=SUITES,
        expected=named(
            _TEST_CALLS,
            "test_a_second_bootstrap_with_another_key_takes_over_and_ends_the_first",
            "test_a_superseded_or_expired_session_renews_nothing",
        )
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone[another key]"),
    ),
    Mutant(
        name="pod_gone",
        file=_CHECKS,
        before="return words.POD_GONE if view is not None and view.gone else words.POD_UNKNOWN",
        after="return None if view is not None and view.gone else words.POD_UNKNOWN",
        suites=SUITES,
        expected=named(
            _TEST_CALLS,
            "test_a_stolen_certificate_does_not_outlive_its_pod_at_a_reused_address",
            "test_an_unknown_pod_is_undetermined_until_the_api_server_says_so",
        )
        | named(
            _TEST_CHECKS,
            "test_a_gone_pod_is_denied_however_old_the_facts_are",
            "test_each_reason_refuses_alone[gone pod]",
        ),
    ),
    Mutant(
        name="pod_finished",
        file=_CHECKS,
        before="if pod.finished:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_finished_pod_gets_none")
        | named(
            _TEST_CHECKS,
            "test_each_reason_refuses_alone[failed]",
            "test_each_reason_refuses_alone[finished]",
            "test_what_is_final_is_denied_however_old_the_facts_are",
        ),
    ),
    Mutant(
        name="pod_terminating",
        file=_CHECKS,
        before="if not drain:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_terminating_pod_gets_no_first_identity")
        | named(_TEST_CALLS, "test_draining_serves_and_renews_until_the_grace_has_passed")
        | named(_TEST_CHECKS, "test_with_revoke_a_terminating_pod_ends_at_once"),
    ),
    Mutant(
        name="pod_grace_passed",
        file=_CHECKS,
        before="return words.POD_GRACE_PASSED if now >= pod.deadline else None",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_draining_serves_and_renews_until_the_grace_has_passed")
        | named(
            _TEST_CHECKS,
            "test_a_terminating_pod_is_served_until_its_grace_has_passed",
            "test_each_reason_refuses_alone[grace passed]",
            "test_what_is_final_is_denied_however_old_the_facts_are",
        ),
    ),
    Mutant(
        name="facts_too_old",
        file=_CHECKS,
        before="return liveness if _fresh(view, requirements) else words.FACTS_OLD",
        after="return liveness",
        suites=SUITES,
        expected=named(
            _TEST_CALLS,
            "test_a_renewal_outlasts_an_api_server_that_is_away_as_keystores_may",
            "test_before_its_keystore_is_known_a_call_may_rest_on_facts_of_an_hour",
        )
        | named(
            _TEST_CHECKS, "test_each_reason_refuses_alone[old facts]", "test_old_facts_never_deny"
        ),
    ),
    Mutant(
        name="renewal_with_another_key",
        file=_ISSUING,
        before="if peer.certificate is None or key_fingerprint(key) != peer.certificate.key:",
        after="if peer.certificate is None:",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_a_renewal_with_another_key_is_refused"),
    ),
)
