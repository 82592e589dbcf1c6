# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from dataclasses import replace

import pytest

from skm_injector.node.host import Host, Link, Neighbour
from skm_injector.node.judgement import (
    Attestation,
    Disagreement,
    Live,
    Reason,
    Verdict,
    judge,
    judge_all,
    live,
)
from skm_injector.node.records import Record, parse

Make = Callable[..., bytes]
IPV4, MAC, OTHER = "10.201.0.2", "d2:6f:2e:36:7a:36", "02:00:00:00:00:99"
BRIDGE = Link(2, "cni0", "bridge")
VETH_A = Link(5, "veth-a", "veth", 2)
VETH_B = Link(6, "veth-b", "veth", 2)
ALONE = Link(5, "veth-a", "veth")

ON_BRIDGE = Host(
    links={link.name: link for link in (BRIDGE, VETH_A, VETH_B)},
    neighbours={(2, IPV4): Neighbour(MAC, "confirmed")},
    forwarding={(2, MAC): frozenset({5})},
    routes={IPV4: 2},
)
ROUTED = Host(
    links={"veth-a": ALONE},
    neighbours={(5, IPV4): Neighbour(MAC, "confirmed")},
    forwarding={},
    routes={IPV4: 5},
)
RECORD = Record("uid-a", "eth0", IPV4, MAC, ("cni0", "veth-a"), 1)


def judged(host: Host, record: Record = RECORD) -> Verdict:
    return judge(Live(record, host.links["veth-a"]), host)


def reason(host: Host, record: Record = RECORD) -> Reason:
    verdict = judged(host, record)
    assert isinstance(verdict, Disagreement)
    return verdict.reason


@pytest.mark.parametrize(("host", "witness"), [(ON_BRIDGE, "bridge"), (ROUTED, "route")])
def test_three_witnesses_that_agree_attest(host: Host, witness: str) -> None:
    assert judged(host) == Attestation("uid-a", IPV4, MAC, "veth-a", witness)


@pytest.mark.parametrize(("host", "index"), [(ON_BRIDGE, 2), (ROUTED, 5)])
@pytest.mark.parametrize(
    ("neighbour", "expected"),
    [
        (None, Reason.NEIGHBOUR_ABSENT),
        (Neighbour(None, "absent"), Reason.NEIGHBOUR_ABSENT),
        (Neighbour(MAC, "absent"), Reason.NEIGHBOUR_ABSENT),
        (Neighbour(MAC, "aging"), Reason.NEIGHBOUR_AGING),
        (Neighbour(OTHER, "aging"), Reason.NEIGHBOUR_AGING),
        (Neighbour(OTHER, "confirmed"), Reason.NEIGHBOUR_DIFFERS),
    ],
)
def test_the_neighbour_table_alone_refuses(
    host: Host, index: int, neighbour: Neighbour | None, expected: Reason
) -> None:
    table = {(index, IPV4): neighbour} if neighbour else {}
    assert reason(replace(host, neighbours=table)) == expected


def test_the_bridge_table_alone_refuses_a_mac_behind_another_port() -> None:
    moved = {(2, MAC): frozenset({6})}
    assert reason(replace(ON_BRIDGE, forwarding=moved)) == Reason.BRIDGE_DIFFERS


def test_a_mac_seen_behind_two_ports_is_refused() -> None:
    both = {(2, MAC): frozenset({5, 6})}
    assert reason(replace(ON_BRIDGE, forwarding=both)) == Reason.BRIDGE_DIFFERS


@pytest.mark.parametrize("table", [{}, {(3, MAC): frozenset({5})}])
def test_a_mac_that_its_bridge_has_not_seen_is_not_attested(
    table: dict[tuple[int, str], frozenset[int]],
) -> None:
    assert reason(replace(ON_BRIDGE, forwarding=table)) == Reason.BRIDGE_ABSENT


@pytest.mark.parametrize("host", [ON_BRIDGE, ROUTED])
def test_the_route_alone_refuses(host: Host) -> None:
    assert reason(replace(host, routes={IPV4: 6})) == Reason.ROUTE_DIFFERS
    assert reason(replace(host, routes={})) == Reason.ROUTE_ABSENT


def test_a_neighbour_on_another_interface_is_no_witness() -> None:
    elsewhere = {(9, IPV4): Neighbour(MAC, "confirmed")}
    assert reason(replace(ROUTED, neighbours=elsewhere)) == Reason.NEIGHBOUR_ABSENT


def test_a_record_without_a_mac_or_an_address_is_not_attested() -> None:
    assert reason(ON_BRIDGE, replace(RECORD, mac=None)) == Reason.NO_MAC
    assert reason(ON_BRIDGE, replace(RECORD, ipv4=None)) == Reason.NO_ADDRESS


def test_garbage_in_the_mac_field_is_not_attested(ptp_result: Make) -> None:
    record = parse(ptp_result(mac="2", ipv4=IPV4), 0)
    assert record
    assert reason(ROUTED, record) == Reason.NO_MAC


def test_a_record_counts_only_while_its_host_interface_exists(bridge_result: Make) -> None:
    dead = parse(bridge_result(veth="veth-gone"), 9)
    assert dead
    assert live([dead], ON_BRIDGE.links, "eth0") == []


def test_of_several_records_of_a_pod_the_newest_living_one_counts() -> None:
    older = replace(RECORD, host_interfaces=("cni0", "veth-b"), written=1)
    newer = replace(RECORD, written=2)
    newest = replace(RECORD, host_interfaces=("veth-gone",), written=3)
    for records in ([older, newer, newest], [newest, newer, older]):
        assert live(records, ON_BRIDGE.links, "eth0") == [Live(newer, VETH_A)]


def test_a_secondary_interface_and_loopback_are_passed_over() -> None:
    others = [replace(RECORD, interface=name, written=9) for name in ("net1", "lo")]
    assert live([*others, RECORD], ON_BRIDGE.links, "eth0") == [Live(RECORD, VETH_A)]


def test_a_host_interface_that_is_no_veth_attests_nothing() -> None:
    macvlan = {"veth-a": replace(ALONE, kind="macvlan")}
    assert live([RECORD], macvlan, "eth0") == []


def test_two_veths_in_one_record_attest_nothing() -> None:
    both = replace(RECORD, host_interfaces=("veth-a", "veth-b"))
    assert live([both], ON_BRIDGE.links, "eth0") == []


def test_two_pods_with_one_address_are_both_refused() -> None:
    other = replace(RECORD, pod_uid="uid-b", host_interfaces=("veth-b",))
    verdicts = judge_all(live([RECORD, other], ON_BRIDGE.links, "eth0"), ON_BRIDGE)
    assert [v.reason for v in verdicts if isinstance(v, Disagreement)] == [Reason.SHARED] * 2


def test_two_pods_with_one_interface_are_both_refused() -> None:
    other = replace(RECORD, pod_uid="uid-b", ipv4="10.201.0.9")
    verdicts = judge_all(live([RECORD, other], ON_BRIDGE.links, "eth0"), ON_BRIDGE)
    assert [v.reason for v in verdicts if isinstance(v, Disagreement)] == [Reason.SHARED] * 2


def test_a_pod_is_judged_whatever_its_neighbours_do() -> None:
    other = replace(RECORD, pod_uid="b", ipv4=None, host_interfaces=("veth-b",))
    verdicts = judge_all(live([RECORD, other], ON_BRIDGE.links, "eth0"), ON_BRIDGE)
    assert [type(verdict) for verdict in verdicts] == [Attestation, Disagreement]
