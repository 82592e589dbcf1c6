# SPDX-License-Identifier: Apache-2.0
"""Sealing: how user data and authorities lie in the database (DESIGN §8).

A sealed value is header ‖ ciphertext ‖ tag. The header has 30 bytes:

| bytes | meaning |
|---|---|
| 1 | format, 1 |
| 1 | algorithm, 1 = XAES-256-GCM |
| 4 | version of the system key, unsigned, big-endian |
| 24 | nonce, random |
"""

import struct
from typing import Final

from .context import Context
from .errors import SealError
from .keyring import Keyring
from .xaes import NONCE_SIZE, TAG_SIZE, InvalidTag

HEADER_SIZE: Final = 30
OVERHEAD: Final = HEADER_SIZE + TAG_SIZE

_FORMAT: Final = 1
_XAES_256_GCM: Final = 1
_PREFIX: Final = struct.Struct(">BBI")
_DOMAIN: Final = b"skm.dev/seal/v1"


def seal(keyring: Keyring, plaintext: bytes, context: Context) -> bytes:
    """Seal `plaintext` for `context` under the current system key."""
    key = keyring.current
    nonce = keyring.random(NONCE_SIZE)
    header = _PREFIX.pack(_FORMAT, _XAES_256_GCM, key.version) + nonce
    associated_data = context.associated_data(_DOMAIN, keyring.installation, header)
    return header + key.sealing.encrypt(nonce, plaintext, associated_data)


def unseal(keyring: Keyring, sealed: bytes, context: Context) -> bytes:
    """Open what was sealed for exactly this `context`; raises SealError otherwise.

    The header chooses the key. Keys are never tried in turn.
    """
    header, ciphertext = sealed[:HEADER_SIZE], sealed[HEADER_SIZE:]
    version = sealed_version(sealed)
    key = keyring.by_version.get(version)
    if key is None:
        raise SealError(f"sealed under system key version {version}, which is not here")
    associated_data = context.associated_data(_DOMAIN, keyring.installation, header)
    try:
        return key.sealing.decrypt(header[_PREFIX.size :], ciphertext, associated_data)
    except InvalidTag:
        raise SealError(f"a sealed value of table {context.table!r} was changed or moved") from None


def sealed_version(sealed: bytes) -> int:
    """The system-key version a sealed value names; SealError if it is no sealed value."""
    if len(sealed) < OVERHEAD:
        raise SealError("a sealed value is too short")
    form, algorithm, version = _PREFIX.unpack_from(sealed)
    if form != _FORMAT or algorithm != _XAES_256_GCM:
        raise SealError("a sealed value has an unknown format or algorithm")
    return int(version)
