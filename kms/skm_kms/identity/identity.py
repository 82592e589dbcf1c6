# SPDX-License-Identifier: Apache-2.0
"""Who is calling (DESIGN §6): the one object that the KMS's planes ask."""

from collections import Counter
from collections.abc import Callable

from skm_common import names
from skm_common.resources import Authentication
from skm_kms.clock import Clock
from skm_kms.errors import ConflictError, UnauthenticatedError
from skm_kms.identity import words
from skm_kms.identity.authority import Authority
from skm_kms.identity.bootstrap import Bootstrap
from skm_kms.identity.caller import Admission, Caller, TokenIdentity, WhoAmI
from skm_kms.identity.cluster import Facts
from skm_kms.identity.errors import ReplayedBootError, SnapshotRequiredError
from skm_kms.identity.evidence import EvidenceTable, Report, Reporter
from skm_kms.identity.gate import WIDEST, Gate, requirements
from skm_kms.identity.gathering import Knowledge
from skm_kms.identity.internal_pki import InternalIssuer
from skm_kms.identity.issuing import SESSION_SECONDS, Issuing
from skm_kms.identity.peer import Peer
from skm_kms.identity.refusal import Refusals
from skm_kms.identity.session import IssuedSession, SessionRows
from skm_kms.identity.tokens import ReviewApi, TokenReviews


class Identity:
    """Establishes callers. Every refusal is an error of skm_kms.errors; nothing returns a bool.

    `authorities` gives the loaded session authorities, the current one first; while the KMS is
    sealed it raises UnavailableError. `session_seconds` is the life of a session certificate.
    """

    def __init__(
        self,
        *,
        facts: Facts,
        reviews: ReviewApi,
        rows: SessionRows,
        authorities: Callable[[], tuple[Authority, ...]],
        clock: Clock,
        session_seconds: float = SESSION_SECONDS,
    ) -> None:
        self._facts = facts
        self._clock = clock
        self._evidence = EvidenceTable()
        self._refusals = Refusals()
        knowledge = Knowledge(facts, self._evidence)
        self._bootstrap = Bootstrap(knowledge, TokenReviews(reviews, clock), clock, self._refusals)
        self._gate = Gate(knowledge, rows, authorities, clock, self._refusals)
        self._issuing = Issuing(
            knowledge,
            bootstrap=self._bootstrap,
            gate=self._gate,
            rows=rows,
            authorities=authorities,
            clock=clock,
            refusals=self._refusals,
            lifetime=session_seconds,
        )

    @property
    def generation(self) -> int:
        """Changes whenever a cached Admission may no longer hold."""
        return self._facts.generation

    @property
    def refusals(self) -> Counter[str]:
        """How often each reason of `words.REASONS` has refused a call, by its code."""
        return self._refusals.counts

    def attests(self) -> bool:
        """Whether any node attests MACs now; a keystore's MAC method can't be proven without."""
        now = self._clock.monotonic()
        return any(self._evidence.heard(node, now) for node in self._evidence.nodes())

    def clashes(self) -> list[str]:
        """Addresses that several live pods hold: something to alert on, whoever wins."""
        return self._facts.clashes()

    def caller(self, peer: Peer) -> Caller:
        """Who calls, where no keystore's methods are concerned.

        Raises SessionEndedError, DeniedError or UndeterminedError.
        """
        return self._gate.admit(peer, WIDEST).caller

    def admit(
        self,
        peer: Peer,
        authentication: Authentication,
        facts_max_age: float,
        *,
        on_termination: str,
    ) -> Admission:
        """Who calls, having passed every method that a keystore selects.

        `facts_max_age` in seconds; `on_termination` is `Drain` or `Revoke`. Raises as `caller`.
        """
        asked = requirements(authentication, facts_max_age, on_termination)
        return self._gate.admit(peer, asked)

    def whoami(self, peer: Peer) -> WhoAmI:
        """What the KMS saw of a caller, and which checks would pass; never a refusal."""
        return self._gate.who_am_i(peer)

    async def authenticate_token(self, token: str, audience: str, peer: Peer) -> TokenIdentity:
        """The live pod behind a pod-bound token that came from that pod's own address.

        Raises UnauthenticatedError, DeniedError or UndeterminedError.
        """
        return await self._bootstrap.authenticate(token, audience, peer)

    async def issue(self, peer: Peer, token: str | None, csr: bytes) -> IssuedSession:
        """A session certificate: by the pod's token, or the next one by the current certificate."""
        if token is not None:
            return await self._issuing.bootstrap(peer, token, csr)
        if peer.certificate is None:
            raise UnauthenticatedError("present the pod's token or its session certificate")
        return await self._issuing.renew(peer, csr)

    async def issue_internal(
        self, peer: Peer, token: str, csr: bytes, issuer: InternalIssuer
    ) -> bytes:
        """The system-key server's certificate chain (PEM), for its own live pod only."""
        identity = await self._bootstrap.authenticate(token, names.AUDIENCE_INTERNAL, peer)
        account = (identity.namespace, identity.service_account)
        if account != (names.SYSTEM_KEY_NAMESPACE, names.SYSTEM_KEY):
            self._refusals.refuse(words.WRONG_WORKLOAD)
        return issuer.sign_system_key(csr, self._clock.now())

    async def accept_evidence(self, peer: Peer, token: str, report: Report) -> int:
        """Take a node's report over; returns its sequence number.

        Raises ConflictError (`snapshot_required`) where the node must begin with the whole again.
        """
        pod = await self._bootstrap.authenticate_node(token, report.node, peer)
        last = self._evidence.last_reporter(report.node)
        try:
            changed = self._evidence.accept(
                report,
                Reporter(pod.uid, pod.created),
                last_lives=last is not None and self._facts.pod(last) is not None,
                now=self._clock.monotonic(),
            )
        except SnapshotRequiredError as error:
            raise ConflictError(str(error), code="snapshot_required") from error
        except ReplayedBootError:
            self._refusals.refuse(words.NODE_AGENT_REPLACED)
        self._forget_nodes()
        if changed:
            self._facts.changes.bump()
        return report.sequence

    def _forget_nodes(self) -> None:
        """What a node attested goes with the node."""
        for node in self._evidence.nodes():
            if self._facts.node(node) is None:
                self._evidence.forget(node)
