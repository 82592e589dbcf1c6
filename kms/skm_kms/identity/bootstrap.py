# SPDX-License-Identifier: Apache-2.0
"""Who brings a proof of first identity: its claims held against the live pod (DESIGN §6.1-2).

A pod-bound token is the only proof of this version. A pod certificate names the same things (pod,
ServiceAccount, node) in another way and will go through the same checks.
"""

from typing import Final

from skm_common import names
from skm_kms.clock import Clock
from skm_kms.identity import words
from skm_kms.identity.caller import TokenIdentity
from skm_kms.identity.checks import address_reason, live_reason
from skm_kms.identity.errors import KubeError
from skm_kms.identity.facts import PodFact
from skm_kms.identity.gathering import Knowledge
from skm_kms.identity.peer import Peer
from skm_kms.identity.refusal import Refusals, refusal
from skm_kms.identity.tokens import TokenClaims, TokenReviews
from skm_kms.identity.words import Reason

FACTS_MAX_AGE: Final = 30.0
"""How old facts may be for a first identity, in seconds."""


class Bootstrap:
    """Authenticates tokens of pods, and of the node agents by their own rule."""

    def __init__(
        self, knowledge: Knowledge, reviews: TokenReviews, clock: Clock, refusals: Refusals
    ) -> None:
        self._knowledge = knowledge
        self._reviews = reviews
        self._clock = clock
        self._refusals = refusals

    async def authenticate(self, token: str, audience: str, peer: Peer) -> TokenIdentity:
        """The live pod behind a token that came from that pod's own address.

        Raises UnauthenticatedError, DeniedError or UndeterminedError. The API server is asked only
        once the peer is known as a pod's address, so that strangers can't make work for it.
        """
        self._must_be_fresh()
        now = self._clock.monotonic()
        if not self._knowledge.known_address(peer.address, now):
            self._refusals.refuse(words.ADDRESS_UNKNOWN)
        claims = await self._reviews.claims(token, audience)
        pod = await self._live(claims)
        view = self._knowledge.about(pod.uid, peer.address, self._clock.monotonic())
        self._refusals.unless(
            self._pod_reason(pod, claims) or address_reason(pod, view, peer.address)
        )
        return _identity(pod, claims)

    async def authenticate_node(self, token: str, node: str, peer: Peer) -> PodFact:
        """The node agent's live pod behind a token, for a report about `node`.

        It is on the host network, so its rule is another: a pod of the DaemonSet, on the node that
        token, report and spec.nodeName agree on, calling from that node's InternalIP.
        """
        self._must_be_fresh()
        fact = self._knowledge.facts.node(node)
        if fact is None:
            self._refusals.refuse(words.NODE_UNKNOWN)
        if peer.address not in fact.internal_ipv4:
            self._refusals.refuse(words.NODE_ADDRESS_DIFFERS)
        claims = await self._reviews.claims(token, names.AUDIENCE_NODE)
        self._refusals.unless(self._agent_reason(claims, node))
        pod = await self._live(claims)
        self._refusals.unless(self._pod_reason(pod, claims) or self._owner_reason(pod))
        return pod

    def _must_be_fresh(self) -> None:
        if self._knowledge.facts.age(self._clock.monotonic()) > FACTS_MAX_AGE:
            self._refusals.refuse(words.FACTS_OLD)

    async def _live(self, claims: TokenClaims) -> PodFact:
        facts = self._knowledge.facts
        try:
            pod = await facts.settle_pod(claims.namespace, claims.pod_name, claims.pod_uid)
        except KubeError as error:
            raise refusal(words.POD_UNKNOWN) from error
        if pod is None:
            self._refusals.refuse(words.POD_GONE)
        return pod

    def _pod_reason(self, pod: PodFact, claims: TokenClaims) -> Reason | None:
        if (pod.namespace, pod.service_account) != (claims.namespace, claims.service_account):
            return words.SERVICE_ACCOUNT_DIFFERS
        if pod.node is None or claims.node not in (None, pod.node):
            return words.NODE_DIFFERS
        return live_reason(pod, self._clock.now(), drain=False)

    def _agent_reason(self, claims: TokenClaims, node: str) -> Reason | None:
        account = (claims.namespace, claims.service_account)
        if account != (names.NODE_NAMESPACE, names.NODE_AGENT):
            return words.WRONG_WORKLOAD
        return None if claims.node == node else words.NODE_DIFFERS

    def _owner_reason(self, pod: PodFact) -> Reason | None:
        daemon_set = self._knowledge.facts.node_agent_daemon_set()
        if daemon_set is None or pod.owner is None:
            return words.NODE_AGENT_UNOWNED
        owned = (pod.owner.kind, pod.owner.uid) == ("DaemonSet", daemon_set.uid)
        return None if owned else words.NODE_AGENT_UNOWNED


def _identity(pod: PodFact, claims: TokenClaims) -> TokenIdentity:
    return TokenIdentity(
        namespace=claims.namespace,
        service_account=claims.service_account,
        pod_uid=pod.uid,
        pod_name=pod.name,
        node=pod.node or "",
    )
