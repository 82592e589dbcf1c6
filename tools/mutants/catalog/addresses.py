# SPDX-License-Identifier: Apache-2.0
"""Addresses and MACs: where a call comes from, and what the pod's node attests of it."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = ("tests/unit/identity",)

_CHECKS: Final = "kms/skm_kms/identity/checks.py"
_EVIDENCE: Final = "kms/skm_kms/identity/evidence.py"
_GATHERING: Final = "kms/skm_kms/identity/gathering.py"
_TEST_BOOTSTRAP: Final = "tests/unit/identity/test_bootstrap.py"
_TEST_CALLS: Final = "tests/unit/identity/test_calls.py"
_TEST_CHECKS: Final = "tests/unit/identity/test_checks.py"
_TEST_EVIDENCE: Final = "tests/unit/identity/test_evidence.py"

MUTANTS: Final = (
    Mutant(
        name="address_not_the_certificates",
        file=_CHECKS,
        before="if view.certificate.ipv4 != (view.address,):",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_CALLS,
            "test_a_stolen_certificate_is_denied_from_another_address",
            "test_refusals_are_counted_by_their_reason",
        )
        | named(
            _TEST_CHECKS,
            "test_each_reason_refuses_alone[stolen]",
            "test_each_reason_refuses_alone[two addresses]",
        ),
    ),
    Mutant(
        name="address_not_the_pods_now",
        file=_CHECKS,
        before="if address not in pod.ipv4:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_stolen_token_is_denied_by_the_address")
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone[not the pod's]"),
    ),
    Mutant(
        name="address_clash",
        file=_CHECKS,
        before="if not view.holders - {uid}:",
        after="if True:",
        suites=SUITES,
        expected=named(
            _TEST_BOOTSTRAP,
            "test_on_a_clash_another_node_has_no_say",
            "test_on_a_clash_fresh_evidence_decides",
            "test_two_pods_are_never_both_authorised_for_one_address",
        )
        | named(
            _TEST_CHECKS,
            "test_each_reason_refuses_alone[clash, both attested]",
            "test_each_reason_refuses_alone[clash, lost]",
            "test_each_reason_refuses_alone[clash]",
        ),
    ),
    Mutant(
        name="host_network",
        file=_CHECKS,
        before="if pod.host_network:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_a_pod_on_the_host_network_gets_none")
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone[host network]"),
    ),
    Mutant(
        name="mac_differs",
        file=_CHECKS,
        before="if binding is not None and binding.mac not in (None, attested.mac):",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_CALLS, "test_a_pod_that_changed_its_mac_is_refused_by_that_check_alone"
        )
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone[another MAC]"),
    ),
    Mutant(
        name="mac_of_another_address",
        file=_CHECKS,
        before="if attested.ipv4 != view.address:",
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_who_am_i_tells_what_was_seen_and_never_refuses")
        | named(_TEST_CHECKS, "test_each_reason_refuses_alone"),
    ),
    Mutant(
        name="mac_evidence_level",
        file=_CHECKS,
        before="return words.MAC_EVIDENCE_LOW if weak else None",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_CHECKS, "test_each_reason_refuses_alone[weak evidence]"),
    ),
    Mutant(
        name="node_silent",
        file=_EVIDENCE,
        before="return now < self.valid_until(node)",
        after="return node in self._nodes",
        suites=SUITES,
        expected=named(_TEST_CALLS, "test_evidence_of_a_silent_node_ends_after_a_minute")
        | named(
            _TEST_EVIDENCE,
            "test_a_refused_report_changes_nothing",
            "test_a_silent_node_attests_nothing_after_a_minute",
        ),
    ),
    Mutant(
        name="evidence_about_another_nodes_pod",
        file=_GATHERING,
        before="if pod is None or pod.node != node or pod.finished:",
        after="if pod is None or pod.finished:",
        suites=SUITES,
        expected=named(_TEST_BOOTSTRAP, "test_on_a_clash_another_node_has_no_say"),
    ),
)
