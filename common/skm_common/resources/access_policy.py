# SPDX-License-Identifier: Apache-2.0
"""The AccessPolicy resource (DESIGN §4): which callers may do what with which keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, Final

from skm_common.resources import reading
from skm_common.resources.errors import NotSupportedError, ResourceError
from skm_common.resources.key import parse_keystore_ref

OPERATIONS: Final = (
    "ReadSecret",
    "WriteSecret",
    "Encrypt",
    "Decrypt",
    "Rewrap",
    "GenerateDataKey",
    "Sign",
    "Verify",
    "GenerateHmac",
    "VerifyHmac",
    "ReadPublicKey",
    "ReadMetadata",
)
BUILT: Final = frozenset({"ReadSecret", "WriteSecret", "Encrypt", "Decrypt", "ReadMetadata"})
ALL_KEYS: Final = "*"


@dataclass(frozen=True, slots=True)
class WorkloadSubject:
    """Pods of one ServiceAccount, all labels given must match, now and at creation."""

    service_account: str
    labels: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        """The subject in the resource's own form."""
        selector = {"podSelector": {"matchLabels": dict(self.labels)}} if self.labels else {}
        return {"workload": {"serviceAccountName": self.service_account, **selector}}


@dataclass(frozen=True, slots=True)
class Rule:
    """Operations on keys; `*` stands for all keys of the keystore."""

    keys: tuple[str, ...]
    operations: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The rule in the resource's own form."""
        return {"keys": list(self.keys), "operations": list(self.operations)}


@dataclass(frozen=True, slots=True)
class AccessPolicySpec:
    """What an AccessPolicy grants: to any subject, from its networks if it has any, by any rule."""

    keystore: str
    subjects: tuple[WorkloadSubject, ...]
    rules: tuple[Rule, ...]
    cidrs: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """The canonical form that operator and KMS compare."""
        return {
            "keystoreRef": {"name": self.keystore},
            "subjects": [subject.document() for subject in self.subjects],
            "ipv4": {"cidrs": list(self.cidrs)} if self.cidrs else None,
            "rules": [rule.document() for rule in self.rules],
        }


def parse_access_policy(spec: Mapping[str, Any]) -> AccessPolicySpec:
    """The typed form of an AccessPolicy's spec; raises ResourceError or NotSupportedError."""
    reading.only(spec, "spec", ("keystoreRef", "subjects", "ipv4", "rules"))
    subjects = reading.items(spec.get("subjects"), "spec.subjects")
    rules = reading.items(spec.get("rules"), "spec.rules")
    return AccessPolicySpec(
        keystore=parse_keystore_ref(spec),
        subjects=tuple(_subject(item, f"spec.subjects[{n}]") for n, item in enumerate(subjects)),
        rules=tuple(_rule(item, f"spec.rules[{n}]") for n, item in enumerate(rules)),
        cidrs=() if spec.get("ipv4") is None else _cidrs(spec["ipv4"]),
    )


def _subject(document: Any, where: str) -> WorkloadSubject:
    found = reading.mapping(document, where)
    reading.only(found, where, ("workload", "client"))
    if len(found) != 1:
        raise ResourceError(where, "must have exactly one of workload, client")
    if "client" in found:
        raise NotSupportedError(f"{where}.client")
    where = f"{where}.workload"
    workload = reading.mapping(found["workload"], where)
    reading.only(workload, where, ("serviceAccountName", "podSelector"))
    account = reading.text(workload.get("serviceAccountName"), f"{where}.serviceAccountName")
    return WorkloadSubject(account, _labels(workload.get("podSelector"), f"{where}.podSelector"))


def _labels(document: Any, where: str) -> tuple[tuple[str, str], ...]:
    if document is None:
        return ()
    selector = reading.mapping(document, where)
    reading.only(selector, where, ("matchLabels",))
    found = reading.string_map(selector.get("matchLabels", {}), f"{where}.matchLabels", maximum=32)
    return tuple(sorted(found.items()))


def _rule(document: Any, where: str) -> Rule:
    found = reading.mapping(document, where)
    reading.only(found, where, ("keys", "operations"))
    return Rule(
        _keys(found.get("keys"), f"{where}.keys"), _operations(found, f"{where}.operations")
    )


def _keys(document: Any, where: str) -> tuple[str, ...]:
    keys = reading.items(document, where)
    if keys == [ALL_KEYS]:
        return (ALL_KEYS,)
    if ALL_KEYS in keys:
        raise ResourceError(where, '"*" stands only by itself; remove the other names or "*"')
    return tuple(sorted({reading.label(key, where) for key in keys}))


def _operations(rule: Mapping[str, Any], where: str) -> tuple[str, ...]:
    listed = reading.items(rule.get("operations"), where, maximum=len(OPERATIONS))
    chosen = sorted({reading.choice(item, where, OPERATIONS) for item in listed})
    for operation in chosen:
        if operation not in BUILT:
            raise NotSupportedError(f"{where}: {operation}")
    return tuple(chosen)


def _cidrs(document: Any) -> tuple[str, ...]:
    where = "spec.ipv4.cidrs"
    found = reading.mapping(document, "spec.ipv4")
    reading.only(found, "spec.ipv4", ("cidrs",))
    return tuple(
        sorted({_network(item, where) for item in reading.items(found.get("cidrs"), where)})
    )


def _network(document: Any, where: str) -> str:
    try:
        return str(IPv4Network(reading.text(document, where)))
    except ValueError:
        raise ResourceError(where, "must be IPv4 networks such as 10.244.0.0/16") from None
