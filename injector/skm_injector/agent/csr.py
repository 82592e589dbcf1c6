# SPDX-License-Identifier: Apache-2.0
"""A P-256 key and its certificate request (RFC 2986); run by `key` in a child of its own.

The KMS takes nothing from the request but the public key: who the pod is, it learns elsewhere.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def make() -> tuple[bytes, bytes]:
    """A new private key (PKCS #8) and its request, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    encoded = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return encoded, request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
