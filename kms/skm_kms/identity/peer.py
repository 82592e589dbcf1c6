# SPDX-License-Identifier: Apache-2.0
"""The other end of a connection, as the transport saw it: its address and its certificate.

Neither comes from a header, ever (DESIGN §6.9).
"""

import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from skm_kms.identity.binding import BINDING_OID, Binding, decode_binding
from skm_kms.identity.errors import CertificateError
from skm_kms.identity.spiffe import PodName, parse_spiffe


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """A client certificate, parsed once a connection; its chain is TLS's to verify.

    `authority` is the key identifier of the CA that signed it, `key` the SHA-256 of its public key
    (SubjectPublicKeyInfo), times are Unix seconds. `pod` and `binding` are None where it is no
    session certificate.
    """

    der: bytes = field(repr=False)
    sha256: str
    subject: str
    authority: str
    key: str
    not_before: float
    not_after: float
    ipv4: tuple[str, ...]
    pod: PodName | None
    binding: Binding | None

    @classmethod
    def from_der(cls, der: bytes) -> "PeerCertificate":
        """Parse a leaf; raises CertificateError where it isn't one that this program can read."""
        try:
            return cls._parse(der, x509.load_der_x509_certificate(der))
        except (ValueError, x509.DuplicateExtension, x509.ExtensionNotFound) as error:
            raise CertificateError("the client certificate can't be read") from error

    @classmethod
    def _parse(cls, der: bytes, leaf: x509.Certificate) -> "PeerCertificate":
        authority = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        uris, addresses = _names(leaf)
        return cls(
            der=der,
            sha256=hashlib.sha256(der).hexdigest(),
            subject=leaf.subject.rfc4514_string(),
            authority=(authority.key_identifier or b"").hex(),
            key=key_fingerprint(leaf.public_key()),
            not_before=leaf.not_valid_before_utc.timestamp(),
            not_after=leaf.not_valid_after_utc.timestamp(),
            ipv4=addresses,
            pod=parse_spiffe(uris[0]) if len(uris) == 1 else None,
            binding=_binding(leaf),
        )


@dataclass(frozen=True, slots=True)
class Peer:
    """A TCP peer: its IPv4 address from the transport, and its certificate if it presented one."""

    address: str
    certificate: PeerCertificate | None = None


def key_fingerprint(key: object) -> str:
    """SHA-256 of a public key's SubjectPublicKeyInfo, in hex."""
    public_bytes = getattr(key, "public_bytes")  # noqa: B009 - any kind of public key has it
    return hashlib.sha256(public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _names(leaf: x509.Certificate) -> tuple[list[str], tuple[str, ...]]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], ()
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return uris, tuple(str(ip) for ip in names.get_values_for_type(x509.IPAddress))


def _binding(leaf: x509.Certificate) -> Binding | None:
    try:
        extension = leaf.extensions.get_extension_for_oid(BINDING_OID).value
    except x509.ExtensionNotFound:
        return None
    return decode_binding(extension.public_bytes())
