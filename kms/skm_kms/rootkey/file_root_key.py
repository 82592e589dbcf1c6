# SPDX-License-Identifier: Apache-2.0
"""A root key in a file, such as a mounted Kubernetes Secret: 32 bytes, and nothing else.

Wrapped keys are header ‖ nonce (24) ‖ ciphertext ‖ tag (16) of XAES-256-GCM. The header has two
bytes: format 1 and algorithm 1. The associated data is the header and the caller's, framed.
"""

from pathlib import Path
from typing import Final

from skm_kms.crypto import Random, Xaes256Gcm, framed, system_random
from skm_kms.crypto.xaes import KEY_SIZE, NONCE_SIZE, TAG_SIZE, InvalidTag

from .errors import RootKeyUnavailableError, WrongRootKeyError

_HEADER: Final = b"\x01\x01"
_DOMAIN: Final = b"skm.dev/root-key-file/v1"
_BODY: Final = len(_HEADER) + NONCE_SIZE


class FileRootKey:
    """Reads the file at each use, so that a changed mount is followed and nothing is kept."""

    protected: Final = False
    """The file comes from a Kubernetes Secret: whoever may read Secrets there has the root key."""

    def __init__(self, path: Path, random: Random = system_random) -> None:
        self._path = path
        self._random = random

    def wrap(self, plaintext: bytes, aad: bytes) -> bytes:
        """Wrap under the file's key; raises RootKeyUnavailableError."""
        nonce = self._random(NONCE_SIZE)
        return _HEADER + nonce + self._cipher().encrypt(nonce, plaintext, _bound(aad))

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Unwrap; raises RootKeyUnavailableError or WrongRootKeyError."""
        cipher = self._cipher()
        if len(wrapped) < _BODY + TAG_SIZE or not wrapped.startswith(_HEADER):
            raise WrongRootKeyError(
                "a system key was not wrapped by a root key in a file; check which provider is set"
            )
        try:
            return cipher.decrypt(wrapped[len(_HEADER) : _BODY], wrapped[_BODY:], _bound(aad))
        except InvalidTag:
            raise WrongRootKeyError(
                f"the root key in {self._path} is not the one that wrapped the system key; "
                "put the original root key back, a new one can never open this installation"
            ) from None

    def _cipher(self) -> Xaes256Gcm:
        try:
            key = self._path.read_bytes()
        except OSError as error:
            raise RootKeyUnavailableError(
                f"the root key cannot be read from {self._path} ({error.strerror}); "
                "mount the Secret that the install job made"
            ) from None
        if len(key) != KEY_SIZE:
            raise RootKeyUnavailableError(
                f"the root key in {self._path} has {len(key)} bytes instead of {KEY_SIZE}; "
                "put the original root key back"
            )
        return Xaes256Gcm(key)

    def __repr__(self) -> str:
        return f"FileRootKey({str(self._path)!r})"


def _bound(aad: bytes) -> bytes:
    return framed(_DOMAIN, _HEADER, aad)
