# SPDX-License-Identifier: Apache-2.0
"""The audit log's signing key: Ed25519, derived from the system key's checkpoint subkey."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .keyring import SystemKey


class CheckpointSigner:
    """Signs checkpoint texts (C2SP signed-note, Ed25519) under one system key."""

    __slots__ = ("_key", "public_key")

    def __init__(self, key: SystemKey) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(key.checkpoints.reveal())
        self.public_key: bytes = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature (RFC 8032) over `message`."""
        return self._key.sign(message)


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature holds: the callable that `skm_common.tlog` asks to be given."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
