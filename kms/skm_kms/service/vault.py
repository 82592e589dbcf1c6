# SPDX-License-Identifier: Apache-2.0
"""Key material: sealed in rows, opened for the call that uses it, never in a repr.

A text secret is opened for each read. A symmetric key is kept prepared in memory for as long as
its version's row stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from skm_common.resources import FixedField, GeneratedSecret, SymmetricKey
from skm_kms.crypto import (
    ALGORITHMS,
    Aead,
    Charset,
    Context,
    Keyring,
    Random,
    generate_text,
    seal,
    unseal,
)
from skm_kms.model import KeyId, KeyVersion


@dataclass(frozen=True, slots=True)
class SecretValue:
    """A text secret: one string, or named fields; exactly one of the two is set."""

    value: str | None = field(default=None, repr=False)
    fields: Mapping[str, str] | None = field(default=None, repr=False)


class _Sealed(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What is sealed for a text secret."""

    value: str | None = None
    fields: dict[str, str] | None = None

    def __repr__(self) -> str:
        return "_Sealed(redacted)"


_PIECE = 4096
_decoder = msgspec.json.Decoder(_Sealed)


class NonceSource:
    """Random bytes for nonces, drawn in larger pieces: nonces are public, so none is a secret.

    Key material is never taken from here. One thread uses it.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._drawn = b""
        self._used = 0

    def __call__(self, size: int, /) -> bytes:
        """The next `size` bytes; none is given twice."""
        end = self._used + size
        if end > len(self._drawn):
            self._drawn, self._used, end = self._random(max(_PIECE, size)), 0, size
        piece = self._drawn[self._used : end]
        self._used = end
        return piece


class Vault:
    """Seals and opens the material of key versions under one keyring."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._nonces = NonceSource(keyring.random)
        self._prepared: dict[tuple[KeyId, int], tuple[bytes, Aead]] = {}

    def seal_secret(self, key_id: KeyId, number: int, secret: SecretValue) -> bytes:
        """A text secret, sealed for one version of one key."""
        fields = None if secret.fields is None else dict(secret.fields)
        return self._seal(key_id, number, msgspec.json.encode(_Sealed(secret.value, fields)))

    def open_secret(self, version: KeyVersion) -> SecretValue:
        """The text secret of a version; raises SealError if the row isn't what was sealed."""
        opened = _decoder.decode(unseal(self._keyring, version.sealed, _context_of(version)))
        return SecretValue(opened.value, opened.fields)

    def generate_secret(self, key_id: KeyId, number: int, spec: GeneratedSecret) -> bytes:
        """A fresh text secret after its specification, sealed: its value exists nowhere else."""
        random = self._keyring.random
        fields = {
            name: part.value
            if isinstance(part, FixedField)
            else generate_text(part.length, Charset.named(part.charset), random)
            for name, part in spec.fields
        }
        return self.seal_secret(key_id, number, SecretValue(fields=fields))

    def generate_symmetric(self, key_id: KeyId, number: int, spec: SymmetricKey) -> bytes:
        """A fresh symmetric key, sealed."""
        size = ALGORITHMS[spec.algorithm].key_size
        return self._seal(key_id, number, self._keyring.random(size))

    def aead(self, version: KeyVersion, algorithm: str) -> Aead:
        """The prepared cipher of a version of a symmetric key."""
        kept = self._prepared.get((version.key_id, version.number))
        if kept is not None and kept[0] is version.sealed:
            return kept[1]
        material = unseal(self._keyring, version.sealed, _context_of(version))
        aead = Aead(ALGORITHMS[algorithm], material, version.key_id, version.number, self._nonces)
        self._prepared[version.key_id, version.number] = (version.sealed, aead)
        return aead

    def forget(self, key_id: KeyId) -> None:
        """Let go of everything prepared for a key that was destroyed."""
        for held in [held for held in self._prepared if held[0] == key_id]:
            del self._prepared[held]

    def _seal(self, key_id: KeyId, number: int, material: bytes) -> bytes:
        return seal(self._keyring, material, _context(key_id, number))


def _context(key_id: KeyId, number: int) -> Context:
    # The row's generation moves with the version's state; its material stays the same, so it is
    # sealed for generation 1 for ever.
    return Context("key-material", KeyVersion.table, key_id, number, 1)


def _context_of(version: KeyVersion) -> Context:
    return _context(version.key_id, version.number)
