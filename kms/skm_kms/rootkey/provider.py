# SPDX-License-Identifier: Apache-2.0
"""The seam between the KMS and whatever keeps its root key (DESIGN §2)."""

from typing import Protocol


class RootKeyProvider(Protocol):
    """Wraps system keys. The root key itself need never leave the provider."""

    @property
    def protected(self) -> bool:
        """Whether the root key stands where the cluster's administrators can't read it."""
        ...

    def wrap(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt and authenticate `plaintext`, and authenticate `aad`; raises RootKeyError."""
        ...

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """What was wrapped with the same `aad`; raises RootKeyError."""
        ...
