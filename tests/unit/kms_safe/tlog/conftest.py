# SPDX-License-Identifier: Apache-2.0
"""Logs in a dictionary of paths, made by a second, plain reading of RFC 6962 and tlog-tiles."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skm_common.tlog import Checkpoint, Report, Verifier, verify_log
from skm_kms.crypto import verify_ed25519

ORIGIN = "skm.dev/test/0"


def merkle(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word, over leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + merkle(hashes[:split]) + merkle(hashes[split:])).digest()


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def bundle(entries: Sequence[bytes]) -> bytes:
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


@dataclass
class PlainLog:
    """A log as files; tests damage `files`."""

    key: Ed25519PrivateKey
    entries: list[bytes]
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.write()

    @property
    def verifier(self) -> Verifier:
        return Verifier(ORIGIN, self.key.public_key().public_bytes_raw(), verify_ed25519)

    def head(self, size: int | None = None) -> Checkpoint:
        counted = self.entries if size is None else self.entries[:size]
        return Checkpoint(ORIGIN, len(counted), merkle([leaf(entry) for entry in counted]))

    def write(self) -> None:
        self.files["checkpoint"] = self.head().sign(self.verifier.public_key, self.key.sign)
        self._level(None, self.entries, bundle)
        hashes, level = [leaf(entry) for entry in self.entries], 0
        while hashes:
            self._level(level, hashes, b"".join)
            full = len(hashes) // 256
            hashes = [merkle(hashes[at * 256 : at * 256 + 256]) for at in range(full)]
            level += 1

    def _level(
        self, level: int | None, items: Sequence[bytes], join: Callable[[Sequence[bytes]], bytes]
    ) -> None:
        for at in range(0, len(items), 256):
            part = items[at : at + 256]
            self.files[self.path(level, at // 256, len(part))] = join(part)

    @staticmethod
    def path(level: int | None, index: int, width: int) -> str:
        name = "entries" if level is None else level
        suffix = "" if width == 256 else f".p/{width}"
        return f"tile/{name}/{index:03d}{suffix}"

    def rewrite_bundle(self, index: int, entries: Sequence[bytes], width: int) -> None:
        """Store other entries under the path of a bundle that is said to have `width`."""
        self.files[self.path(None, index, width)] = bundle(entries)

    def verify(self, known: Checkpoint | None = None) -> Report:
        return verify_log(self.files.get, self.verifier, known)


@pytest.fixture(scope="session")
def make_log() -> Callable[[int], PlainLog]:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))

    def make(size: int) -> PlainLog:
        return PlainLog(key, [f"record {number}".encode() for number in range(size)])

    return make
