# SPDX-License-Identifier: Apache-2.0
"""A credentials file: who a client is and how it knows the KMS, in one PEM file.

First lines beginning with `#` name the holder and the server; then come the private key, the
holder's certificate, and the certificates of the internal CAs. Whoever has the file is the holder.
"""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from skm_client.errors import CredentialsError

_BLOCK: Final = re.compile(
    r"-----BEGIN (?P<label>[A-Z ]+)-----\n[A-Za-z0-9+/=\n]+-----END (?P=label)-----\n?"
)
_HEADER: Final = re.compile(r"^# (?P<name>[a-z-]+): (?P<value>\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The parts of a credentials file; the key stays out of every repr."""

    name: str
    server_name: str
    key: str = field(repr=False)
    certificate: str
    ca_bundle: str

    def pem(self) -> str:
        """The file's text."""
        head = (
            "# Credentials for the Secure Key Manager. Whoever holds this file is its holder.\n"
            f"# name: {self.name}\n# server-name: {self.server_name}\n"
        )
        parts = (self.key, self.certificate, self.ca_bundle)
        return head + "".join(part.strip() + "\n" for part in parts)


def read_credentials(path: Path) -> Credentials:
    """Read a credentials file; raises CredentialsError."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise CredentialsError(f"There is no credentials file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path} can't be read as a credentials file.") from error
    return parse_credentials(text, str(path))


def parse_credentials(text: str, origin: str) -> Credentials:
    """The credentials in a text; raises CredentialsError, which names `origin`."""
    headers = {match["name"]: match["value"] for match in _HEADER.finditer(text)}
    blocks = [(match["label"], match[0]) for match in _BLOCK.finditer(text)]
    keys = [block for label, block in blocks if label.endswith("PRIVATE KEY")]
    certificates = [block for label, block in blocks if label == "CERTIFICATE"]
    if len(keys) != 1 or len(certificates) < 2:
        raise CredentialsError(
            f"{origin} isn't a credentials file: it must hold one private key, its certificate and"
            " the KMS's CA, as `skm init` and `skm administrator add` print them."
        )
    return Credentials(
        name=headers.get("name", "unnamed"),
        server_name=headers.get("server-name", ""),
        key=keys[0],
        certificate=certificates[0],
        ca_bundle="".join(certificates[1:]),
    )


def leaf(chain: str) -> str:
    """The first certificate of a PEM chain.

    The CA behind it is left out: what stands after the leaf in a credentials file is trusted as
    the KMS's own, and the administrators' CA must never vouch for a server.
    """
    found = _BLOCK.search(chain)
    if found is None or found["label"] != "CERTIFICATE":
        raise CredentialsError("The KMS answered without a certificate.")
    return found[0]


def client_context(ca_bundle: str, chain: Path | None = None) -> ssl.SSLContext:
    """A TLS 1.3 context that trusts the internal CAs only and presents the file `chain`, if any.

    `chain` holds a private key and its certificate; the ssl module reads it from the file itself,
    so that the key is copied nowhere. Raises CredentialsError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(cadata=ca_bundle)
        if chain is not None:
            context.load_cert_chain(chain)
    except (OSError, ValueError) as error:
        raise CredentialsError(f"The certificates can't be used: {error}.") from error
    return context
