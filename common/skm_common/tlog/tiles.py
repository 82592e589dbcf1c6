# SPDX-License-Identifier: Apache-2.0
"""Where the parts of a log lie and how they are laid out (C2SP tlog-tiles).

A tile has 256 hashes of one level, a partial one fewer; an entry bundle has the entries under a
tile of level 0, each behind its length as an unsigned big-endian 16-bit number.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .errors import TileError
from .merkle import HASH_SIZE

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
MAXIMUM_ENTRY: Final = 2**16 - 1
CHECKPOINT_PATH: Final = "checkpoint"

_LENGTH: Final = 2
_MAXIMUM_LEVEL: Final = 63
_PATH: Final = re.compile(
    r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile, or an entry bundle where `level` is None; `width` counts hashes or entries."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """The path below the log's prefix, e.g. `tile/0/x001/234.p/7`."""
        level = "entries" if self.level is None else str(self.level)
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_index_path(self.index)}{suffix}"


def _index_path(index: int) -> str:
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    elements = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{element}" for element in elements[:-1]), elements[-1]])


def parse_tile_path(path: str) -> Tile:
    """The tile that `path` names; TileError unless it is the path that names it."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise TileError("this is no path of a tile or an entry bundle")
    level, index, width = found.groups()
    tile = Tile(
        level=None if level == "entries" else int(level),
        index=int(index.replace("x", "").replace("/", "")),
        width=int(width) if width else TILE_WIDTH,
    )
    if tile.path() != path or (tile.level or 0) > _MAXIMUM_LEVEL:
        raise TileError("this is no path of a tile or an entry bundle")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of `size` leaves, level by level, partial ones last."""
    level, hashes = 0, size
    while hashes:
        full, width = divmod(hashes, TILE_WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if width:
            yield Tile(level, full, width)
        level, hashes = level + 1, full


def bundles_of(size: int) -> Iterator[Tile]:
    """Every entry bundle of a tree of `size` leaves."""
    full, width = divmod(size, TILE_WIDTH)
    yield from (Tile(None, index) for index in range(full))
    if width:
        yield Tile(None, full, width)


def right_edge(size: int) -> Iterator[Tile]:
    """The partial tiles of a tree of `size` leaves, from level 0 up; a level may have none."""
    level = 0
    while size:
        size, width = divmod(size, TILE_WIDTH)
        if width:
            yield Tile(level, size, width)
        level += 1


def split_hashes(tile: bytes, width: int) -> list[bytes]:
    """The hashes of a tile's bytes; TileError unless there are exactly `width`."""
    if len(tile) != width * HASH_SIZE:
        raise TileError(f"a tile has {len(tile)} bytes instead of {width * HASH_SIZE}")
    return [tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)]


def frame_entry(entry: bytes) -> bytes:
    """An entry as it stands in a bundle; TileError above 65,535 bytes."""
    if len(entry) > MAXIMUM_ENTRY:
        raise TileError(f"an entry has at most {MAXIMUM_ENTRY} bytes")
    return len(entry).to_bytes(_LENGTH, "big") + entry


def join_entries(entries: Iterable[bytes]) -> bytes:
    """An entry bundle of `entries`."""
    return b"".join([frame_entry(entry) for entry in entries])


def split_entries(bundle: bytes) -> list[bytes]:
    """The entries of a bundle; TileError if it ends in the middle of one."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + _LENGTH
        at = start + int.from_bytes(bundle[at:start], "big")
        if at > len(bundle) or start > len(bundle):
            raise TileError(f"an entry bundle ends in the middle of entry {len(entries)}")
        entries.append(bundle[start:at])
    return entries


def cut_tile(wider: bytes, tile: Tile) -> bytes:
    """The tile or bundle that a wider one of the same place begins with; TileError if malformed."""
    if tile.width == TILE_WIDTH:
        return wider
    if tile.level is not None:
        return wider[: tile.width * HASH_SIZE]
    return join_entries(split_entries(wider)[: tile.width])
