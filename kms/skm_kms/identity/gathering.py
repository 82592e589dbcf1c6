# SPDX-License-Identifier: Apache-2.0
"""Gathering what a decision looks at, from the tables as they are now. Synchronous: memory only."""

from dataclasses import dataclass

from skm_kms.identity.cluster import Facts
from skm_kms.identity.evidence import Attested, EvidenceTable
from skm_kms.identity.facts import PodFact
from skm_kms.identity.view import PodView


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The two sources of truth about pods: the cluster's facts and the nodes' evidence."""

    facts: Facts
    evidence: EvidenceTable

    def about(self, uid: str, address: str, now: float) -> PodView:
        """What is known now (monotonic) about one pod, as seen from a peer's address."""
        pod = self.facts.pod(uid)
        attesting = self._attesting(address, now)
        return PodView(
            pod=pod,
            gone=self.facts.pod_gone(uid),
            holders=attesting.union(holder.uid for holder in self.facts.pods_at(address)),
            attesting=attesting,
            attested=self._attested(pod, now),
            node_heard=pod is not None
            and pod.node is not None
            and self.evidence.heard(pod.node, now),
        )

    def known_address(self, address: str, now: float) -> bool:
        """Whether any live pod holds an address, or a node attests it for one of its pods."""
        return bool(self.facts.pods_at(address) or self.evidence.attested_at(address, now))

    def _attesting(self, address: str, now: float) -> frozenset[str]:
        """The pods for which their own node attests an address that they may hold."""
        found = set()
        for node, uid in self.evidence.attested_at(address, now):
            pod = self.facts.pod(uid)
            if pod is None or pod.node != node or pod.finished:
                continue
            if not pod.ipv4 or address in pod.ipv4:
                found.add(uid)
        return frozenset(found)

    def _attested(self, pod: PodFact | None, now: float) -> Attested | None:
        if pod is None or pod.node is None:
            return None
        return self.evidence.of(pod.node, pod.uid, now)
