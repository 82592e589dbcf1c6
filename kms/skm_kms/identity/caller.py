# SPDX-License-Identifier: Apache-2.0
"""What the checks hand on: who calls, that they pass, and what a caller is told about itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from skm_common.policy import CallerFacts, Workload
from skm_kms.identity.words import Check, Finding, Outcome


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller whose identity has been established; registered machines (`client`) come later."""

    kind: Literal["pod", "client"]
    name: str
    address: str
    certificate_sha256: str
    workload: Workload | None = None
    pod_uid: str | None = None
    pod_name: str | None = None
    node: str | None = None

    def facts(self) -> CallerFacts:
        """What a policy looks at."""
        if self.workload is None:
            raise ValueError("a registered client has no workload")
        return CallerFacts(self.workload, self.address)


@dataclass(frozen=True, slots=True)
class Admission:
    """A caller has passed every selected method.

    It may be kept with the connection and used again until `valid_until` (monotonic seconds) has
    come or the identity's generation is no longer `generation`.
    """

    caller: Caller
    checks: Mapping[Check, Outcome]
    mac: str | None
    evidence: str | None
    valid_until: float
    generation: int


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """What the KMS saw of a caller (`GET /v1/whoami`); never a refusal."""

    address: str
    certificate_subject: str | None
    certificate_sha256: str | None
    pod: str | None
    mac: str | None
    evidence: str | None
    checks: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """Whom a pod-bound ServiceAccount token speaks for, after the live pod has been looked at."""

    namespace: str
    service_account: str
    pod_uid: str
    pod_name: str
    node: str
