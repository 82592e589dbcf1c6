# SPDX-License-Identifier: Apache-2.0
"""Who is calling: live facts, evidence, session certificates, the checks at every call (DESIGN §6).

`Identity` is what the planes ask. The way of a call: `peer`, `gathering`, `checks` (pure), `gate`.
The way of a first identity: `bootstrap` (with `tokens` and `cluster`), `issuing`, `authority`.
"""

from skm_kms.identity.authority import Authority, AuthorityMaterial, Leaf, Purpose, new_authority
from skm_kms.identity.caller import Admission, Caller, TokenIdentity, WhoAmI
from skm_kms.identity.cluster import Facts
from skm_kms.identity.errors import CertificateError, IdentityError, KubeError
from skm_kms.identity.evidence import Attested, Report
from skm_kms.identity.facts import NamespaceFact, NodeFact, PodFact, ResourceFact
from skm_kms.identity.generation import Generation
from skm_kms.identity.identity import Identity
from skm_kms.identity.internal_pki import InternalIssuer, KeyPair
from skm_kms.identity.kube import KubeClient, connect
from skm_kms.identity.peer import Peer, PeerCertificate
from skm_kms.identity.report import read_report
from skm_kms.identity.session import IssuedSession, Session, SessionRows
from skm_kms.identity.words import Check, Finding, Outcome, Reason

__all__ = [
    "Admission",
    "Attested",
    "Authority",
    "AuthorityMaterial",
    "Caller",
    "CertificateError",
    "Check",
    "Facts",
    "Finding",
    "Generation",
    "Identity",
    "IdentityError",
    "InternalIssuer",
    "IssuedSession",
    "KeyPair",
    "KubeClient",
    "KubeError",
    "Leaf",
    "NamespaceFact",
    "NodeFact",
    "Outcome",
    "Peer",
    "PeerCertificate",
    "PodFact",
    "Purpose",
    "Reason",
    "Report",
    "ResourceFact",
    "Session",
    "SessionRows",
    "TokenIdentity",
    "WhoAmI",
    "connect",
    "new_authority",
    "read_report",
]
