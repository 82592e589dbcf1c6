# SPDX-License-Identifier: Apache-2.0
"""XAES-256-GCM: AES-256-GCM with a 192-bit nonce that may be drawn at random (C2SP XAES-256-GCM).

The first half of the nonce derives a message key by the CMAC-based KDF of NIST SP 800-108r1,
the second half is the nonce of AES-256-GCM under that key.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 24
TAG_SIZE: Final = 16

_HALF: Final = NONCE_SIZE // 2
_BLOCK_BITS: Final = 128
# Multiplying by this puts a number below 2^128 into both halves of a two-block number.
_BOTH_BLOCKS: Final = (1 << _BLOCK_BITS) | 1
# The constant parts of M1 and M2: counter (16 bits), label "X", a zero byte; the nonce follows.
_COUNTERS: Final = int.from_bytes(b"\x00\x01X\x00".ljust(16, b"\0") + b"\x00\x02X\x00" + bytes(12))


class Xaes256Gcm:
    """One prepared XAES-256-GCM key.

    Not key-committing and not resistant to a repeated nonce. 2^80 messages under one key with
    random nonces leave a collision risk of 2^-32.
    """

    __slots__ = ("_blocks", "_mask")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError("an XAES-256-GCM key has 32 bytes")
        # ECB is used here as the bare block function that the KDF asks for. Every update is of
        # whole blocks, so the encryptor keeps no state from one message to the next.
        self._blocks = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
        self._mask = _COUNTERS ^ (self._cmac_subkey() * _BOTH_BLOCKS)

    def _cmac_subkey(self) -> int:
        """K1 of NIST SP 800-38B §6.1; secret, and the same for every message of this key."""
        doubled = int.from_bytes(self._blocks.update(bytes(16))) << 1
        return doubled ^ ((doubled >> _BLOCK_BITS) * ((1 << _BLOCK_BITS) | 0b10000111))

    def _message_key(self, nonce: bytes) -> AESGCM:
        if len(nonce) != NONCE_SIZE:
            raise ValueError("an XAES-256-GCM nonce has 24 bytes")
        blocks = self._mask ^ (int.from_bytes(nonce[:_HALF]) * _BOTH_BLOCKS)
        return AESGCM(self._blocks.update(blocks.to_bytes(32)))

    def encrypt(self, nonce: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
        """Ciphertext with its 16-byte tag behind it. A nonce must never be used twice."""
        return self._message_key(nonce).encrypt(nonce[_HALF:], plaintext, associated_data)

    def decrypt(self, nonce: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
        """The plaintext; raises cryptography's InvalidTag if anything at all differs."""
        return self._message_key(nonce).decrypt(nonce[_HALF:], ciphertext, associated_data)


__all__ = ["KEY_SIZE", "NONCE_SIZE", "TAG_SIZE", "InvalidTag", "Xaes256Gcm"]
