# SPDX-License-Identifier: Apache-2.0
"""Certificates of the webhook, ECDSA P-256, PEM; no other module here knows cryptography."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE: Final = timedelta(days=730)
SERVING_LIFE: Final = timedelta(days=90)
_BACKDATED: Final = timedelta(minutes=5)
"""Allowance for a node whose clock is late."""


class CertificateError(ValueError):
    """What stands in a Secret is no usable pair of certificate and key."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM; the key is in no repr."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key, PKCS #8, not encrypted."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def __repr__(self) -> str:
        return f"Pair({self.certificate.subject.rfc4514_string()})"


def read_certificate(pem: bytes) -> x509.Certificate:
    """The certificate; raises CertificateError."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise CertificateError("not a certificate") from error


def read_pair(certificate: bytes, key: bytes) -> Pair:
    """The pair; raises CertificateError where the two don't belong together."""
    loaded = read_certificate(certificate)
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateError("not a private key") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise CertificateError("not an elliptic-curve key")
    if private.public_key() != loaded.public_key():
        raise CertificateError("certificate and key don't belong together")
    return Pair(loaded, private)


def new_authority(now: datetime) -> Pair:
    """A self-signed CA that signs serving certificates only, one level deep."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("skm webhook CA")
    builder = _builder(name, name, key, now, CA_LIFE).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return Pair(builder.sign(key, hashes.SHA256()), key)


def issue_serving(authority: Pair, dns_names: Sequence[str], now: datetime) -> Pair:
    """A server certificate for the names, the first of which is the subject."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.subject
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in dns_names])
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(_name(dns_names[0]), issuer, key, now, SERVING_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(alternatives, critical=False)
        .add_extension(signer, critical=False)
    )
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether the time is within the certificate's."""
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def is_due(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether two thirds of its life are over, or it isn't valid (yet) at all."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return not begin <= now < begin + (end - begin) * 2 / 3


def is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether the authority's key signed it."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def serves(certificate: x509.Certificate, dns_names: Sequence[str]) -> bool:
    """Whether it carries exactly these names."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return False
    return found.value.get_values_for_type(x509.DNSName) == list(dns_names)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
