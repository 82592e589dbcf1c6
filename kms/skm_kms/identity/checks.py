# SPDX-License-Identifier: Apache-2.0
"""The checks of DESIGN §6, as pure functions of what was known at one moment.

Each returns the reason why it doesn't hold, or None. What is final (a UID that is gone, a pod that
ends, a certificate for another address) is denied however old the facts are; all else rests on
fresh facts only.
"""

from skm_kms.identity import words
from skm_kms.identity.evidence import LEVELS
from skm_kms.identity.facts import PodFact
from skm_kms.identity.peer import PeerCertificate
from skm_kms.identity.session import Session
from skm_kms.identity.view import CallView, PodView, Requirements
from skm_kms.identity.words import Check, Finding, Outcome, Reason


def judge(view: CallView, requirements: Requirements) -> tuple[Finding, ...]:
    """The finding of every check, in the order of DESIGN §1; without a certificate none passes."""
    certificate = certificate_reason(view, requirements)
    address = call_address_reason(view, fresh=_fresh(view, requirements))
    mac = mac_reason(view, requirements.minimum_evidence)
    return (
        _finding(Check.CERTIFICATE, certificate),
        _finding(Check.ADDRESS, address),
        Finding(Check.MAC, Outcome.NOT_SELECTED)
        if requirements.minimum_evidence is None
        else _finding(Check.MAC, mac),
    )


def certificate_reason(view: CallView, requirements: Requirements) -> Reason | None:
    """Whether certificate, session and pod still stand for each other."""
    reason = _presented(view) or session_reason(view.certificate, view.session, view.now)
    if reason is not None:
        return reason
    liveness = _liveness(view.pod, view.now, drain=requirements.drain)
    if liveness is not None and liveness.outcome is Outcome.DENIED:
        return liveness
    return liveness if _fresh(view, requirements) else words.FACTS_OLD


def _fresh(view: CallView, requirements: Requirements) -> bool:
    return view.facts_age <= requirements.facts_max_age


def _presented(view: CallView) -> Reason | None:
    if view.certificate is None:
        return words.CERTIFICATE_MISSING
    session_certificate = view.certificate.pod is not None and view.certificate.binding is not None
    return None if view.own_authority and session_certificate else words.CERTIFICATE_FOREIGN


def session_reason(
    certificate: PeerCertificate | None, session: Session | None, now: float
) -> Reason | None:
    """Whether the certificate is valid by the KMS's clock, and of the pod's current session.

    TLS has checked validity when the connection began; a kept-alive connection outlives it.
    """
    if certificate is None:
        return words.CERTIFICATE_MISSING
    if now >= certificate.not_after:
        return words.CERTIFICATE_EXPIRED
    if now < certificate.not_before:
        return words.CERTIFICATE_EARLY
    if session is None:
        return words.SESSION_UNKNOWN
    if session.revoked:
        return words.SESSION_REVOKED
    return None if session.key == certificate.key else words.SESSION_SUPERSEDED


def _liveness(view: PodView | None, now: float, *, drain: bool) -> Reason | None:
    if view is None or view.pod is None:
        return words.POD_GONE if view is not None and view.gone else words.POD_UNKNOWN
    return live_reason(view.pod, now, drain=drain)


def live_reason(pod: PodFact, now: float, *, drain: bool) -> Reason | None:
    """Whether a pod is running; `drain` serves a terminating one until its grace has passed.

    The end of grace is the pod's deletionTimestamp, held against the KMS's own clock, so that a
    node which never confirms the deletion doesn't prolong the session.
    """
    if pod.finished:
        return words.POD_FINISHED
    if pod.deadline is None:
        return None
    if not drain:
        return words.POD_TERMINATING
    return words.POD_GRACE_PASSED if now >= pod.deadline else None


def call_address_reason(view: CallView, *, fresh: bool) -> Reason | None:
    """Whether the call comes from the address in the certificate, and that is still the pod's.

    Old facts can't say that an address isn't the pod's any more, so then the certificate decides
    alone; the call is undetermined anyway.
    """
    if view.certificate is None:
        return words.CERTIFICATE_MISSING
    if view.certificate.ipv4 != (view.address,):
        return words.ADDRESS_DIFFERS
    if not fresh or view.pod is None or view.pod.pod is None:
        return None
    return address_reason(view.pod.pod, view.pod, view.address)


def address_reason(pod: PodFact, view: PodView, address: str) -> Reason | None:
    """Whether the peer's address is this pod's and no other live pod's.

    Before the kubelet has reported an address, the node's attestation for the UID stands for it.
    """
    if pod.host_network:
        return words.HOST_NETWORK
    if pod.ipv4:
        if address not in pod.ipv4:
            return words.ADDRESS_NOT_THE_PODS
    elif view.attested is None:
        return words.ADDRESS_UNREPORTED
    elif view.attested.ipv4 != address:
        return words.ADDRESS_NOT_THE_PODS
    return _clash(pod.uid, view)


def _clash(uid: str, view: PodView) -> Reason | None:
    if not view.holders - {uid}:
        return None
    if view.attesting == {uid}:
        return None
    others_only = bool(view.attesting) and uid not in view.attesting
    return words.ADDRESS_OF_ANOTHER if others_only else words.ADDRESS_CLASH


def mac_reason(view: CallView, minimum: str | None) -> Reason | None:
    """Whether the pod's node attests, now, the MAC in the certificate behind the call's address.

    A certificate issued before the node had attested anything names no MAC: then the node's word
    now is all there is, and it suffices.
    """
    if view.certificate is None:
        return words.CERTIFICATE_MISSING
    if view.pod is None or not view.pod.node_heard:
        return words.MAC_NODE_SILENT
    attested = view.pod.attested
    if attested is None:
        return words.MAC_UNATTESTED
    if attested.ipv4 != view.address:
        return words.MAC_ADDRESS_DIFFERS
    binding = view.certificate.binding
    if binding is not None and binding.mac not in (None, attested.mac):
        return words.MAC_DIFFERS
    weak = minimum is not None and LEVELS.index(attested.level) < LEVELS.index(minimum)
    return words.MAC_EVIDENCE_LOW if weak else None


def _finding(check: Check, reason: Reason | None) -> Finding:
    if reason is None:
        return Finding.passed(check)
    return Finding(check, reason.outcome, reason)
