# SPDX-License-Identifier: Apache-2.0
"""The system keys of one installation, in memory and ready for use (DESIGN §1, §8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .random import Random, system_random
from .secret import Secret
from .xaes import Xaes256Gcm

SYSTEM_KEY_SIZE: Final = 32
MAXIMUM_VERSION: Final = 2**32 - 1


def _subkey(material: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose only, by HKDF-SHA-256 (RFC 5869); the info names the purpose."""
    return HKDF(SHA256(), 32, salt=None, info=f"skm.dev/system-key/v1/{purpose}".encode()).derive(
        material
    )


@dataclass(frozen=True, slots=True, repr=False)
class SystemKey:
    """One version of the system key with its independent subkeys.

    `sealing` is the prepared cipher for values, `rows` authenticates rows, `checkpoints` is the
    seed of the audit log's signing key, `backups` is for backups.
    """

    version: int
    material: Secret
    sealing: Xaes256Gcm
    rows: Secret
    checkpoints: Secret
    backups: Secret

    @classmethod
    def from_material(cls, version: int, material: bytes) -> Self:
        """Derive the subkeys from 32 bytes; ValueError for another size or a version < 1."""
        if len(material) != SYSTEM_KEY_SIZE:
            raise ValueError("a system key has 32 bytes")
        if not 1 <= version <= MAXIMUM_VERSION:
            raise ValueError("a system key's version is between 1 and 2^32 - 1")
        return cls(
            version=version,
            material=Secret(material),
            sealing=Xaes256Gcm(_subkey(material, "sealing")),
            rows=Secret(_subkey(material, "rows")),
            checkpoints=Secret(_subkey(material, "checkpoints")),
            backups=Secret(_subkey(material, "backups")),
        )

    @classmethod
    def generate(cls, version: int, random: Random = system_random) -> Self:
        """A fresh system key."""
        return cls.from_material(version, random(SYSTEM_KEY_SIZE))

    def __repr__(self) -> str:
        return f"SystemKey(version={self.version}, redacted)"


@dataclass(frozen=True, slots=True, init=False)
class Keyring:
    """The system keys of `installation`: the newest seals, every one unseals its own."""

    installation: str
    current: SystemKey
    by_version: Mapping[int, SystemKey]
    random: Random = field(repr=False)

    def __init__(
        self, installation: str, keys: Iterable[SystemKey], random: Random = system_random
    ) -> None:
        given = list(keys)
        by_version = {key.version: key for key in given}
        if not installation:
            raise ValueError("a keyring belongs to an installation")
        if not given or len(by_version) != len(given):
            raise ValueError("a keyring needs at least one system key, each version once")
        object.__setattr__(self, "installation", installation)
        object.__setattr__(self, "current", by_version[max(by_version)])
        object.__setattr__(self, "by_version", MappingProxyType(by_version))
        object.__setattr__(self, "random", random)
