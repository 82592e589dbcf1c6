# SPDX-License-Identifier: Apache-2.0
"""A key and its versions: rotation adds a version and keeps the key's ID."""

from dataclasses import dataclass, field
from typing import ClassVar, Final

from skm_common.resources import KeySpec

from .identifier import KeyId, KeystoreId
from .origin import Origin

ENABLED: Final = "Enabled"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a keystore; times are Unix seconds.

    `current_version` is 0 while a managed secret has no value yet. `rotate_at` is the last value
    of the annotation `skm.dev/rotate-at` that was applied: each is applied once.
    """

    table: ClassVar[str] = "keys"

    id: KeyId
    generation: int
    keystore_id: KeystoreId
    name: str
    spec: KeySpec
    origin: Origin | None
    created_at: float
    current_version: int = 0
    rotate_at: str | None = None
    orphaned: bool = False
    destroy_at: float | None = None


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One value of a key; `sealed` holds it under the system key, and nobody's repr shows it."""

    table: ClassVar[str] = "key_versions"

    key_id: KeyId
    number: int
    generation: int
    state: str
    created_at: float
    sealed: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The version's own ID: its key's and its number."""
        return f"{self.key_id}/{self.number}"
