# SPDX-License-Identifier: Apache-2.0
"""Cryptography of the KMS: pure functions of keys and values, no input or output (DESIGN §8)."""

from .aead import ALGORITHMS, Aead, Algorithm, ciphertext_version
from .checkpoint_signer import CheckpointSigner, verify_ed25519
from .context import Context
from .encoding import framed
from .errors import CryptoError, DecryptError, GenerateError, RowError, SealError
from .generate import Charset, generate_text
from .keyring import Keyring, SystemKey
from .random import Random, system_random
from .rows import authenticate, verify
from .seal import seal, sealed_version, unseal
from .secret import Secret
from .xaes import Xaes256Gcm

__all__ = [
    "ALGORITHMS",
    "Aead",
    "Algorithm",
    "Charset",
    "CheckpointSigner",
    "Context",
    "CryptoError",
    "DecryptError",
    "GenerateError",
    "Keyring",
    "Random",
    "RowError",
    "SealError",
    "Secret",
    "SystemKey",
    "Xaes256Gcm",
    "authenticate",
    "ciphertext_version",
    "framed",
    "generate_text",
    "seal",
    "sealed_version",
    "system_random",
    "unseal",
    "verify",
    "verify_ed25519",
]
