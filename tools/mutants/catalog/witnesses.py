# SPDX-License-Identifier: Apache-2.0
"""Witnesses: the node agent attests only what all three of them say."""

from typing import Final

from mutants.mutant import Mutant, named

SUITES: Final = (
    "tests/unit/node/test_judgement.py",
    "tests/unit/node/test_ledger.py",
    "tests/unit/node/test_records.py",
)

_JUDGEMENT: Final = "injector/skm_injector/node/judgement.py"
_TEST_JUDGEMENT: Final = "tests/unit/node/test_judgement.py"

MUTANTS: Final = (
    Mutant(
        name="witness_forwarding_elsewhere",
        file=_JUDGEMENT,
        before="if ports - {pod.veth.index}:",
        after="if False:",
        suites=SUITES,
        expected=named(
            _TEST_JUDGEMENT,
            "test_a_mac_seen_behind_two_ports_is_refused",
            "test_the_bridge_table_alone_refuses_a_mac_behind_another_port",
        ),
    ),
    Mutant(
        name="witness_forwarding_absent",
        file=_JUDGEMENT,
        before="return None if ports else Reason.BRIDGE_ABSENT",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_JUDGEMENT, "test_a_mac_that_its_bridge_has_not_seen_is_not_attested"),
    ),
    Mutant(
        name="witness_neighbour",
        file=_JUDGEMENT,
        before="return None if found.mac == mac else Reason.NEIGHBOUR_DIFFERS",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_JUDGEMENT, "test_the_neighbour_table_alone_refuses"),
    ),
    Mutant(
        name="witness_neighbour_aging",
        file=_JUDGEMENT,
        before='if found.state == "aging":',
        after="if False:",
        suites=SUITES,
        expected=named(_TEST_JUDGEMENT, "test_the_neighbour_table_alone_refuses"),
    ),
    Mutant(
        name="witness_route",
        file=_JUDGEMENT,
        before="return None if leaves == link.index else Reason.ROUTE_DIFFERS",
        after="return None",
        suites=SUITES,
        expected=named(_TEST_JUDGEMENT, "test_the_route_alone_refuses"),
    ),
    Mutant(
        name="witness_cni_interface",
        file=_JUDGEMENT,
        before="if record.interface == pod_interface and len(veths) == 1:",
        after="if record.interface == pod_interface and veths:",
        suites=SUITES,
        expected=named(_TEST_JUDGEMENT, "test_two_veths_in_one_record_attest_nothing"),
    ),
    Mutant(
        name="witness_shared",
        file=_JUDGEMENT,
        before="if veths[pod.veth.index] > 1 or (",
        after="if False and (",
        suites=SUITES,
        expected=named(
            _TEST_JUDGEMENT,
            "test_two_pods_with_one_address_are_both_refused",
            "test_two_pods_with_one_interface_are_both_refused",
        ),
    ),
)
