# SPDX-License-Identifier: Apache-2.0
"""A new P-256 key and the certificate signing request (PKCS #10) that proves its possession."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A private key (PKCS #8, PEM, unencrypted) and its request (PEM)."""

    key: str = field(repr=False)
    csr: str


def new_signing_request(name: str) -> SigningRequest:
    """Make a key for a holder; the KMS decides what stands in the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningRequest(
        key=encoded.decode(), csr=csr.public_bytes(serialization.Encoding.PEM).decode()
    )
