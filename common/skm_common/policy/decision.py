# SPDX-License-Identifier: Apache-2.0
"""Deny by default: a call is allowed if a rule of a policy matches, and refused otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

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
    """The decision for one operation on one key; `policies` are those of the key's keystore."""
    nearest = "no AccessPolicy of this keystore exists"
    for policy in policies:
        why_not = _objection(policy, caller, key, operation)
        if why_not is None:
            return Decision(True, policy.name, f"allowed by AccessPolicy {policy.name}")
        nearest = f"AccessPolicy {policy.name}: {why_not}"
    return Decision(False, None, nearest)


def could_admit(
    policies: Iterable[NamedPolicy], workload: Workload, key: str, operation: str
) -> Decision:
    """The decision at admission, where no address exists yet: networks are left to the KMS."""
    return decide(policies, CallerFacts(workload, None), key, operation)


def _objection(policy: NamedPolicy, caller: CallerFacts, key: str, operation: str) -> str | None:
    """Why the policy doesn't allow the call, or None if it does."""
    spec = policy.spec
    if caller.workload.namespace != policy.namespace:
        return f"it admits pods of namespace {policy.namespace} only"
    refusals = [_subject_objection(subject, caller.workload) for subject in spec.subjects]
    if None not in refusals:
        return "; ".join(reason for reason in refusals if reason)
    if not _in_networks(spec.cidrs, caller.address):
        return f"its ipv4.cidrs don't hold {caller.address}"
    if not any(_rule_names(rule.keys, key) and operation in rule.operations for rule in spec.rules):
        return f"no rule of it allows {operation} on {key}"
    return None


def _subject_objection(subject: WorkloadSubject, workload: Workload) -> str | None:
    if workload.service_account != subject.service_account:
        return f"it admits ServiceAccount {subject.service_account}, not {workload.service_account}"
    for name, value in subject.labels:
        if not _has(workload.labels, name, value):
            return f"it needs label {name}={value}"
        if not _has(workload.created_labels, name, value):
            return f"it needs label {name}={value}, which the pod did not have when it was created"
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
