# SPDX-License-Identifier: Apache-2.0
"""The session certificate: the short-lived proof that a call comes from one pod (DESIGN §6.3)."""

from ipaddress import IPv4Address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from skm_kms.identity.authority import CLIENT, Authority, Leaf
from skm_kms.identity.binding import BINDING_OID, Binding, encode_binding
from skm_kms.identity.spiffe import PodName

MAXIMUM_SECONDS: Final = 600
"""The longest life of a session certificate."""


def issue_session_certificate(
    authority: Authority,
    key: ec.EllipticCurvePublicKey,
    pod: PodName,
    address: str,
    binding: Binding,
    *,
    lifetime: float,
    now: float,
) -> x509.Certificate:
    """Sign a pod's key together with its name, its address and what its node attests.

    `lifetime` in seconds, at most ten minutes; `now` in Unix seconds.
    """
    leaf = Leaf(
        common_name=pod.uid,
        names=(
            x509.UniformResourceIdentifier(pod.spiffe()),
            x509.IPAddress(IPv4Address(address)),
        ),
        uses=CLIENT,
        lifetime=min(lifetime, MAXIMUM_SECONDS),
        extensions=(x509.UnrecognizedExtension(BINDING_OID, encode_binding(binding)),),
    )
    return authority.issue(key, leaf, now)
