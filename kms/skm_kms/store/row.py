# SPDX-License-Identifier: Apache-2.0
"""A row: the durable form of one record, authenticated by whoever wrote it."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One row; the store neither reads nor understands `body` and `tag`.

    `generation` counts the writes of this row, `sequence` is the state's number in which it was
    written last: a global count of commits.
    """

    table: str
    id: str
    generation: int
    body: bytes = field(repr=False)
    tag: bytes = field(repr=False)
    sequence: int

    @property
    def digest(self) -> bytes:
        """SHA-256 over all parts, each behind its length: the leaf of a state root to come."""
        hasher = hashlib.sha256()
        numbers = self.generation.to_bytes(8) + self.sequence.to_bytes(8)
        for part in (self.table.encode(), self.id.encode(), numbers, self.body, self.tag):
            hasher.update(len(part).to_bytes(4) + part)
        return hasher.digest()


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which row: for removals."""

    table: str
    id: str
