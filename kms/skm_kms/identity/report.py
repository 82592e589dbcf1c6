# SPDX-License-Identifier: Apache-2.0
"""Reading a node agent's report from its JSON; every field has one canonical form and a bound."""

import re
from ipaddress import AddressValueError, IPv4Address
from typing import Final

import msgspec

from skm_kms.errors import InvalidRequestError
from skm_kms.identity.evidence import Attested, Report
from skm_kms.identity.spiffe import is_uid

MAXIMUM_PODS: Final = 1024
_BOOT: Final = re.compile(r"[0-9a-f]{32}")
_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_ALWAYS: Final = {"cni", "neighbour"}
_THIRD: Final = ({"bridge"}, {"route"})


class _Pod(msgspec.Struct, forbid_unknown_fields=True):
    uid: str
    ipv4: str
    mac: str
    interface: str
    witnesses: list[str]


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    node: str
    boot: str
    sequence: int
    snapshot: bool = False
    pods: list[_Pod] = []
    removed: list[str] = []


_decoder: Final = msgspec.json.Decoder(_Report)


def read_report(body: bytes) -> Report:
    """The report behind a body; raises InvalidRequestError naming the field."""
    try:
        wire = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise InvalidRequestError(f"report: {error}") from error
    _must("boot", _BOOT.fullmatch(wire.boot) is not None)
    _must("node", 0 < len(wire.node) <= 253)
    _must("sequence", 0 <= wire.sequence < 2**63)
    _must("pods", len(wire.pods) <= MAXIMUM_PODS)
    _must("removed", len(wire.removed) <= MAXIMUM_PODS and all(map(is_uid, wire.removed)))
    pods = {pod.uid: _attested(pod) for pod in wire.pods}
    _must("pods", len(pods) == len(wire.pods))
    _must("removed", not (wire.snapshot and wire.removed) and pods.keys().isdisjoint(wire.removed))
    return Report(
        node=wire.node,
        boot=wire.boot,
        sequence=wire.sequence,
        snapshot=wire.snapshot,
        pods=pods,
        removed=frozenset(wire.removed),
    )


def _attested(pod: _Pod) -> Attested:
    """A pod's entry; one on which fewer than three witnesses agreed is no attestation."""
    _must("pods.uid", is_uid(pod.uid))
    _must("pods.ipv4", _canonical_ipv4(pod.ipv4))
    _must("pods.mac", _unicast(pod.mac))
    _must("pods.interface", 0 < len(pod.interface) <= 15)
    witnesses = set(pod.witnesses)
    _must("pods.witnesses", witnesses >= _ALWAYS and witnesses - _ALWAYS in _THIRD)
    return Attested(pod.ipv4, pod.mac)


def _canonical_ipv4(text: str) -> bool:
    try:
        return str(IPv4Address(text)) == text
    except AddressValueError:
        return False


def _unicast(mac: str) -> bool:
    """The form, and the group bit: no interface has a multicast address of its own."""
    return _MAC.fullmatch(mac) is not None and not int(mac[:2], 16) & 1


def _must(field: str, holds: bool) -> None:
    if not holds:
        raise InvalidRequestError(f"report: {field} isn't of the form or size asked for")
