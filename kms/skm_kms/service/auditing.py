# SPDX-License-Identifier: Apache-2.0
"""What is written down about a call before its answer: who, what, by which checks, how it ended.

Refusals of callers who haven't proved who they are, and waits without news, are counted and written
in aggregate: nobody fills the log from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from skm_kms.audit import AuditCaller, AuditRecord, RefusalCounter, Refusals
from skm_kms.audit.record import Check, Outcome
from skm_kms.errors import DeniedError, RequestError, UndeterminedError
from skm_kms.identity.caller import Admission, Caller
from skm_kms.identity.peer import Peer

from .access import POLICY

UNKNOWN: Final = AuditCaller("unknown", "")
SYSTEM: Final = AuditCaller("service", "skm-kms")


@dataclass(slots=True)
class Trail:
    """What becomes known about one call while it is served."""

    time: float
    request: str
    plane: str
    operation: str
    peer: Peer
    keystore: str | None = None
    key: str | None = None
    version: int | None = None
    caller: AuditCaller = UNKNOWN
    mac: str | None = None
    evidence: str | None = None
    certificate: str | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)

    def identified(self, caller: Caller) -> None:
        """The caller has been established."""
        self.caller = pod_caller(caller)

    def granted(self, proof: "Proof") -> None:
        """The call is allowed; all selected checks and the policy have passed."""
        self.caller = proof.caller
        self.mac = proof.mac
        self.evidence = proof.evidence
        self.checks = proof.checks

    @property
    def known(self) -> bool:
        """Whether anybody has proved who calls."""
        return self.caller is not UNKNOWN

    def record(self, error: RequestError | None = None) -> AuditRecord:
        """The record of how it ended: allowed, or by which error not."""
        checks = dict(self.checks)
        if error is not None and error.check is not None and error.outcome is not None:
            checks[error.check] = error.outcome
        return AuditRecord(
            time=self.time,
            request=self.request,
            plane=self.plane,
            operation=self.operation,
            caller=self.caller,
            address=self.peer.address,
            checks=checks,
            outcome=_outcome(error),
            keystore=self.keystore,
            key=self.key,
            version=self.version,
            mac=self.mac,
            evidence=self.evidence,
            certificate=self.certificate or _fingerprint(self.peer),
            code=error.code if error else None,
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """What the record of every call by one grant says in the same words; made once for it."""

    caller: AuditCaller
    checks: dict[str, Check]
    mac: str | None
    evidence: str | None

    @classmethod
    def of(cls, admission: Admission) -> "Proof":
        """The proof behind an admission."""
        caller = pod_caller(admission.caller)
        return cls(caller, passed(admission), admission.mac, admission.evidence)


def _fingerprint(peer: Peer) -> str | None:
    return peer.certificate.sha256 if peer.certificate else None


def pod_caller(caller: Caller) -> AuditCaller:
    """A caller of the data plane as the log names it."""
    workload = caller.workload
    return AuditCaller(
        kind=caller.kind,
        name=caller.name,
        namespace=workload.namespace if workload else None,
        service_account=workload.service_account if workload else None,
        pod_uid=caller.pod_uid,
        pod_name=caller.pod_name,
    )


def passed(admission: Admission) -> dict[str, Check]:
    """The checks of an allowed call, policy included."""
    checks: dict[str, Check] = {name.value: out.value for name, out in admission.checks.items()}
    return {**checks, POLICY: "passed"}


def aggregate(counted: Refusals, plane: str, request: str) -> AuditRecord:
    """The one record of many like calls; the operation says what was counted."""
    return AuditRecord(
        time=counted.last,
        request=request,
        plane=plane,
        operation="Aggregate",
        caller=UNKNOWN,
        address=counted.address,
        checks={},
        outcome="allowed" if counted.code in QUIET else "denied",
        code=counted.code,
        count=counted.count,
    )


QUIET: Final = frozenset({"evidence", "no_news", "whoami"})
"""What is counted though it is no refusal."""


def count_refusal(counter: RefusalCounter, trail: Trail, error: RequestError) -> None:
    """Count a refusal of somebody unknown; the code names the check, where one refused."""
    code = f"{error.code}/{error.check}" if error.check else error.code
    counter.add(trail.peer.address, code, trail.time)


def _outcome(error: RequestError | None) -> Outcome:
    if error is None:
        return "allowed"
    if isinstance(error, UndeterminedError):
        return "undetermined"
    refused = isinstance(error, DeniedError) or error.code in ("not_found", "forbidden")
    return "denied" if refused else "failed"
