# SPDX-License-Identifier: Apache-2.0
"""Deny by default: a call is allowed if a rule of a policy matches, and refused otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from skm_common.policy.facts import CallerFacts, Workload
from skm_common.resources import ALL_KEYS, AccessPolicySpec, WorkloadSubject


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy with the names it stands under: its own and its namespace."""

    namespace: str
    name: str
    spec: AccessPolicySpec


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call is allowed, by which policy, and why, in words a person can act on."""

    allowed: bool
    policy: str | None
    reason: str


def decide(
    policies: Iterable[NamedPolicy], caller: CallerFacts, key: str, operation: str
) -> Decision:
    """The decision for one operation on one key; `policies` are those of the key's keystore.

    A refusal names the policy that came nearest: that is the one its reader has to look at.
    """
    nearest = _Objection(_Step.NOTHING, "no AccessPolicy of this keystore exists")
    for policy in policies:
        objection = _objection(policy, caller, key, operation)
        if objection is None:
            return Decision(True, policy.name, f"allowed by AccessPolicy {policy.name}")
        if objection.step > nearest.step:
            reason = f"AccessPolicy {policy.name}: {objection.reason}"
            nearest = _Objection(objection.step, reason)
    return Decision(False, None, nearest.reason)


def could_admit(
    policies: Iterable[NamedPolicy], workload: Workload, key: str, operation: str
) -> Decision:
    """The decision at admission, where no address exists yet: networks are left to the KMS."""
    return decide(policies, CallerFacts(workload, None), key, operation)


class _Step(IntEnum):
    """How far a policy was followed before it objected."""

    NOTHING = 0
    NAMESPACE = 1
    SERVICE_ACCOUNT = 2
    LABELS = 3
    NETWORKS = 4
    RULES = 5


class _Objection(NamedTuple):
    """Why a policy doesn't allow a call, and how far it did."""

    step: _Step
    reason: str


def _objection(
    policy: NamedPolicy, caller: CallerFacts, key: str, operation: str
) -> _Objection | None:
    """Why the policy doesn't allow the call, or None if it does."""
    spec = policy.spec
    if caller.workload.namespace != policy.namespace:
        return _Objection(_Step.NAMESPACE, f"it admits pods of namespace {policy.namespace} only")
    subjects = [_subject_objection(subject, caller.workload) for subject in spec.subjects]
    refusals = [objection for objection in subjects if objection is not None]
    if len(refusals) == len(subjects):
        reasons = "; ".join(refusal.reason for refusal in refusals)
        return _Objection(_furthest(refusals), reasons)
    if not _in_networks(spec.cidrs, caller.address):
        return _Objection(_Step.NETWORKS, f"its ipv4.cidrs don't hold {caller.address}")
    if not any(_rule_names(rule.keys, key) and operation in rule.operations for rule in spec.rules):
        return _Objection(_Step.RULES, f"no rule of it allows {operation} on {key}")
    return None


def _furthest(objections: Iterable[_Objection]) -> _Step:
    return max((objection.step for objection in objections), default=_Step.NAMESPACE)


def _subject_objection(subject: WorkloadSubject, workload: Workload) -> _Objection | None:
    if workload.service_account != subject.service_account:
        wanted, has = subject.service_account, workload.service_account
        return _Objection(_Step.SERVICE_ACCOUNT, f"it admits ServiceAccount {wanted}, not {has}")
    for name, value in subject.labels:
        needs = f"it needs label {name}={value}"
        if not _has(workload.labels, name, value):
            return _Objection(_Step.LABELS, needs)
        if not _has(workload.created_labels, name, value):
            return _Objection(
                _Step.LABELS, f"{needs}, which the pod did not have when it was created"
            )
    return None


def _has(labels: Mapping[str, str], name: str, value: str) -> bool:
    return labels.get(name) == value


def _in_networks(cidrs: Iterable[str], address: str | None) -> bool:
    networks = tuple(cidrs)
    if not networks or address is None:
        return True
    return any(IPv4Address(address) in IPv4Network(cidr) for cidr in networks)


def _rule_names(keys: tuple[str, ...], key: str) -> bool:
    return keys == (ALL_KEYS,) or key in keys
