# SPDX-License-Identifier: Apache-2.0
"""Reading a certificate request (PKCS #10, RFC 2986) of a pod.

Only its public key counts: names and extensions in it are the caller's own words and are ignored.
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec

from skm_kms.errors import InvalidRequestError, TooLargeError

MAXIMUM_CSR: Final = 4096
"""Bytes of PEM; a request for a P-256 key takes about 450."""


def read_csr(pem: bytes) -> ec.EllipticCurvePublicKey:
    """The P-256 public key whose holder signed the request; raises InvalidRequestError."""
    if len(pem) > MAXIMUM_CSR:
        raise TooLargeError(f"csr: at most {MAXIMUM_CSR} bytes of PEM")
    try:
        request = x509.load_pem_x509_csr(pem)
        key, signed = request.public_key(), request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidRequestError("csr: not a certificate request in PEM") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidRequestError("csr: the key must be on curve P-256")
    if not signed:
        raise InvalidRequestError("csr: not signed by the key that it names")
    return key
