# SPDX-License-Identifier: Apache-2.0
"""What the webhook keeps of our resources: a few words of each, not the documents."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from skm_common.policy import NamedPolicy
from skm_common.resources import (
    AccessPolicySpec,
    KeySpec,
    KeystoreSpec,
    ResourceError,
    translate,
)


@dataclass(frozen=True, slots=True)
class KeystoreFact:
    """A keystore; `problem` says why the KMS won't serve it, or is None."""

    problem: str | None


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A key: its keystore, what it is, and why the KMS won't serve it, if so."""

    keystore: str
    kind: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """A policy, or what is wrong with it: then it admits nobody."""

    policy: NamedPolicy | None
    problem: str | None


Fact = KeystoreFact | KeyFact | PolicyFact


@dataclass(frozen=True, slots=True)
class NamespaceFacts:
    """Our resources of one namespace by name."""

    keystores: Mapping[str, KeystoreFact] = field(default_factory=dict)
    keys: Mapping[str, KeyFact] = field(default_factory=dict)
    policies: Mapping[str, PolicyFact] = field(default_factory=dict)

    def policies_of(self, keystore: str) -> tuple[NamedPolicy, ...]:
        """The usable policies of a keystore, in the order of their names."""
        found = (self.policies[name].policy for name in sorted(self.policies))
        return tuple(p for p in found if p is not None and p.spec.keystore == keystore)


def read_fact(resource: Mapping[str, Any]) -> Fact:
    """The fact behind a custom resource; one that can't be read is a fact too."""
    kind = resource.get("kind")
    try:
        spec = translate(resource).spec
    except ResourceError as error:
        return _unusable(kind, resource, str(error))
    match spec:
        case KeystoreSpec():
            return KeystoreFact(None)
        case KeySpec():
            return KeyFact(spec.keystore, spec.material.kind, None)
        case AccessPolicySpec():
            metadata = resource["metadata"]
            named = NamedPolicy(metadata["namespace"], metadata["name"], spec)
            return PolicyFact(named, None)


def gather(resources: Iterable[Mapping[str, Any]]) -> NamespaceFacts:
    """The facts of one namespace from its resources."""
    keystores: dict[str, KeystoreFact] = {}
    keys: dict[str, KeyFact] = {}
    policies: dict[str, PolicyFact] = {}
    for resource in resources:
        name = resource["metadata"]["name"]
        match read_fact(resource):
            case KeystoreFact() as keystore:
                keystores[name] = keystore
            case KeyFact() as key:
                keys[name] = key
            case PolicyFact() as policy:
                policies[name] = policy
    return NamespaceFacts(keystores, keys, policies)


def _unusable(kind: Any, resource: Mapping[str, Any], problem: str) -> Fact:
    if kind == "Keystore":
        return KeystoreFact(problem)
    if kind == "Key":
        reference = (resource.get("spec") or {}).get("keystoreRef") or {}
        return KeyFact(str(reference.get("name", "")), "", problem)
    return PolicyFact(None, problem)
