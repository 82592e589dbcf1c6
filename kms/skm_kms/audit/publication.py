# SPDX-License-Identifier: Apache-2.0
"""The published log: a directory in C2SP tlog-tiles layout, made from the journal, lazily.

A publication writes tiles and bundles, makes them durable, then replaces the checkpoint that
speaks for them. Only then may the journal let go of the records.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from skm_common.tlog import (
    CHECKPOINT_PATH,
    TILE_WIDTH,
    Checkpoint,
    Tile,
    TlogError,
    Verifier,
    cut_tile,
    leaf_hash,
    open_checkpoint,
    parse_tile_path,
    right_edge,
    split_entries,
    split_hashes,
)
from skm_kms.durable import make_directory, sync_directory, temporary_of, write_durably

from .errors import AuditCorruptError
from .tree import LogTree


@dataclass(frozen=True, slots=True)
class Publication:
    """What to publish: the files by path, and the signed head that they belong to."""

    size: int
    note: bytes
    complete: Mapping[str, bytes]
    partial: Mapping[str, bytes]


class PublishedLog:
    """Reads and extends the published part of a log."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, tile: Tile) -> bytes | None:
        """The bytes of a published tile or bundle, or a partial one cut from a complete one."""
        whole = self._bytes(Tile(tile.level, tile.index).path())
        return self._bytes(tile.path()) if whole is None else cut_tile(whole, tile)

    def publish(self, publication: Publication) -> None:
        """Write a publication durably, checkpoint last; OSError leaves the older one valid."""
        parts = {**publication.complete, **publication.partial}
        files = [self._directory / path for path in parts]
        for file, data in zip(files, parts.values(), strict=True):
            make_directory(file.parent)
            temporary_of(file).write_bytes(data)
        for file in files:
            _sync(temporary_of(file))
        # Renamed only when durable: a part that an older checkpoint speaks for is never half there.
        for file in files:
            temporary_of(file).replace(file)
        for directory in {file.parent for file in files}:
            sync_directory(directory)
        write_durably(self._directory / CHECKPOINT_PATH, publication.note)
        self._drop_outgrown(parts)

    def _drop_outgrown(self, paths: Iterable[str]) -> None:
        """Remove partial tiles that the new ones contain."""
        for path in paths:
            tile = parse_tile_path(path)
            partial = self._directory / f"{Tile(tile.level, tile.index).path()}.p"
            if not partial.is_dir():
                continue
            for file in partial.iterdir():
                if file.name != str(tile.width):
                    file.unlink()
            if tile.width == TILE_WIDTH:
                partial.rmdir()

    def load(self, verifier: Verifier) -> LogTree:
        """The tree at the published checkpoint, authenticated; an empty one if there is none.

        Raises AuditCorruptError if anything of the right edge is missing or differs.
        """
        note = self._bytes(CHECKPOINT_PATH)
        if note is None:
            return LogTree()
        try:
            head = open_checkpoint(note, verifier)
            tree = self._edge(head)
        except (TlogError, ValueError) as error:
            raise AuditCorruptError(f"the published audit log is damaged: {error}") from error
        if tree.frontier.root() != head.root:
            raise AuditCorruptError("the published audit log's hashes do not give its signed head")
        return tree

    def _edge(self, head: Checkpoint) -> LogTree:
        edge: list[list[bytes]] = []
        for tile in right_edge(head.size):
            level = tile.level or 0
            edge.extend([] for _ in range(level - len(edge)))
            edge.append(split_hashes(self.read(tile) or b"", tile.width))
        leaves = edge[0] if edge else []
        bundle = Tile(None, head.size // TILE_WIDTH, len(leaves))
        tail = split_entries(self.read(bundle) or b"") if leaves else []
        if [leaf_hash(entry) for entry in tail] != leaves:
            raise AuditCorruptError("the published audit log's last records were changed")
        return LogTree.from_edge(head.size, edge, tail)

    def _bytes(self, path: str) -> bytes | None:
        try:
            return (self._directory / path).read_bytes()
        except FileNotFoundError:
            return None


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
