# SPDX-License-Identifier: Apache-2.0
"""The cluster's certificates: one CA for Kubernetes, one for etcd, and the leaves of each start.

The CAs and the ServiceAccount key live as long as the cluster; leaves are made anew at each start.
"""

import datetime
import os
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_LIFE: Final = datetime.timedelta(days=3650)
LEAF_LIFE: Final = datetime.timedelta(days=365)
CLOCK_SKEW: Final = datetime.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate to issue: with names it serves, without it is a client's."""

    file: str
    common_name: str
    organization: str | None = None
    names: tuple[str | IPv4Address, ...] = ()


class Authority:
    """A certificate authority whose key and certificate are files of one folder."""

    def __init__(self, folder: Path, name: str, now: datetime.datetime) -> None:
        self._folder = folder
        self._now = now
        self.certificate_file = folder / f"{name}.crt"
        key_file = folder / f"{name}.key"
        if not (self.certificate_file.exists() and key_file.exists()):
            self._create(name, key_file)
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_file} holds another kind of key than was written")
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())

    def issue(self, leaf: Leaf) -> None:
        """Write FILE.key and FILE.crt of a new leaf into the folder."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(leaf.common_name, leaf.organization), self._now, LEAF_LIFE)
        builder = builder.issuer_name(self._certificate.subject).public_key(key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(_usage(certificates=False), True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(_purposes(leaf)), False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(authority, False)
        if leaf.names:
            builder = builder.add_extension(_alternative_names(leaf.names), False)
        certificate = builder.sign(self._key, hashes.SHA256())
        write_key(self._folder / f"{leaf.file}.key", key)
        _write(self._folder / f"{leaf.file}.crt", _pem(certificate), 0o644)

    def _create(self, name: str, key_file: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"localcluster {name}", None)
        builder = _builder(subject, self._now, CA_LIFE).issuer_name(subject)
        builder = builder.public_key(key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(_usage(certificates=True), True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(identifier, False)
        write_key(key_file, key)
        _write(self.certificate_file, _pem(builder.sign(key, hashes.SHA256())), 0o644)


def ensure_signing_key(folder: Path, name: str) -> None:
    """Write NAME.key and NAME.pub, which sign ServiceAccount tokens, unless they exist."""
    if (folder / f"{name}.key").exists() and (folder / f"{name}.pub").exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    write_key(folder / f"{name}.key", key)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write(folder / f"{name}.pub", public, 0o644)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key as PEM, readable for its owner only from the first byte on."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, pem, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)


def _builder(
    subject: x509.Name, now: datetime.datetime, life: datetime.timedelta
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - CLOCK_SKEW).not_valid_after(now + life)


def _name(common_name: str, organization: str | None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _purposes(leaf: Leaf) -> list[x509.ObjectIdentifier]:
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
    return [ExtendedKeyUsageOID.SERVER_AUTH, *purposes] if leaf.names else purposes


def _usage(certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(names: tuple[str | IPv4Address, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            x509.IPAddress(name) if isinstance(name, IPv4Address) else x509.DNSName(name)
            for name in names
        ]
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
