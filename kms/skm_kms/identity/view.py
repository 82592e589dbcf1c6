# SPDX-License-Identifier: Apache-2.0
"""Everything that a decision about one caller looks at, gathered at one moment."""

from dataclasses import dataclass

from skm_kms.identity.evidence import Attested
from skm_kms.identity.facts import PodFact
from skm_kms.identity.peer import PeerCertificate
from skm_kms.identity.session import Session


@dataclass(frozen=True, slots=True)
class PodView:
    """What the cluster and the pod's node say about one pod now.

    `holders` are the live pods that hold the peer's address, `attesting` the UIDs of those for
    which their own node attests it, `node_heard` whether the pod's node has reported lately.
    """

    pod: PodFact | None
    gone: bool
    holders: frozenset[str]
    attesting: frozenset[str]
    attested: Attested | None
    node_heard: bool


@dataclass(frozen=True, slots=True)
class CallView:
    """A call: the peer, its session and its pod; `now` in Unix seconds, `facts_age` in seconds."""

    address: str
    certificate: PeerCertificate | None
    own_authority: bool
    session: Session | None
    pod: PodView | None
    now: float
    facts_age: float


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a keystore asks of a pod beyond the rules that hold for every call.

    `facts_max_age` in seconds; `drain`: a terminating pod is served until its grace has passed;
    `minimum_evidence`: None where the MAC isn't asked for.
    """

    facts_max_age: float
    drain: bool
    minimum_evidence: str | None
