# SPDX-License-Identifier: Apache-2.0
"""Encrypt and decrypt: data comes, the key stays (DESIGN §5)."""

from typing import Final

from skm_common.resources import MAXIMUM_SECRET, SymmetricKey
from skm_kms.crypto import Aead, DecryptError, ciphertext_version
from skm_kms.errors import InvalidRequestError, NotFoundError, TooLargeError

from .access import Grant
from .state import State
from .vault import Vault

MAXIMUM_PLAINTEXT: Final = MAXIMUM_SECRET
MAXIMUM_AAD: Final = 8 * 1024
MAXIMUM_OVERHEAD: Final = 64
"""More than any algorithm adds to a plaintext: header, nonce and tag."""


def encrypt(
    state: State, vault: Vault, grant: Grant, plaintext: bytes, aad: bytes
) -> tuple[bytes, int]:
    """The ciphertext under the current version, and that version.

    Raises InvalidRequestError for an empty plaintext or a key of another kind, TooLargeError.
    """
    _check_size("plaintext", plaintext, MAXIMUM_PLAINTEXT)
    _check_aad(aad)
    aead = _aead(state, vault, grant, grant.key.current_version)
    return aead.encrypt(plaintext, aad), aead.version


def decrypt(
    state: State, vault: Vault, grant: Grant, ciphertext: bytes, aad: bytes
) -> tuple[bytes, int]:
    """The plaintext, and the version it was encrypted under.

    Raises InvalidRequestError, the same for every reason why a ciphertext doesn't open.
    """
    _check_size("ciphertext", ciphertext, MAXIMUM_PLAINTEXT + MAXIMUM_OVERHEAD)
    _check_aad(aad)
    try:
        aead = _aead(state, vault, grant, ciphertext_version(ciphertext))
        return aead.decrypt(ciphertext, aad), aead.version
    except (DecryptError, NotFoundError):
        raise InvalidRequestError(
            "ciphertext: can't be decrypted with this key and associated data"
        ) from None


def _aead(state: State, vault: Vault, grant: Grant, number: int) -> Aead:
    material = grant.key.spec.material
    if not isinstance(material, SymmetricKey):
        raise InvalidRequestError("a text secret encrypts nothing; use a symmetric key")
    version = state.tables.versions(grant.key.id).get(number)
    if version is None:
        raise NotFoundError("the key has no such version")
    return vault.aead(version, material.algorithm)


def _check_size(name: str, value: bytes, maximum: int) -> None:
    if not value:
        raise InvalidRequestError(f"{name}: must not be empty")
    if len(value) > maximum:
        raise TooLargeError(f"{name}: at most {maximum} bytes")


def _check_aad(aad: bytes) -> None:
    if len(aad) > MAXIMUM_AAD:
        raise TooLargeError(f"aad: at most {MAXIMUM_AAD} bytes")
