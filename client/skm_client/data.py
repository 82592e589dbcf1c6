# SPDX-License-Identifier: Apache-2.0
"""The data plane (DESIGN §5): what workloads and machines ask of the KMS."""

import base64
from dataclasses import dataclass, field
from typing import Any

from skm_client import paths
from skm_client.transport import Transport


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a secret: named fields, or a plain value; never shown by repr."""

    version: int
    fields: dict[str, str] | None = field(default=None, repr=False)
    value: str | None = field(default=None, repr=False)
    max_offline: int | None = None


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A ciphertext and the key version that made it."""

    ciphertext: bytes = field(repr=False)
    version: int


class DataClient:
    """Calls of the data plane; each raises UnreachableError, ProblemError or UndeterminedError."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def whoami(self) -> dict[str, Any]:
        """What the KMS saw of the caller, and which checks would pass."""
        found: dict[str, Any] = self._transport.call("GET", "/v1/whoami")
        return found

    def read_secret(
        self, keystore: str, key: str, *, version: int | None = None, name: str | None = None
    ) -> Secret:
        """Read a secret whole, or its field `name`; `keystore` is `<namespace>.<name>`."""
        path = paths.query(f"{paths.key(keystore, key)}/secret", version=version, field=name)
        return _secret(self._transport.call("GET", path))

    def wait_for_secret(self, keystore: str, key: str, *, after: int, wait: int) -> Secret | None:
        """Wait up to `wait` seconds (≤ 30) for a version newer than `after`; None without news."""
        path = paths.query(f"{paths.key(keystore, key)}/secret", after=after, wait=wait)
        answer = self._transport.call("GET", path)
        return None if answer is None else _secret(answer)

    def encrypt(
        self, keystore: str, key: str, plaintext: bytes, aad: bytes | None = None
    ) -> Encrypted:
        """Encrypt up to 32 KiB; the same `aad` must be given to decrypt."""
        body = _encoded(plaintext=plaintext, aad=aad)
        answer = self._transport.call("POST", f"{paths.key(keystore, key)}:encrypt", body)
        return Encrypted(base64.b64decode(answer["ciphertext"]), answer["version"])

    def decrypt(
        self, keystore: str, key: str, ciphertext: bytes, aad: bytes | None = None
    ) -> bytes:
        """Decrypt what `encrypt` returned."""
        body = _encoded(ciphertext=ciphertext, aad=aad)
        answer = self._transport.call("POST", f"{paths.key(keystore, key)}:decrypt", body)
        return base64.b64decode(answer["plaintext"])


def _secret(answer: dict[str, Any]) -> Secret:
    return Secret(
        version=answer["version"],
        fields=answer.get("fields"),
        value=answer.get("value"),
        max_offline=answer.get("maxOffline"),
    )


def _encoded(**values: bytes | None) -> dict[str, str]:
    return {
        name: base64.b64encode(value).decode()
        for name, value in values.items()
        if value is not None
    }
