# SPDX-License-Identifier: Apache-2.0
"""The words for every outcome of a check: one table for answers, events, terminations and metrics.

A reason's `code` is the metric's label, `why` and `remedy` are the sentences. None holds a value of
the caller's, so the same caller always reads the same words and nothing can leak through them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Check(StrEnum):
    """The authentication checks (DESIGN §1, §5)."""

    CERTIFICATE = "clientCertificate"
    ADDRESS = "ipv4"
    MAC = "mac"


class Outcome(StrEnum):
    """What came out of a check: DENIED a fact is false, UNDETERMINED it can't be known now."""

    PASSED = "passed"
    DENIED = "denied"
    UNDETERMINED = "undetermined"
    NOT_SELECTED = "notSelected"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check did not pass; `ends_session`: no refusal, the caller bootstraps again (401)."""

    code: str
    check: Check
    outcome: Outcome
    why: str
    remedy: str
    ends_session: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what came out of it; `reason` is None where it passed or isn't selected."""

    check: Check
    outcome: Outcome
    reason: Reason | None = None

    @classmethod
    def passed(cls, check: Check) -> "Finding":
        """The check holds."""
        return cls(check, Outcome.PASSED)

    @classmethod
    def because(cls, reason: Reason) -> "Finding":
        """The check doesn't hold, for that reason."""
        return cls(reason.check, reason.outcome, reason)


def _denied(check: Check, code: str, why: str, remedy: str) -> Reason:
    return Reason(code, check, Outcome.DENIED, why, remedy)


def _undetermined(check: Check, code: str, why: str, remedy: str) -> Reason:
    return Reason(code, check, Outcome.UNDETERMINED, why, remedy)


def _ended(code: str, why: str) -> Reason:
    remedy = "ask for a new session certificate with the pod's token"
    return Reason(code, Check.CERTIFICATE, Outcome.UNDETERMINED, why, remedy, ends_session=True)


_WAIT: Final = "try again in a second"
_NEW_POD: Final = "let its controller make a new pod"

CERTIFICATE_MISSING: Final = _denied(
    Check.CERTIFICATE,
    "certificate_missing",
    "no client certificate was presented",
    "present the pod's session certificate; the injected agent does",
)
CERTIFICATE_FOREIGN: Final = _denied(
    Check.CERTIFICATE,
    "certificate_foreign",
    "the client certificate is no session certificate of this KMS",
    "ask the identity plane for a session certificate",
)
CERTIFICATE_EXPIRED: Final = _ended("certificate_expired", "the session certificate has expired")
CERTIFICATE_EARLY: Final = _ended(
    "certificate_early", "the session certificate isn't valid yet by the KMS's clock"
)
SESSION_UNKNOWN: Final = _ended("session_unknown", "the KMS has no record of this session")
SESSION_SUPERSEDED: Final = _ended(
    "session_superseded", "a newer session of the same pod has replaced this one"
)
SESSION_REVOKED: Final = _denied(
    Check.CERTIFICATE,
    "session_revoked",
    "an administrator has revoked this pod's identity",
    _NEW_POD,
)
FACTS_OLD: Final = _undetermined(
    Check.CERTIFICATE,
    "facts_old",
    "what the KMS knows of the cluster is older than the keystore's factsMaxAge",
    "wait until the KMS reaches the API server again",
)
POD_UNKNOWN: Final = _undetermined(
    Check.CERTIFICATE,
    "pod_unknown",
    "this replica hasn't heard of the pod yet and is asking the API server",
    _WAIT,
)
POD_GONE: Final = _denied(
    Check.CERTIFICATE, "pod_gone", "the pod of this identity no longer exists", _NEW_POD
)
POD_FINISHED: Final = _denied(
    Check.CERTIFICATE, "pod_finished", "the pod has run to its end", _NEW_POD
)
POD_TERMINATING: Final = _denied(
    Check.CERTIFICATE, "pod_terminating", "the pod is being deleted", _NEW_POD
)
POD_GRACE_PASSED: Final = _denied(
    Check.CERTIFICATE,
    "pod_grace_passed",
    "the pod is being deleted and its grace period has passed",
    _NEW_POD,
)
POD_UNRECORDED: Final = _denied(
    Check.CERTIFICATE,
    "pod_unrecorded",
    "the pod carries no record of its labels at creation, so it wasn't made through the webhook",
    "annotate the pod's template with skm.dev/inject and let its controller make a new pod",
)
SERVICE_ACCOUNT_DIFFERS: Final = _denied(
    Check.CERTIFICATE,
    "service_account_differs",
    "the live pod runs as another ServiceAccount than its proof says",
    _NEW_POD,
)
NODE_DIFFERS: Final = _denied(
    Check.CERTIFICATE,
    "node_differs",
    "the live pod runs on another node than its proof says",
    _NEW_POD,
)
WRONG_WORKLOAD: Final = _denied(
    Check.CERTIFICATE,
    "wrong_workload",
    "this proof belongs to another workload than the one this call is for",
    "call with the ServiceAccount that the chart made for this",
)
NODE_AGENT_UNOWNED: Final = _denied(
    Check.CERTIFICATE,
    "node_agent_unowned",
    "the reporting pod doesn't belong to the node agent's DaemonSet",
    "let the chart's DaemonSet make the node agents",
)
NODE_AGENT_REPLACED: Final = _denied(
    Check.CERTIFICATE,
    "node_agent_replaced",
    "a later process of the node agent has reported for this node",
    "nothing, if the node agent is being replaced; else look for a second one on the node",
)
NODE_UNKNOWN: Final = _undetermined(
    Check.ADDRESS, "node_unknown", "this replica doesn't know the node yet", _WAIT
)
NODE_ADDRESS_DIFFERS: Final = _denied(
    Check.ADDRESS,
    "node_address_differs",
    "the report comes from another address than the node's InternalIP",
    "let the node agent send from the InternalIP, and to the KMS pods' own addresses",
)
HOST_NETWORK: Final = _denied(
    Check.ADDRESS,
    "host_network",
    "the pod is on the host network and shares its node's address",
    "remove hostNetwork from the pod's template",
)
ADDRESS_DIFFERS: Final = _denied(
    Check.ADDRESS,
    "address_differs",
    "the call comes from another address than the one in the session certificate",
    "call from the pod that the certificate was issued to, without a proxy in between",
)
ADDRESS_NOT_THE_PODS: Final = _denied(
    Check.ADDRESS,
    "address_not_the_pods",
    "the call comes from another address than the pod's",
    "call from the pod itself, without a proxy or address translation in between",
)
ADDRESS_UNREPORTED: Final = _undetermined(
    Check.ADDRESS,
    "address_unreported",
    "neither the kubelet nor the node agent has reported the pod's address yet",
    _WAIT,
)
ADDRESS_UNKNOWN: Final = _undetermined(
    Check.ADDRESS,
    "address_unknown",
    "the call comes from an address that this replica knows as no pod's",
    "try again in a second; if it stays so, something between pod and KMS translates addresses",
)
ADDRESS_CLASH: Final = _undetermined(
    Check.ADDRESS,
    "address_clash",
    "two live pods hold this address and no fresh report of a node decides between them",
    "look at the pods that share the address, and at the node agents",
)
ADDRESS_OF_ANOTHER: Final = _denied(
    Check.ADDRESS,
    "address_of_another",
    "the node attests this address for another pod",
    "look at the pods that share the address",
)
MAC_UNATTESTED: Final = _undetermined(
    Check.MAC,
    "mac_unattested",
    "the pod's node attests no MAC for it: its witnesses are missing or don't agree",
    "look at the pod's node agent; a pod that changes its own MAC is never attested",
)
MAC_NODE_SILENT: Final = _undetermined(
    Check.MAC,
    "mac_node_silent",
    "the pod's node has not reported for more than a minute",
    "look at the node agent of the pod's node",
)
MAC_DIFFERS: Final = _denied(
    Check.MAC,
    "mac_differs",
    "the node attests another MAC for the pod than the one in its session certificate",
    _NEW_POD,
)
MAC_ADDRESS_DIFFERS: Final = _denied(
    Check.MAC,
    "mac_address_differs",
    "the node attests the pod's MAC behind another address than the call's",
    "call from the pod itself, without a proxy or address translation in between",
)
MAC_EVIDENCE_LOW: Final = _denied(
    Check.MAC,
    "mac_evidence_low",
    "the evidence for the pod's MAC is weaker than the keystore asks for",
    "run the node agent, or set minimumEvidence: Declared on the Keystore",
)

REASONS: Final[dict[str, Reason]] = {
    reason.code: reason for reason in list(globals().values()) if isinstance(reason, Reason)
}
"""Every reason by its code."""
