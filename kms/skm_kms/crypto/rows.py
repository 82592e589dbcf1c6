# SPDX-License-Identifier: Apache-2.0
"""Authentication of rows that decide (DESIGN §8).

A tag has 38 bytes: format 1, algorithm 1 (HMAC-SHA-256), the system-key version as an unsigned
big-endian 32-bit number, and the 32-byte code over context, header and body.
"""

import hmac
import struct
from typing import Final

from .context import Context
from .encoding import framed
from .errors import RowError
from .keyring import Keyring, SystemKey

TAG_SIZE: Final = 38

_FORMAT: Final = 1
_HMAC_SHA_256: Final = 1
_HEADER: Final = struct.Struct(">BBI")
_DOMAIN: Final = b"skm.dev/row/v1"


def authenticate(keyring: Keyring, context: Context, body: bytes) -> bytes:
    """The tag of a row under the current system key."""
    return _tag(keyring.installation, keyring.current, context, body)


def verify(keyring: Keyring, context: Context, body: bytes, tag: bytes) -> None:
    """Return if `tag` is the tag of exactly this row; raises RowError otherwise."""
    if len(tag) != TAG_SIZE:
        raise RowError(f"a row of table {context.table!r} has no tag of the right size")
    form, algorithm, version = _HEADER.unpack_from(tag)
    if form != _FORMAT or algorithm != _HMAC_SHA_256:
        raise RowError(f"a row of table {context.table!r} has a tag of unknown format")
    key = keyring.by_version.get(version)
    if key is None:
        raise RowError(f"a row is tagged under system key version {version}, which is not here")
    if not hmac.compare_digest(_tag(keyring.installation, key, context, body), tag):
        raise RowError(f"a row of table {context.table!r} was changed, moved or is not ours")


def _tag(installation: str, key: SystemKey, context: Context, body: bytes) -> bytes:
    header = _HEADER.pack(_FORMAT, _HMAC_SHA_256, key.version)
    message = framed(context.associated_data(_DOMAIN, installation, header), body)
    return header + hmac.digest(key.rows.reveal(), message, "sha256")
