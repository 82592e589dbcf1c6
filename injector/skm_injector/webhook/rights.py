# SPDX-License-Identifier: Apache-2.0
"""Whether the keys that a pod wants exist, and whether any policy could ever let it read them.

A courtesy, not a protection: the KMS decides at each call, from what it sees itself. Here the
answer comes at `kubectl apply`, with the command that mends it.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from skm_common.policy import Workload, could_admit
from skm_injector.webhook.annotations import KeyRequest, Wishes
from skm_injector.webhook.errors import Check, UnknownError
from skm_injector.webhook.facts import NamespaceFacts

OPERATION = "ReadSecret"


def check_rights(
    pod: Mapping[str, Any], wishes: Wishes, namespace: str, facts: NamespaceFacts
) -> None:
    """Raises UnknownError for the first key that the pod couldn't read."""
    labels = pod["metadata"].get("labels") or {}
    account = pod["spec"].get("serviceAccountName") or "default"
    workload = Workload(namespace, account, labels, labels)
    for request in wishes.keys:
        keystore = _existing(request, namespace, facts)
        _admitted(workload, keystore, request.key, facts)


def _existing(request: KeyRequest, namespace: str, facts: NamespaceFacts) -> str:
    """The name of the key's keystore."""
    if request.keystore is not None and request.keystore not in facts.keystores:
        raise _no_keystore(request.keystore, namespace, facts)
    fact = facts.keys.get(request.key)
    if fact is None:
        raise UnknownError(
            Check.KEY,
            f"namespace {namespace} has no Key {request.key}{_near(request.key, facts.keys)}; "
            "create the Key or wait: the controller tries again",
        )
    if request.keystore not in (None, fact.keystore):
        raise UnknownError(
            Check.KEY,
            f"Key {request.key} belongs to keystore {fact.keystore}, not {request.keystore}; "
            f"write {fact.keystore}/{request.key}",
        )
    if fact.keystore not in facts.keystores:
        raise _no_keystore(fact.keystore, namespace, facts)
    _servable(request.key, fact.keystore, namespace, facts)
    return fact.keystore


def _servable(key: str, keystore: str, namespace: str, facts: NamespaceFacts) -> None:
    fact = facts.keys[key]
    for check, name, problem in (
        (Check.KEYSTORE, f"keystore/{keystore}", facts.keystores[keystore].problem),
        (Check.KEY, f"key/{key}", fact.problem),
    ):
        if problem is not None:
            command = f"kubectl -n {namespace} edit {name.replace('/', '.skm.dev/', 1)}"
            raise UnknownError(check, f"{name} can't be served: {problem}; run: {command}")
    if fact.kind != "Secret":
        raise UnknownError(
            Check.KEY,
            f"Key {key} is a {fact.kind} key, which never leaves the KMS; only Secret keys can be "
            "injected, the others are used through the API",
        )


def _admitted(workload: Workload, keystore: str, key: str, facts: NamespaceFacts) -> None:
    decision = could_admit(facts.policies_of(keystore), workload, key, OPERATION)
    if decision.allowed:
        return
    broken = "; ".join(
        f"AccessPolicy {name} can't be used: {fact.problem}"
        for name, fact in sorted(facts.policies.items())
        if fact.problem is not None
    )
    reason = f"{decision.reason}; {broken}" if broken else decision.reason
    raise UnknownError(
        Check.POLICY,
        f"no AccessPolicy could ever let this pod (ServiceAccount {workload.service_account}) read "
        f"{keystore}/{key}: {reason}; change the pod or the policy: "
        f"kubectl -n {workload.namespace} edit accesspolicies.skm.dev",
    )


def _no_keystore(name: str, namespace: str, facts: NamespaceFacts) -> UnknownError:
    return UnknownError(
        Check.KEYSTORE,
        f"namespace {namespace} has no Keystore {name}{_near(name, facts.keystores)}; "
        "create the Keystore or wait: the controller tries again",
    )


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
