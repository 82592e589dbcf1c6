# SPDX-License-Identifier: Apache-2.0
"""The levels of hash tiles above the leaves: which of them are authentic, and which are damaged."""

from collections.abc import Iterator, Sequence

from .checkpoint import Checkpoint
from .errors import TileError
from .merkle import joined, perfect_subtrees, tree_root
from .report import Finding, Kind
from .tiles import TILE_WIDTH, Tile, right_edge, split_hashes, tiles_of
from .walk import Read


def lowest_authentic_level(read: Read, head: Checkpoint) -> tuple[int, list[bytes]] | None:
    """The lowest level above the leaves whose hashes rebuild the head's root, with its hashes.

    The right edge of the levels below takes part. None if no level does.
    """
    level = 1
    while TILE_WIDTH**level <= head.size:
        try:
            units = _level(read, head.size, level)
            edge = _edge_below(read, head.size, level)
        except TileError:
            units, edge = [], []
        if joined([*perfect_subtrees(units), *edge]) == head.root:
            return level, units
        level += 1
    return None


def _level(read: Read, size: int, level: int) -> list[bytes]:
    tiles = (tile for tile in tiles_of(size) if tile.level == level)
    return [unit for tile in tiles for unit in _hashes(read, tile)]


def _edge_below(read: Read, size: int, level: int) -> list[bytes]:
    edge = [tile for tile in right_edge(size) if tile.level is not None and tile.level < level]
    return [root for tile in reversed(edge) for root in perfect_subtrees(_hashes(read, tile))]


def _hashes(read: Read, tile: Tile) -> list[bytes]:
    return split_hashes(read(tile.path()) or b"", tile.width)


def changed_spans(level: int, units: Sequence[bytes], bundles: Sequence[bytes]) -> list[Finding]:
    """Where the roots of entry `bundles` do not add up to the authentic `units` of a level.

    A bundle root is empty where the bundle could not be read.
    """
    width = TILE_WIDTH ** (level - 1)
    findings = []
    for index, unit in enumerate(units):
        parts = bundles[index * width : (index + 1) * width]
        if b"" in parts or tree_root(parts) != unit:
            first, end = index * width * TILE_WIDTH, (index + 1) * width * TILE_WIDTH
            detail = "records and their hashes were changed here"
            findings.append(Finding(Kind.EDITED, first, end, detail))
    return findings


def damaged_tiles(read: Read, size: int, bundles: Sequence[bytes]) -> Iterator[Finding]:
    """The stored tiles above the leaves that differ from those of the records' own tree."""
    units = list(bundles[: size // TILE_WIDTH])
    tiles = [tile for tile in tiles_of(size) if tile.level]
    for tile in tiles:
        if tile.level is not None and tile.level > 1 and tile.index == 0:
            units = _next_level(units)
        first = tile.index * TILE_WIDTH
        if read(tile.path()) != b"".join(units[first : first + tile.width]):
            yield damaged(tile, size)


def _next_level(units: Sequence[bytes]) -> list[bytes]:
    full = len(units) - len(units) % TILE_WIDTH
    return [tree_root(units[at : at + TILE_WIDTH]) for at in range(0, full, TILE_WIDTH)]


def damaged(tile: Tile, size: int) -> Finding:
    """The finding about a stored tile whose records are right."""
    span = TILE_WIDTH ** ((tile.level or 0) + 1)
    first = tile.index * span
    detail = f"the records are right, but {tile.path()} is missing or wrong"
    return Finding(Kind.DAMAGED, first, min(first + span, size), detail)
