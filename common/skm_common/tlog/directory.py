# SPDX-License-Identifier: Apache-2.0
"""Reads a log that lies in a directory in the layout of C2SP tlog-tiles."""

from pathlib import Path

from .tiles import CHECKPOINT_PATH, parse_tile_path
from .walk import Read


def directory_reader(directory: Path) -> Read:
    """A reader for `verify_log` over files; TileError for a path that is none of a log's."""

    def read(path: str) -> bytes | None:
        if path != CHECKPOINT_PATH:
            parse_tile_path(path)
        try:
            return (directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    return read
