# SPDX-License-Identifier: Apache-2.0
"""One pass over a log's entries and level-0 tiles; memory is 64 bytes for each 256 records."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .errors import TileError
from .merkle import Frontier, leaf_hash
from .tiles import TILE_WIDTH, Tile, split_entries, split_hashes

Read = Callable[[str], bytes | None]
"""Gives the bytes at a path below the log's prefix, or None if there is nothing."""


@dataclass(slots=True)
class Bundle:
    """One bundle as stored: leaf hashes by its entries and by its tile; None if unreadable."""

    tile: Tile
    by_entries: list[bytes] | None
    by_tile: list[bytes] | None

    @property
    def start(self) -> int:
        """The index of its first record."""
        return self.tile.index * TILE_WIDTH

    @property
    def end(self) -> int:
        """The index behind its last record."""
        return self.start + self.tile.width


def read_bundle(read: Read, tile: Tile) -> Bundle:
    """The bundle of `tile` from storage."""
    entries = read(tile.path())
    hashes = read(Tile(0, tile.index, tile.width).path())
    return Bundle(tile, _leaves(entries), _hashes(hashes, tile.width))


def _leaves(entries: bytes | None) -> list[bytes] | None:
    try:
        return None if entries is None else [leaf_hash(entry) for entry in split_entries(entries)]
    except TileError:
        return None


def _hashes(tile: bytes | None, width: int) -> list[bytes] | None:
    try:
        return None if tile is None else split_hashes(tile, width)
    except TileError:
        return None


@dataclass(slots=True)
class Growth:
    """A tree rebuilt from bundles; it is void from the first bundle that lacks its hashes."""

    marked: int
    """The size at which to remember the root."""

    tree: Frontier = field(default_factory=Frontier)
    marked_root: bytes | None = None
    bundle_roots: list[bytes] = field(default_factory=list)
    void: bool = False

    def add(self, leaves: list[bytes] | None, width: int) -> None:
        """Append one bundle's leaves, `width` of them."""
        if leaves is None or len(leaves) != width:
            self.void = True
            self.bundle_roots.append(b"")
            return
        alone = Frontier()
        for leaf in leaves:
            alone.append(leaf)
            self.tree.append(leaf)
            if self.tree.size == self.marked and not self.void:
                self.marked_root = self.tree.root()
        self.bundle_roots.append(alone.root())

    def root(self) -> bytes | None:
        """The root over everything, unless void."""
        return None if self.void else self.tree.root()
