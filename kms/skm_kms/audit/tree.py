# SPDX-License-Identifier: Apache-2.0
"""The log's Merkle tree in memory: its right edge, and what is complete but not yet published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from skm_common.tlog import (
    TILE_HEIGHT,
    TILE_WIDTH,
    Frontier,
    Tile,
    cut_tile,
    frame_entry,
    leaf_hash,
    perfect_subtrees,
)


@dataclass(frozen=True, slots=True)
class Growth:
    """A tree with a batch added, not yet applied: if the write fails, nothing has happened."""

    frontier: Frontier
    framed: list[bytes]
    hashes: list[list[bytes]]
    """For each record its leaf hash, then the hashes of the tiles that it completes."""


@dataclass(slots=True)
class LogTree:
    """The state that a commit moves forward."""

    frontier: Frontier = field(default_factory=Frontier)
    edge: list[list[bytes]] = field(default_factory=list)
    """The hashes in the partial tile of each level."""
    tail: list[bytes] = field(default_factory=list)
    """The framed entries of the partial bundle."""
    complete: dict[str, bytes] = field(default_factory=dict)
    """Complete tiles and bundles by path, until they are published."""
    held: int = 0
    """The bytes of `complete`."""

    @classmethod
    def from_edge(cls, size: int, edge: Sequence[Sequence[bytes]], tail: Sequence[bytes]) -> Self:
        """The tree of `size` leaves from the hashes of its partial tiles and its last entries."""
        roots = [root for hashes in reversed(edge) for root in perfect_subtrees(hashes)]
        framed = [frame_entry(entry) for entry in tail]
        return cls(Frontier(roots, size), [list(hashes) for hashes in edge], framed)

    @property
    def size(self) -> int:
        """The number of records."""
        return self.frontier.size

    def grow(self, entries: Sequence[bytes]) -> Growth:
        """Compute the tree with `entries` added."""
        frontier = self.frontier.copy()
        append = frontier.append
        hashes = [append(leaf_hash(entry))[::TILE_HEIGHT] for entry in entries]
        return Growth(frontier, [frame_entry(entry) for entry in entries], hashes)

    def apply(self, growth: Growth) -> None:
        """Take over a computed growth, after it has become durable."""
        index = self.size
        for framed, hashes in zip(growth.framed, growth.hashes, strict=True):
            for level, digest in enumerate(hashes):
                self._add_hash(level, digest, index)
            self.tail.append(framed)
            if len(self.tail) == TILE_WIDTH:
                self._complete(Tile(None, index // TILE_WIDTH), self.tail)
            index += 1
        self.frontier = growth.frontier

    def _add_hash(self, level: int, digest: bytes, index: int) -> None:
        if level == len(self.edge):
            self.edge.append([])
        hashes = self.edge[level]
        hashes.append(digest)
        if len(hashes) == TILE_WIDTH:
            self._complete(Tile(level, index // TILE_WIDTH ** (level + 1)), hashes)

    def _complete(self, tile: Tile, parts: list[bytes]) -> None:
        whole = b"".join(parts)
        parts.clear()
        self.complete[tile.path()] = whole
        self.held += len(whole)

    def forget(self, paths: Iterable[str]) -> None:
        """Let go of parts that have been published."""
        for path in paths:
            self.held -= len(self.complete.pop(path, b""))

    def partial(self) -> dict[str, bytes]:
        """The partial tiles and bundle of this size, by path."""
        parts = {
            Tile(level, self.size // TILE_WIDTH ** (level + 1), len(hashes)).path(): b"".join(
                hashes
            )
            for level, hashes in enumerate(self.edge)
            if hashes
        }
        if self.tail:
            path = Tile(None, self.size // TILE_WIDTH, len(self.tail)).path()
            parts[path] = b"".join(self.tail)
        return parts

    def read(self, tile: Tile) -> bytes | None:
        """The bytes of a tile or bundle that is held here, cut to its width."""
        whole = self.complete.get(Tile(tile.level, tile.index).path())
        if whole is not None:
            return cut_tile(whole, tile)
        span = TILE_WIDTH ** ((tile.level or 0) + 1)
        held = self._held(tile.level)
        if tile.index != self.size // span or tile.width > len(held):
            return None
        return b"".join(held[: tile.width])

    def _held(self, level: int | None) -> list[bytes]:
        if level is None:
            return self.tail
        return self.edge[level] if level < len(self.edge) else []
