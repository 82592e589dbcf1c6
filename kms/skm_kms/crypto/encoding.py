# SPDX-License-Identifier: Apache-2.0
"""The unambiguous encoding under every authenticated context: each part after its own length."""

import struct
from typing import Final

U32: Final = struct.Struct(">I")
U64: Final = struct.Struct(">Q")


def framed(*parts: bytes) -> bytes:
    """Concatenate `parts`, each behind its length as an unsigned big-endian 32-bit number.

    Two different lists of parts never give the same bytes, so no byte can wander from one field
    of a context into its neighbour.
    """
    return b"".join([piece for part in parts for piece in (U32.pack(len(part)), part)])
