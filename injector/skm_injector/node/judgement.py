# SPDX-License-Identifier: Apache-2.0
"""Compares the witnesses of each pod (DESIGN §6.8): only what all of them agree on is attested.

On a bridge a pod with CAP_NET_RAW can make the host's neighbour table name any MAC for any address,
but it can't send under another's MAC without moving that MAC to its own port in the bridge's table.
On a routed network the pod's own veth is the witness: nobody else is behind it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from .host import Host, Link
from .records import Record


class Reason(StrEnum):
    """Why a pod isn't attested; also the label of the metric."""

    NO_ADDRESS = "no_address"
    NO_MAC = "no_mac"
    SHARED = "shared"
    NEIGHBOUR_ABSENT = "neighbour_absent"
    NEIGHBOUR_AGING = "neighbour_aging"
    NEIGHBOUR_DIFFERS = "neighbour_differs"
    BRIDGE_ABSENT = "bridge_absent"
    BRIDGE_DIFFERS = "bridge_differs"
    ROUTE_ABSENT = "route_absent"
    ROUTE_DIFFERS = "route_differs"
    UNREADABLE = "unreadable"


UNKNOWN = frozenset(
    {
        Reason.NEIGHBOUR_ABSENT,
        Reason.NEIGHBOUR_AGING,
        Reason.BRIDGE_ABSENT,
        Reason.ROUTE_ABSENT,
        Reason.UNREADABLE,
    }
)
"""Reasons that contradict nothing: a witness says nothing now, and a probe may make it speak."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What all witnesses of a pod agree on; `witness` is the third: `bridge` or `route`."""

    pod_uid: str
    ipv4: str
    mac: str
    interface: str
    witness: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A live pod that isn't attested now; `ipv4` may be probed where the reason is in UNKNOWN."""

    pod_uid: str
    ipv4: str | None
    interface: str
    reason: Reason


Verdict: TypeAlias = Attestation | Disagreement


@dataclass(frozen=True, slots=True)
class Live:
    """A record whose interface on the host exists now."""

    record: Record
    veth: Link


def live(records: Iterable[Record], links: Mapping[str, Link], pod_interface: str) -> list[Live]:
    """Return the newest living record of each pod's main interface, the others being history."""
    newest: dict[str, Live] = {}
    for record in sorted(records, key=lambda record: record.written):
        veths = [
            link
            for name in record.host_interfaces
            if (link := links.get(name)) and link.kind == "veth"
        ]
        if record.interface == pod_interface and len(veths) == 1:
            newest[record.pod_uid] = Live(record, veths[0])
    return list(newest.values())


def judge_all(pods: list[Live], host: Host) -> list[Verdict]:
    """Judge every living pod; two that claim one address or one interface are both refused."""
    veths = Counter(pod.veth.index for pod in pods)
    addresses = Counter(pod.record.ipv4 for pod in pods)
    return [
        _refuse(pod, Reason.SHARED)
        if veths[pod.veth.index] > 1 or (pod.record.ipv4 and addresses[pod.record.ipv4] > 1)
        else judge(pod, host)
        for pod in pods
    ]


def judge(pod: Live, host: Host) -> Verdict:
    """Compare the three witnesses of one pod."""
    if pod.record.ipv4 is None:
        return _refuse(pod, Reason.NO_ADDRESS)
    if pod.record.mac is None:
        return _refuse(pod, Reason.NO_MAC)
    master = host.by_index(pod.veth.master)
    if master and master.kind == "bridge":
        reason = _on_bridge(pod, master, host, pod.record.ipv4, pod.record.mac)
        witness = "bridge"
    else:
        reason = _on_route(pod, host, pod.record.ipv4, pod.record.mac)
        witness = "route"
    if reason:
        return _refuse(pod, reason)
    return Attestation(pod.record.pod_uid, pod.record.ipv4, pod.record.mac, pod.veth.name, witness)


def _on_bridge(pod: Live, bridge: Link, host: Host, ipv4: str, mac: str) -> Reason | None:
    ports = host.forwarding.get((bridge.index, mac), frozenset())
    if ports - {pod.veth.index}:
        return Reason.BRIDGE_DIFFERS
    if reason := _route(host, bridge, ipv4) or _neighbour(host, bridge, ipv4, mac):
        return reason
    return None if ports else Reason.BRIDGE_ABSENT


def _on_route(pod: Live, host: Host, ipv4: str, mac: str) -> Reason | None:
    return _route(host, pod.veth, ipv4) or _neighbour(host, pod.veth, ipv4, mac)


def _route(host: Host, link: Link, ipv4: str) -> Reason | None:
    leaves = host.routes.get(ipv4)
    if leaves is None:
        return Reason.ROUTE_ABSENT
    return None if leaves == link.index else Reason.ROUTE_DIFFERS


def _neighbour(host: Host, link: Link, ipv4: str, mac: str) -> Reason | None:
    found = host.neighbours.get((link.index, ipv4))
    if found is None or found.state == "absent" or found.mac is None:
        return Reason.NEIGHBOUR_ABSENT
    if found.state == "aging":
        return Reason.NEIGHBOUR_AGING
    return None if found.mac == mac else Reason.NEIGHBOUR_DIFFERS


def _refuse(pod: Live, reason: Reason) -> Disagreement:
    return Disagreement(pod.record.pod_uid, pod.record.ipv4, pod.veth.name, reason)
