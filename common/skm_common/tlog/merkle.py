# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 6962 §2.1 over SHA-256, grown one leaf at a time."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf; the zero byte keeps leaves and nodes apart."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a tree: the roots of its perfect subtrees, largest first.

    That is all that is needed to append and to compute the root, 32 bytes for each bit of the
    size. Its units need not be leaves: a frontier over the roots of equal perfect subtrees gives
    the root of the whole tree as well.
    """

    __slots__ = ("_roots", "size")

    def __init__(self, roots: Iterable[bytes] = (), size: int = 0) -> None:
        self._roots = list(roots)
        self.size = size
        if len(self._roots) != size.bit_count():
            raise ValueError("a frontier has one subtree root for each bit of its size")

    def copy(self) -> "Frontier":
        """An independent frontier of the same tree."""
        return Frontier(self._roots, self.size)

    def append(self, unit: bytes) -> list[bytes]:
        """Add a leaf; returns it and the roots of the perfect subtrees that it completes."""
        roots = self._roots
        completed = [unit]
        remaining = self.size
        while remaining & 1:
            unit = node_hash(roots.pop(), unit)
            completed.append(unit)
            remaining >>= 1
        roots.append(unit)
        self.size += 1
        return completed

    def roots(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, largest first."""
        return tuple(self._roots)

    def root(self) -> bytes:
        """The Merkle tree hash of everything appended."""
        return joined(self._roots)


def joined(subtrees: Sequence[bytes]) -> bytes:
    """The root over the perfect subtrees of a tree's right edge, largest first."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def perfect_subtrees(units: Iterable[bytes]) -> tuple[bytes, ...]:
    """The roots of the perfect subtrees over `units`, largest first."""
    frontier = Frontier()
    for unit in units:
        frontier.append(unit)
    return frontier.roots()


def tree_root(units: Iterable[bytes]) -> bytes:
    """The Merkle tree hash over `units`: leaf hashes, or roots of equal perfect subtrees."""
    return joined(perfect_subtrees(units))
