# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in cryptography, said without saying anything about keys or values.

CryptoError
├── SealError     sealed data is not what was sealed, or not for this place
├── RowError      a row is not the one that was authenticated
├── DecryptError  a user's ciphertext does not open; deliberately one reason for all causes
└── GenerateError the asked-for text secret is out of bounds
"""


class CryptoError(Exception):
    """Base of every error of this package."""


class SealError(CryptoError):
    """Sealed data was refused: damaged, moved, or sealed under a key that is not here."""


class RowError(CryptoError):
    """A row's tag does not match: the row was edited, moved, or is from another installation."""


class DecryptError(CryptoError):
    """A ciphertext was refused.

    Wrong key, wrong version, wrong associated data and a flipped bit all look the same, so that
    an answer never helps whoever tries ciphertexts.
    """

    def __init__(self) -> None:
        super().__init__("the ciphertext cannot be decrypted with this key and associated data")


class GenerateError(CryptoError, ValueError):
    """A text secret was asked for with a length out of bounds."""
