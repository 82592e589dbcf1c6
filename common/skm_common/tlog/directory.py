# SPDX-License-Identifier: Apache-2.0
"""Reads a log that lies in a directory in the layout of C2SP tlog-tiles."""

from collections.abc import Iterator
from pathlib import Path

from .errors import TileError
from .tiles import CHECKPOINT_PATH, Tile, cut_tile, parse_tile_path
from .walk import Read


def directory_reader(directory: Path) -> Read:
    """A reader for `verify_log` over files; TileError for a path that is none of a log's.

    A log that grows drops a partial tile once a wider one holds it: then it is cut from that one.
    """

    def read(path: str) -> bytes | None:
        if path == CHECKPOINT_PATH:
            return _bytes(directory / path)
        tile = parse_tile_path(path)
        found = _bytes(directory / path)
        return _grown(directory, tile) if found is None else found

    return read


def _grown(directory: Path, tile: Tile) -> bytes | None:
    for path in _wider(directory, tile):
        found = _bytes(path)
        if found is not None:
            try:
                return cut_tile(found, tile)
            except TileError:
                return None
    return None


def _wider(directory: Path, tile: Tile) -> Iterator[Path]:
    """Where a tile that holds this one can be, the complete one last: it comes to stay."""
    whole = directory / Tile(tile.level, tile.index).path()
    partial = whole.with_name(f"{whole.name}.p")
    try:
        names = [file.name for file in partial.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        names = []
    widths = sorted(int(name) for name in names if name.isdecimal())
    yield from (partial / str(width) for width in widths if width > tile.width)
    yield whole


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
