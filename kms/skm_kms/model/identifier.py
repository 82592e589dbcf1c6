# SPDX-License-Identifier: Apache-2.0
"""Immutable random IDs: what a keystore or key is, whatever it is called (DESIGN §4)."""

from collections.abc import Callable
from typing import NewType

KeystoreId = NewType("KeystoreId", str)
KeyId = NewType("KeyId", str)
PolicyId = NewType("PolicyId", str)
AdministratorId = NewType("AdministratorId", str)

Random = Callable[[int], bytes]


def new_identifier(kind: str, random: Random) -> str:
    """`<kind>-` and 128 random bits in hexadecimal; never given twice, never given again."""
    return f"{kind}-{random(16).hex()}"
