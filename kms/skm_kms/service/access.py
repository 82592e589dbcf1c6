# SPDX-License-Identifier: Apache-2.0
"""The one way from a peer to a key: who calls, may it see the key, do its proofs hold, may it act.

A caller whom no rule lets see a key is told the same as if there were none (DESIGN §5). What is
stored and what the cluster says live must both allow (skm_kms.service.live).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from skm_common.policy import CallerFacts, NamedPolicy, decide
from skm_common.resources import OPERATIONS, Authentication, KeystoreSpec
from skm_kms.clock import Clock
from skm_kms.errors import DeniedError, NotFoundError, UndeterminedError
from skm_kms.identity.caller import Admission, Caller
from skm_kms.identity.facts import NamespaceFact, ResourceFact
from skm_kms.identity.gate import STRICT
from skm_kms.identity.peer import Peer
from skm_kms.model import Key, Keystore

from .live import LiveResources
from .state import State

POLICY: Final = "policy"
_REMEDY: Final = (
    "an AccessPolicy of the keystore must allow the operation to this ServiceAccount and labels"
)


class Checks(Protocol):
    """What access asks of identity; skm_kms.identity.Identity is it."""

    @property
    def generation(self) -> int:
        """Moves when anything that decides about callers has changed."""
        ...

    def caller(self, peer: Peer) -> Caller:
        """Who calls; raises SessionEndedError, DeniedError or UndeterminedError."""
        ...

    def admit(
        self,
        peer: Peer,
        authentication: Authentication,
        facts_max_age: float,
        *,
        on_termination: str,
    ) -> Admission:
        """That every selected method holds; raises as `caller` does."""
        ...


class Cluster(Protocol):
    """What access asks of the facts; skm_kms.identity.Facts is it."""

    @property
    def confirmed(self) -> float:
        """When (monotonic) the API server last confirmed every table."""
        ...

    def namespace(self, name: str) -> NamespaceFact | None:
        """The live namespace of a name."""
        ...

    def resource(self, kind: str, namespace: str, name: str) -> ResourceFact | None:
        """The live custom resource of a name."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """An allowed operation of one caller on one key.

    Good for further calls of the same connection while the generations of `stamp` stand, until the
    admission's `valid_until`.
    """

    keystore: Keystore
    key: Key
    operation: str
    admission: Admission
    policy: str
    stamp: tuple[int, int]


class Access:
    """Decides about calls of the data plane; a refusal raises a RequestError."""

    def __init__(self, state: State, checks: Checks, cluster: Cluster, clock: Clock) -> None:
        self._state = state
        self._checks = checks
        self._cluster = cluster
        self._clock = clock
        self._live = LiveResources(cluster.resource)

    @property
    def stamp(self) -> tuple[int, int]:
        """The generations that a decision rests on."""
        return (self._state.generation, self._checks.generation)

    def holds(self, grant: Grant) -> bool:
        """Whether a grant made earlier on the same connection can be used for this call."""
        state, callers = grant.stamp
        return (
            callers == self._checks.generation
            and state == self._state.generation
            and grant.admission.valid_until > self._clock.monotonic()
        )

    def caller(self, peer: Peer) -> Caller:
        """Who calls; the first question of every call."""
        return self._checks.caller(peer)

    def grant(
        self, peer: Peer, caller: Caller, keystore_name: str, key_name: str, operation: str
    ) -> Grant:
        """The grant for one operation; `caller` is what `caller(peer)` said for this call."""
        stamp = self.stamp
        keystore, key, spec = self._find(keystore_name, key_name)
        allowed = self._allowed(keystore, caller.facts(), key.name, operation)
        if allowed is None and not self._visible(keystore, caller.facts(), key.name):
            raise nothing_there()
        admission = self._admit(peer, keystore.spec, spec)
        if allowed is None:
            raise DeniedError(
                POLICY, f"no AccessPolicy allows {operation} on this key", remedy=_REMEDY
            )
        return Grant(keystore, key, operation, admission, allowed, stamp)

    def _admit(self, peer: Peer, stored: KeystoreSpec, live: KeystoreSpec) -> Admission:
        """The admission by both forms of the keystore, where they differ the shorter one."""
        first = self._admit_by(peer, stored)
        if live == stored:
            return first
        second = self._admit_by(peer, live)
        return min(first, second, key=lambda admission: admission.valid_until)

    def _admit_by(self, peer: Peer, spec: KeystoreSpec) -> Admission:
        return self._checks.admit(
            peer,
            spec.authentication,
            float(spec.facts_max_age),
            on_termination=spec.on_termination,
        )

    def _find(self, keystore_name: str, key_name: str) -> tuple[Keystore, Key, KeystoreSpec]:
        """Keystore, key and the keystore's live spec, or not_found."""
        keystore = self._state.tables.keystore(keystore_name)
        self._check_fresh(STRICT if keystore is None else keystore.spec.facts_max_age)
        if keystore is None:
            raise nothing_there()
        key = self._state.tables.key(keystore.id, key_name)
        spec = self._live_keystore(keystore)
        if key is None or spec is None or key.destroy_at is not None:
            raise nothing_there()
        place = ("Key", keystore.namespace, key.name)
        if self._live.spec(*place, key.origin, key.spec) is None:
            raise nothing_there()
        return keystore, key, spec

    def _check_fresh(self, maximum: float) -> None:
        """Old facts can't say that a resource is gone: a refusal by them would wipe files.

        Where there is no keystore the answer is the same, so that it tells nobody which there are.
        """
        age = self._clock.monotonic() - self._cluster.confirmed
        if age > maximum:
            raise UndeterminedError(
                "clientCertificate",
                "what the KMS knows of the cluster is older than the keystore's factsMaxAge",
                remedy="wait until the KMS reaches the API server again",
            )

    def _live_keystore(self, keystore: Keystore) -> KeystoreSpec | None:
        own = self._cluster.namespace(keystore.namespace)
        system = self._cluster.namespace("kube-system")
        here = own is not None and own.uid == keystore.binding.namespace
        ours = system is not None and system.uid == keystore.binding.cluster
        if not here or not ours or keystore.destroy_at is not None:
            return None
        place = ("Keystore", keystore.namespace, keystore.resource_name)
        return self._live.spec(*place, keystore.origin, keystore.spec)

    def _allowed(
        self, keystore: Keystore, facts: CallerFacts, key: str, operation: str
    ) -> str | None:
        """The name of the first policy of which both forms, stored and live, allow the call."""
        for forms in self._policies(keystore):
            if all(decide((form,), facts, key, operation).allowed for form in forms):
                return forms[0].name
        return None

    def _visible(self, keystore: Keystore, facts: CallerFacts, key: str) -> bool:
        return any(self._allowed(keystore, facts, key, operation) for operation in OPERATIONS)

    def _policies(self, keystore: Keystore) -> Iterator[tuple[NamedPolicy, ...]]:
        for policy in self._state.tables.policies(keystore.id):
            place = ("AccessPolicy", keystore.namespace, policy.name)
            live = self._live.spec(*place, policy.origin, policy.spec)
            if live is None:
                continue
            stored = NamedPolicy(keystore.namespace, policy.name, policy.spec)
            if live == policy.spec:
                yield (stored,)
            elif live.keystore == keystore.resource_name:
                yield (stored, NamedPolicy(keystore.namespace, policy.name, live))


def nothing_there() -> NotFoundError:
    """The one answer for an absent key and for one that the caller may not see."""
    detail = "there is no such key, or no AccessPolicy lets this caller see it"
    return NotFoundError(detail, check=POLICY, remedy=_REMEDY)
