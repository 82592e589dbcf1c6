# SPDX-License-Identifier: Apache-2.0
"""The internal CA: ECDSA on P-256, ten years, signs leaves only (RFC 5280)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from .errors import DamagedCaError

LIFE: Final = timedelta(days=3650)
_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """A CA's certificate and private key (PKCS #8), both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


def make_ca(number: int, now: float) -> CertificateAuthority:
    """A new internal CA; its number is in its name, so that two of them can be told apart."""
    key = ec.generate_private_key(ec.SECP256R1())
    common_name = f"Secure Key Manager internal CA {number}"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    begin = datetime.fromtimestamp(now, UTC) - _SKEW
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return CertificateAuthority(
        certificate=builder.sign(key, SHA256()).public_bytes(Encoding.PEM),
        key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def checked_certificate(secret: str, pem: bytes) -> str:
    """The one CA certificate in `pem`, written anew; DamagedCaError if it holds none.

    Written anew, so that nothing else that might stand in the Secret can be published.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        is_ca = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        is_ca = False
    if not is_ca:
        raise DamagedCaError(
            f"tls.crt of Secret {secret} is not a CA certificate; restore the Secret from a "
            "backup, or install under the next internal CA number"
        )
    return certificate.public_bytes(Encoding.PEM).decode()


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
