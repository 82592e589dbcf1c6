# SPDX-License-Identifier: Apache-2.0
import pytest

from skm_injector.node.judgement import UNKNOWN, Attestation, Disagreement, Reason
from skm_injector.node.ledger import Kept, settle

POD = Attestation("uid", "10.0.0.2", "02:00:00:00:00:01", "veth-a", "bridge")
BEFORE = {"uid": Kept(POD, 100.0)}


def against(reason: Reason, interface: str = "veth-a") -> Disagreement:
    return Disagreement("uid", "10.0.0.2", interface, reason)


def test_agreement_is_kept_with_its_time() -> None:
    assert settle({}, [POD], 7.0, 5.0) == {"uid": Kept(POD, 7.0)}


@pytest.mark.parametrize("reason", sorted(set(Reason) - UNKNOWN))
def test_a_contradiction_ends_an_attestation_at_once(reason: Reason) -> None:
    assert settle(BEFORE, [against(reason)], 100.0, 5.0) == {}


@pytest.mark.parametrize("reason", sorted(UNKNOWN))
@pytest.mark.parametrize(("now", "stays"), [(105.0, True), (105.01, False)])
def test_silence_ends_an_attestation_after_the_grace(
    reason: Reason, now: float, stays: bool
) -> None:
    assert ("uid" in settle(BEFORE, [against(reason)], now, 5.0)) is stays


def test_the_grace_counts_from_the_last_agreement() -> None:
    silent = against(Reason.NEIGHBOUR_ABSENT)
    later = settle(BEFORE, [silent], 104.0, 5.0)
    assert settle(later, [silent], 108.0, 5.0) == {}


def test_silence_about_a_new_interface_keeps_nothing_of_the_old() -> None:
    assert settle(BEFORE, [against(Reason.NEIGHBOUR_ABSENT, "veth-b")], 100.0, 5.0) == {}


def test_silence_attests_nothing_by_itself() -> None:
    assert settle({}, [against(Reason.NEIGHBOUR_AGING)], 0.0, 5.0) == {}


def test_a_pod_that_is_gone_is_dropped() -> None:
    assert settle(BEFORE, [], 100.0, 5.0) == {}
