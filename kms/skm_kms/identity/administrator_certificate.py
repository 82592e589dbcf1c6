# SPDX-License-Identifier: Apache-2.0
"""The certificate of an administrator: a name and a key; its role stands in the KMS's own row."""

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding

from skm_kms.identity.authority import CLIENT, Authority, Leaf
from skm_kms.identity.csr import read_csr


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A leaf with its CA (PEM), the SHA-256 of its DER in hex, and its end (Unix seconds)."""

    pem: bytes
    sha256: str
    not_after: float


def issue_administrator_certificate(
    authority: Authority, csr: bytes, name: str, *, lifetime: float, now: float
) -> IssuedCertificate:
    """Sign an administrator's key; `lifetime` in seconds, `now` in Unix seconds.

    The name is the KMS's, whatever the request says. Raises InvalidRequestError for a bad request.
    """
    leaf = authority.issue(read_csr(csr), Leaf(name, (), CLIENT, lifetime), now)
    return IssuedCertificate(
        pem=leaf.public_bytes(Encoding.PEM) + authority.certificate_pem,
        sha256=hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest(),
        not_after=leaf.not_valid_after_utc.timestamp(),
    )
