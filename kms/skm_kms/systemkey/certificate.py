# SPDX-License-Identifier: Apache-2.0
"""The server's own certificate: a key made in memory, signed by the KMS's internal CA."""

from dataclasses import dataclass, field
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from skm_common import names


class CertificateError(ValueError):
    """What the identity plane answered is not a certificate for this key."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A fresh P-256 key with its certificate request (PEM)."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    csr: str

    @classmethod
    def generate(cls) -> Self:
        """A new key; the request carries our name for logs, the signer sets the real ones."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names.SYSTEM_KEY)])
        request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256())
        return cls(key, request.public_bytes(Encoding.PEM).decode())

    def pem(self) -> bytes:
        """The private key (PKCS #8, PEM), for the TLS context only."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate chain (PEM, leaf first), valid between two Unix times."""

    chain: str
    not_before: float
    not_after: float

    @classmethod
    def read(cls, chain: str, key: PrivateKey) -> Self:
        """Parse what was issued for `key`; raises CertificateError."""
        try:
            leaf = x509.load_pem_x509_certificates(chain.encode())[0]
        except ValueError:
            raise CertificateError("the KMS's answer holds no certificate") from None
        if leaf.public_key() != key.key.public_key():
            raise CertificateError("the KMS's certificate is for another key")
        return cls(
            chain, leaf.not_valid_before_utc.timestamp(), leaf.not_valid_after_utc.timestamp()
        )

    @property
    def renew_at(self) -> float:
        """Two thirds of its life, as a Unix time."""
        return self.not_before + (self.not_after - self.not_before) * 2 / 3
