# SPDX-License-Identifier: Apache-2.0
"""Issuing and renewing session certificates (DESIGN §6.2-3).

A renewal keeps the session's key: the proof of the current key is the TLS connection itself, and a
certificate for another key would be a bootstrap without its checks. A pod that wants a new key
bootstraps again.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from skm_common import names
from skm_kms.clock import Clock
from skm_kms.errors import InvalidRequestError
from skm_kms.identity import words
from skm_kms.identity.authority import Authority
from skm_kms.identity.binding import Binding
from skm_kms.identity.bootstrap import Bootstrap
from skm_kms.identity.csr import read_csr
from skm_kms.identity.facts import PodFact
from skm_kms.identity.gate import WIDEST, Gate
from skm_kms.identity.gathering import Knowledge
from skm_kms.identity.peer import Peer, key_fingerprint
from skm_kms.identity.refusal import Refusals
from skm_kms.identity.session import IssuedSession, Session, SessionRows
from skm_kms.identity.session_certificate import MAXIMUM_SECONDS, issue_session_certificate
from skm_kms.identity.spiffe import PodName

SESSION_SECONDS: Final = float(MAXIMUM_SECONDS)


class Issuing:
    """Turns a proof of identity and a certificate request into a session."""

    def __init__(
        self,
        knowledge: Knowledge,
        *,
        bootstrap: Bootstrap,
        gate: Gate,
        rows: SessionRows,
        authorities: Callable[[], tuple[Authority, ...]],
        clock: Clock,
        refusals: Refusals,
        lifetime: float = SESSION_SECONDS,
    ) -> None:
        self._knowledge = knowledge
        self._bootstrap = bootstrap
        self._gate = gate
        self._rows = rows
        self._authorities = authorities
        self._clock = clock
        self._refusals = refusals
        self._lifetime = lifetime
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def bootstrap(self, peer: Peer, token: str, csr: bytes) -> IssuedSession:
        """A first certificate, or one for a new key, by the pod's token."""
        key = read_csr(csr)
        identity = await self._bootstrap.authenticate(token, names.AUDIENCE_POD, peer)
        async with self._lock(identity.pod_uid):
            pod = self._still_live(identity.pod_uid)
            row = self._rows.get(pod.uid)
            if row is not None and row.revoked:
                self._refusals.refuse(words.SESSION_REVOKED)
            return await self._issue(peer, pod, key, row, renewal=False)

    async def renew(self, peer: Peer, csr: bytes) -> IssuedSession:
        """The next certificate of a session, by its current certificate."""
        key = read_csr(csr)
        admission = self._gate.admit(peer, WIDEST)
        if peer.certificate is None or key_fingerprint(key) != peer.certificate.key:
            raise InvalidRequestError("csr: a renewal keeps the session's key")
        async with self._lock(admission.caller.pod_uid or ""):
            self._gate.admit(peer, WIDEST)
            pod = self._still_live(admission.caller.pod_uid or "")
            return await self._issue(peer, pod, key, self._rows.get(pod.uid), renewal=True)

    def _lock(self, uid: str) -> asyncio.Lock:
        """One issue at a time for a pod, so that two bootstraps can't both find no session."""
        return self._locks.setdefault(uid, asyncio.Lock())

    def _still_live(self, uid: str) -> PodFact:
        pod = self._knowledge.facts.pod(uid)
        if pod is None:
            self._refusals.refuse(words.POD_GONE)
        if pod.created_labels is None:
            self._refusals.refuse(words.POD_UNRECORDED)
        return pod

    async def _issue(
        self,
        peer: Peer,
        pod: PodFact,
        key: ec.EllipticCurvePublicKey,
        row: Session | None,
        *,
        renewal: bool,
    ) -> IssuedSession:
        now = self._clock.now()
        binding = self._binding(pod, peer.address)
        authority = self._authorities()[0]
        certificate = issue_session_certificate(
            authority,
            key,
            PodName(pod.namespace, pod.service_account, pod.uid),
            peer.address,
            binding,
            lifetime=self._lifetime,
            now=now,
        )
        session = _session(pod, key, certificate, now)
        await self._rows.put(session)
        self._knowledge.facts.changes.bump()
        other_key = row is not None and row.key != session.key
        return IssuedSession(
            certificate=certificate.public_bytes(Encoding.PEM) + authority.certificate_pem,
            session=session,
            certificate_sha256=_sha256(certificate),
            address=peer.address,
            mac=binding.mac,
            evidence=binding.evidence,
            renewal=renewal,
            takeover=other_key and row is not None and now < row.not_after,
        )

    def _binding(self, pod: PodFact, address: str) -> Binding:
        """What the certificate records: the node, and the MAC if the node attests this address."""
        attested = self._knowledge.about(pod.uid, address, self._clock.monotonic()).attested
        if attested is None or attested.ipv4 != address:
            return Binding(pod.node or "", None, None)
        return Binding(pod.node or "", attested.mac, attested.level)


def _session(
    pod: PodFact, key: ec.EllipticCurvePublicKey, certificate: x509.Certificate, now: float
) -> Session:
    return Session(
        uid=pod.uid,
        namespace=pod.namespace,
        service_account=pod.service_account,
        pod_name=pod.name,
        node=pod.node or "",
        key=key_fingerprint(key),
        issued=now,
        not_after=certificate.not_valid_after_utc.timestamp(),
    )


def _sha256(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
