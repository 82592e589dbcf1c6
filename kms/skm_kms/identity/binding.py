# SPDX-License-Identifier: Apache-2.0
"""The private extension of a session certificate: what the KMS saw of the pod when it issued it.

The object identifier needs no registration: UUID 7f1d3c52-9a60-4b0e-8f57-2c1b6a9d0e41, split into
numbers below 2^31 under the arc that Microsoft opened for that. The arc of whole UUIDs (ITU-T
X.667, 2.25) has numbers that Go's crypto/x509 refuses, and with them the certificate. The value is
DER of

    Binding ::= SEQUENCE { version INTEGER (1), node UTF8String,
                           mac [0] IMPLICIT UTF8String OPTIONAL,
                           evidence [1] IMPLICIT UTF8String OPTIONAL }
"""

from dataclasses import dataclass
from typing import Annotated, Final

from cryptography import x509
from cryptography.hazmat import asn1

BINDING_OID: Final = x509.ObjectIdentifier(
    "1.2.840.113556.1.8000.2554.32541.15442.39520.19214.36695.2890602.10292801"
)
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Binding:
    """Node, MAC and its evidence level at the time of issue; no MAC where there was no evidence."""

    node: str
    mac: str | None
    evidence: str | None


@asn1.sequence
class _Wire:
    version: int
    node: str
    mac: Annotated[str | None, asn1.Implicit(0)]
    evidence: Annotated[str | None, asn1.Implicit(1)]


def encode_binding(binding: Binding) -> bytes:
    """The extension's value."""
    wire = _Wire(version=_VERSION, node=binding.node, mac=binding.mac, evidence=binding.evidence)
    return asn1.encode_der(wire)


def decode_binding(value: bytes) -> Binding:
    """The binding behind an extension's value; raises ValueError where it is malformed."""
    wire = asn1.decode_der(_Wire, value)
    if wire.version != _VERSION:
        raise ValueError("unknown version of the binding")
    return Binding(wire.node, wire.mac, wire.evidence)
