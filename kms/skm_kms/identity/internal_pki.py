# SPDX-License-Identifier: Apache-2.0
"""Leaves of the internal CA, whose key only the KMS mounts (DESIGN §2): made in memory only.

It signs the KMS's own server certificate (all planes), its client certificate to the system-key
server, and that server's certificate.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from skm_common import names
from skm_kms.identity.authority import CLIENT, SERVER, Authority, Leaf
from skm_kms.identity.csr import read_csr
from skm_kms.identity.errors import CertificateError

LEAF_SECONDS: Final = 30 * 86400
CLUSTER_DOMAIN: Final = "cluster.local"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A leaf with its CA, and its private key (PEM); replace it at `renew_at` (Unix seconds)."""

    certificate: bytes
    key: bytes = field(repr=False)
    renew_at: float


class InternalIssuer:
    """Issues leaves under the mounted internal CA."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    @classmethod
    def load(cls, certificate: bytes, key: bytes) -> "InternalIssuer":
        """From the mounted PEM files; raises CertificateError."""
        try:
            loaded = load_pem_private_key(key, None)
            parsed = x509.load_pem_x509_certificate(certificate)
        except (ValueError, TypeError) as error:
            raise CertificateError("the internal CA can't be read") from error
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise CertificateError("the internal CA's key must be on curve P-256")
        return cls(Authority(parsed, loaded))

    @property
    def ca_pem(self) -> bytes:
        """The CA's certificate, as clients of the KMS trust it."""
        return self._authority.certificate_pem

    def server(self, now: float) -> KeyPair:
        """The KMS's server certificate for all its planes."""
        dns = (*service_names(names.KMS), *service_names(names.KMS_REPLICAS), "localhost")
        return self._pair(names.KMS, SERVER, [*_dns(dns), _loopback()], now)

    def client(self, now: float) -> KeyPair:
        """The KMS's client certificate to the system-key server."""
        return self._pair(names.KMS, CLIENT, _dns([names.KMS]), now)

    def sign_system_key(self, csr: bytes, now: float) -> bytes:
        """The system-key server's certificate with its CA (PEM) for a PEM request.

        The names are ours, whatever the request says. Who may ask is decided before.
        """
        dns = service_names(names.SYSTEM_KEY, names.SYSTEM_KEY_NAMESPACE)
        return self._sign(read_csr(csr), names.SYSTEM_KEY, SERVER, _dns(dns), now)

    def _pair(
        self,
        name: str,
        uses: tuple[x509.ObjectIdentifier, ...],
        alternative: list[x509.GeneralName],
        now: float,
    ) -> KeyPair:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(key.public_key(), name, uses, alternative, now)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return KeyPair(certificate, private, now + LEAF_SECONDS / 2)

    def _sign(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str,
        uses: tuple[x509.ObjectIdentifier, ...],
        alternative: list[x509.GeneralName],
        now: float,
    ) -> bytes:
        leaf = Leaf(name, alternative, uses, LEAF_SECONDS)
        certificate = self._authority.issue(key, leaf, now)
        return certificate.public_bytes(Encoding.PEM) + self.ca_pem


def service_names(service: str, namespace: str = names.NAMESPACE) -> tuple[str, str]:
    """The DNS names of a Service that certificates carry: short, and with the cluster's domain."""
    name = names.service_name(service, namespace)
    return name, f"{name}.{CLUSTER_DOMAIN}"


def _dns(dns: Iterable[str]) -> list[x509.GeneralName]:
    return [x509.DNSName(name) for name in dns]


def _loopback() -> x509.GeneralName:
    return x509.IPAddress(IPv4Address("127.0.0.1"))
