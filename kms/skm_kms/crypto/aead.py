# SPDX-License-Identifier: Apache-2.0
"""Ciphertexts of users: stable framing, so that what is encrypted today opens for ever.

A ciphertext is header ‖ nonce ‖ ciphertext ‖ tag (16 bytes). The header has 6 bytes: format (1),
algorithm, and the key version as an unsigned big-endian 32-bit number.

| algorithm | byte | key bytes | nonce bytes |
|---|---|---|---|
| XAES256-GCM | 1 | 32 | 24 |
| AES256-GCM | 2 | 32 | 12 |
| AES128-GCM | 3 | 16 | 12 |
| ChaCha20-Poly1305 | 4 | 32 | 12 |

Nonces are random. With 12 bytes, one key version is good for 2^32 messages (NIST SP 800-38D
§8.3): rotate before that. XAES256-GCM has no such bound in practice.

The associated data is the concatenation of four parts, each behind its length as an unsigned
big-endian 32-bit number: `skm.dev/ciphertext/v1`, the key's ID, header ‖ nonce, and the caller's.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from .encoding import U32, framed
from .errors import DecryptError
from .random import Random, system_random
from .xaes import TAG_SIZE, InvalidTag, Xaes256Gcm

_FORMAT: Final = 1
_HEADER: Final = struct.Struct(">BBI")
_DOMAIN: Final = b"skm.dev/ciphertext/v1"


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, aad: bytes, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, aad: bytes, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A symmetric algorithm by its name in the API; sizes in bytes."""

    name: str
    number: int
    key_size: int
    nonce_size: int
    prepare: Callable[[bytes], _Cipher]


ALGORITHMS: Final = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("XAES256-GCM", 1, 32, 24, Xaes256Gcm),
        Algorithm("AES256-GCM", 2, 32, 12, AESGCM),
        Algorithm("AES128-GCM", 3, 16, 12, AESGCM),
        Algorithm("ChaCha20-Poly1305", 4, 32, 12, ChaCha20Poly1305),
    )
}
_NUMBERS: Final = {algorithm.number: algorithm for algorithm in ALGORITHMS.values()}


class Aead:
    """One version of a symmetric key, prepared once and used for every call."""

    __slots__ = (
        "_cipher",
        "_header",
        "_minimum",
        "_nonce_end",
        "_nonce_size",
        "_prefix",
        "_random",
        "algorithm",
        "version",
    )

    def __init__(
        self,
        algorithm: Algorithm,
        key: bytes,
        key_id: str,
        version: int,
        random: Random = system_random,
    ) -> None:
        if len(key) != algorithm.key_size:
            raise ValueError(f"a key of {algorithm.name} has {algorithm.key_size} bytes")
        self.algorithm = algorithm
        self.version = version
        self._random = random
        self._cipher = algorithm.prepare(key)
        self._header = _HEADER.pack(_FORMAT, algorithm.number, version)
        self._nonce_size = algorithm.nonce_size
        self._nonce_end = _HEADER.size + algorithm.nonce_size
        self._minimum = self._nonce_end + TAG_SIZE
        self._prefix = framed(_DOMAIN, key_id.encode()) + U32.pack(self._nonce_end)

    def encrypt(self, plaintext: bytes, aad: bytes = b"") -> bytes:
        """A framed ciphertext under a fresh random nonce."""
        nonce = self._random(self._nonce_size)
        lead = self._header + nonce
        associated_data = b"".join((self._prefix, lead, U32.pack(len(aad)), aad))
        return lead + self._cipher.encrypt(nonce, plaintext, associated_data)

    def decrypt(self, ciphertext: bytes, aad: bytes = b"") -> bytes:
        """The plaintext; DecryptError, the same for every cause."""
        lead = ciphertext[: self._nonce_end]
        # The header must name this very key version: the caller chose the key by it.
        if len(ciphertext) < self._minimum or not lead.startswith(self._header):
            raise DecryptError
        associated_data = b"".join((self._prefix, lead, U32.pack(len(aad)), aad))
        try:
            return self._cipher.decrypt(
                lead[_HEADER.size :], ciphertext[self._nonce_end :], associated_data
            )
        except InvalidTag:
            raise DecryptError from None

    def __repr__(self) -> str:
        return f"Aead({self.algorithm.name}, version={self.version})"


def ciphertext_version(ciphertext: bytes) -> int:
    """The key version that a ciphertext names, to choose the key by; DecryptError if none.

    The number is not trusted: decryption authenticates it.
    """
    if len(ciphertext) < _HEADER.size:
        raise DecryptError
    form, number, version = _HEADER.unpack_from(ciphertext)
    if form != _FORMAT or number not in _NUMBERS:
        raise DecryptError
    return int(version)
