# SPDX-License-Identifier: Apache-2.0
"""Certificate authorities of the KMS: making one, and issuing leaves under it (RFC 5280; P-256).

Who keeps the key, and how, is the caller's matter: `new_authority` hands it out as bytes to be
sealed, `Authority.load` takes it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from skm_kms.identity.errors import CertificateError

AUTHORITY_SECONDS: Final = 10 * 365 * 86400
SKEW_SECONDS: Final = 60
"""How far before now a certificate begins: a client's clock may be a little behind."""


class Purpose(StrEnum):
    """Whose certificates an authority signs; each plane trusts only its own (DESIGN §2)."""

    SESSIONS = "sessions"
    CLIENTS = "clients"
    ADMINISTRATORS = "administrators"
    BOOTSTRAP = "bootstrap"


@dataclass(frozen=True, slots=True)
class AuthorityMaterial:
    """A new authority: its certificate (DER) and its private key (PKCS #8 DER), to be sealed."""

    purpose: Purpose
    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf says: its subject's common name, alternative names, uses, and further extensions.

    `lifetime` is in seconds from now; a leaf never outlives its authority.
    """

    common_name: str
    names: Sequence[x509.GeneralName]
    uses: Sequence[x509.ObjectIdentifier]
    lifetime: float
    extensions: Sequence[x509.ExtensionType] = ()


CLIENT: Final = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SERVER: Final = (ExtendedKeyUsageOID.SERVER_AUTH,)


class Authority:
    """A loaded authority, ready to sign."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        if key.public_key() != certificate.public_key():
            raise CertificateError("the authority's key and certificate don't belong together")
        self._certificate = certificate
        self._key = key
        self._key_identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())

    @classmethod
    def load(cls, certificate: bytes, key: bytes) -> "Authority":
        """From DER certificate and PKCS #8 DER key; raises CertificateError."""
        try:
            loaded = load_der_private_key(key, None)
            parsed = x509.load_der_x509_certificate(certificate)
        except ValueError as error:
            raise CertificateError("the authority can't be read") from error
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise CertificateError("the authority's key is of another kind")
        return cls(parsed, loaded)

    @property
    def identifier(self) -> str:
        """Its key identifier in hex, as its leaves name it."""
        return self._key_identifier.digest.hex()

    @property
    def certificate_pem(self) -> bytes:
        """Its certificate in PEM, which trust stores take."""
        return self._certificate.public_bytes(Encoding.PEM)

    def issue(self, key: ec.EllipticCurvePublicKey, leaf: Leaf, now: float) -> x509.Certificate:
        """A certificate for a public key; `now` in Unix seconds."""
        builder = _builder(leaf.common_name, self._certificate.subject, key)
        end = min(_time(now + leaf.lifetime), self._certificate.not_valid_after_utc)
        builder = builder.not_valid_before(_time(now - SKEW_SECONDS)).not_valid_after(end)
        for extension, critical in self._extensions(key, leaf):
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())

    def _extensions(
        self, key: ec.EllipticCurvePublicKey, leaf: Leaf
    ) -> list[tuple[x509.ExtensionType, bool]]:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
            self._key_identifier
        )
        names = [x509.SubjectAlternativeName(leaf.names)] if leaf.names else []
        further = [*names, *leaf.extensions]
        return [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage(leaf.uses), False),
            (issuer, False),
            (x509.SubjectKeyIdentifier.from_public_key(key), False),
            *((extension, False) for extension in further),
        ]


def new_authority(
    purpose: Purpose, now: float, common_name: str | None = None
) -> AuthorityMaterial:
    """A self-signed P-256 authority of ten years that can sign leaves only (path length 0)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = common_name or f"Secure Key Manager {purpose} CA"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(name, subject, key.public_key())
    builder = builder.not_valid_before(_time(now - SKEW_SECONDS))
    builder = builder.not_valid_after(_time(now + AUTHORITY_SECONDS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = builder.add_extension(identifier, False).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return AuthorityMaterial(purpose, certificate.public_bytes(Encoding.DER), private)


def _builder(
    common_name: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer)
    return builder.public_key(key).serial_number(x509.random_serial_number())


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _time(unix: float) -> datetime:
    return datetime.fromtimestamp(int(unix), UTC)
