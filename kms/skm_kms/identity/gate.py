# SPDX-License-Identifier: Apache-2.0
"""The checks at every call (DESIGN §6.4), in memory and without waiting."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from skm_common.policy import Workload
from skm_common.resources import Authentication
from skm_kms.clock import Clock
from skm_kms.identity import words
from skm_kms.identity.authority import Authority
from skm_kms.identity.caller import Admission, Caller, WhoAmI
from skm_kms.identity.checks import judge
from skm_kms.identity.evidence import LEVELS
from skm_kms.identity.facts import PodFact
from skm_kms.identity.gathering import Knowledge
from skm_kms.identity.peer import Peer, PeerCertificate
from skm_kms.identity.refusal import Refusals, decisive, refusal
from skm_kms.identity.session import Session, SessionRows
from skm_kms.identity.view import CallView, Requirements
from skm_kms.identity.words import Finding

STRICT: Final = 30.0
"""The smallest factsMaxAge that a keystore can ask for, in seconds."""

WIDEST: Final = Requirements(facts_max_age=3600.0, drain=True, minimum_evidence=None)
"""What holds for a call before its keystore is known, and for the renewal of a session.

It is the widest that any keystore may ask for. Neither grants anything by itself, since each call
is checked against its keystore again; were they stricter, a keystore's factsMaxAge of an hour would
end after thirty seconds here, or with the sessions after ten minutes.
"""


class Gate:
    """Lets callers in, or says which check refuses them.

    `authorities` gives the session authorities, the current one first.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        rows: SessionRows,
        authorities: Callable[[], tuple[Authority, ...]],
        clock: Clock,
        refusals: Refusals,
    ) -> None:
        self._knowledge = knowledge
        self._rows = rows
        self._authorities = authorities
        self._clock = clock
        self._refusals = refusals

    def admit(self, peer: Peer, requirements: Requirements) -> Admission:
        """The caller, if every check passes; raises the error of the decisive one otherwise."""
        view = self._view(peer)
        findings = judge(view, requirements)
        self._must_pass(view, findings)
        certificate, pod = _certificate(view), _pod(view)
        attested = view.pod.attested if view.pod is not None else None
        return Admission(
            caller=_caller(peer.address, certificate, pod),
            checks={finding.check: finding.outcome for finding in findings},
            mac=attested.mac if attested else None,
            evidence=attested.level if attested else None,
            valid_until=self._valid_until(view, certificate, pod, requirements.facts_max_age),
            generation=self._knowledge.facts.generation,
        )

    def who_am_i(self, peer: Peer) -> WhoAmI:
        """What was seen of a caller and which checks would pass, each with its reason."""
        view = self._view(peer)
        attested = view.pod.attested if view.pod is not None else None
        certificate = peer.certificate
        pod = certificate.pod if certificate is not None else None
        return WhoAmI(
            address=peer.address,
            certificate_subject=certificate.subject if certificate else None,
            certificate_sha256=certificate.sha256 if certificate else None,
            pod=pod.spiffe() if pod else None,
            mac=attested.mac if attested else None,
            evidence=attested.level if attested else None,
            checks=judge(view, replace(WIDEST, facts_max_age=STRICT, minimum_evidence=LEVELS[0])),
        )

    def _must_pass(self, view: CallView, findings: tuple[Finding, ...]) -> None:
        finding = decisive(findings)
        if finding is None or finding.reason is None:
            return
        if finding.reason is words.POD_UNKNOWN and view.session is not None:
            session = view.session
            self._knowledge.facts.doubt(session.namespace, session.pod_name, session.uid)
        self._refusals.refuse(finding.reason, finding.check)

    def _view(self, peer: Peer) -> CallView:
        now, certificate = self._clock.monotonic(), peer.certificate
        name = certificate.pod if certificate else None
        return CallView(
            address=peer.address,
            certificate=certificate,
            own_authority=certificate is not None and self._own(certificate),
            session=self._session(certificate),
            pod=self._knowledge.about(name.uid, peer.address, now) if name else None,
            now=self._clock.now(),
            facts_age=self._knowledge.facts.age(now),
        )

    def _own(self, certificate: PeerCertificate) -> bool:
        return any(own.identifier == certificate.authority for own in self._authorities())

    def _session(self, certificate: PeerCertificate | None) -> Session | None:
        if certificate is None or certificate.pod is None:
            return None
        return self._rows.get(certificate.pod.uid)

    def _valid_until(
        self, view: CallView, certificate: PeerCertificate, pod: PodFact, facts_max_age: float
    ) -> float:
        """When (monotonic) the first of the facts that were used ends, if nothing is heard."""
        unix_ahead = self._clock.monotonic() - self._clock.now()
        ends = [
            certificate.not_after + unix_ahead,
            self._knowledge.facts.confirmed + facts_max_age,
        ]
        if pod.deadline is not None:
            ends.append(pod.deadline + unix_ahead)
        if view.pod is not None and view.pod.node_heard:
            ends.append(self._knowledge.evidence.valid_until(pod.node or ""))
        return min(ends)


def requirements(
    authentication: Authentication, facts_max_age: float, on_termination: str
) -> Requirements:
    """What a keystore's settings ask of a pod; `facts_max_age` in seconds."""
    mac = authentication.mac
    return Requirements(
        facts_max_age=facts_max_age,
        drain=on_termination == "Drain",
        minimum_evidence=mac.minimum_evidence if mac is not None else None,
    )


def _certificate(view: CallView) -> PeerCertificate:
    if view.certificate is None:
        raise refusal(words.CERTIFICATE_MISSING)
    return view.certificate


def _pod(view: CallView) -> PodFact:
    if view.pod is None or view.pod.pod is None:
        raise refusal(words.POD_UNKNOWN)
    return view.pod.pod


def _caller(address: str, certificate: PeerCertificate, pod: PodFact) -> Caller:
    workload = Workload(
        namespace=pod.namespace,
        service_account=pod.service_account,
        labels=pod.labels,
        created_labels=pod.created_labels or {},
    )
    return Caller(
        kind="pod",
        name=f"{pod.namespace}/{pod.name}",
        address=address,
        certificate_sha256=certificate.sha256,
        workload=workload,
        pod_uid=pod.uid,
        pod_name=pod.name,
        node=pod.node,
    )
